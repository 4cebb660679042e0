// Disaster drills: something is lost on purpose, comes back, and the time and the writes that it cost are measured.
import { defineRunbook, type Look } from '#sdk'
import { applyDrill } from './apply.ts'
import { type DrillFacts, lookAtDrill } from './facts.ts'
import { gates } from './gates/index.ts'
import { type DrillParams, params } from './params.ts'
import { planDrill } from './plan.ts'

export default defineRunbook({
  id: 'dr-drill',
  summary: 'Lose something on purpose, get it back, and prove that nothing is missing',
  example: 'ops run dr-drill --scenario whole-cluster --rto-target 30m',
  params,
  locks: locksOf,
  look: lookAtDrill,
  gates,
  plan: planDrill,
  apply: (run, { details }, given) => applyDrill(run, details, given),
  sample: takeSample,
})

/** The run that the scenario `ops` begins takes locks of its own. */
function locksOf({ nodes, brokers }: DrillFacts, { scenario, repository }: DrillParams): readonly string[] {
  if (brokers !== null) return [`kafka:${brokers.id}`]
  const name = nodes?.name ?? ''
  if (scenario === 'ops') return [`drill:${name}`]
  return scenario === 'whole-cluster' ? [`es:${name}`, `repo:${repository}`] : [`es:${name}`]
}

async function takeSample({ elasticsearch }: Look) {
  const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
  return { status, nodes, indexedTotal, indexTimeMs }
}
