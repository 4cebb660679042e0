// Full restart: the whole platform goes down in order, people do their work, and it comes back in order with nothing missing.
import { defineRunbook, type Look } from '#sdk'
import { applyFullRestart, undoFullRestart } from './apply.ts'
import { type FullFacts, lookAtPlatform } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planFullRestart } from './plan.ts'

export default defineRunbook({
  id: 'full-restart',
  summary: 'Stop the whole platform in order for work on power or network, and start it again',
  example: 'ops run full-restart --keep vault --work wait',
  params,
  locks: locksOf,
  look: lookAtPlatform,
  gates,
  plan: planFullRestart,
  apply: (run, { details }, given) => applyFullRestart(run, details, given),
  undo: (run, { details }, given) => undoFullRestart(run, details, given),
  sample: takeSample,
})

function locksOf({ elasticsearch, kafka, fleets }: FullFacts): readonly string[] {
  return fleets.map(({ name }) => {
    if (name === 'elasticsearch') return `es:${elasticsearch?.identity.clusterName ?? ''}`
    return name === 'kafka' ? `kafka:${kafka?.steady.identity.clusterId ?? ''}` : `service:${name}`
  })
}

async function takeSample({ elasticsearch }: Look) {
  const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
  return { status, nodes, indexedTotal, indexTimeMs }
}
