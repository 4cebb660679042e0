// Take nodes out for good: drained first, stopped when they hold nothing, and gone from inventory and configuration.
import { defineRunbook } from '#sdk'
import { applyRemoval } from './apply.ts'
import { type AnyFacts, lookAt } from './facts.ts'
import { allGates } from './gates/index.ts'
import { removeShippers, takeShippersBack } from './logstash/apply.ts'
import { planShippers, type ShipperDetails } from './logstash/plan.ts'
import { params } from './params.ts'
import { planRemoval, type RemoveDetails } from './plan.ts'
import { takeRemovalBack } from './undo.ts'

type Details = { readonly nodes: RemoveDetails } | { readonly shippers: ShipperDetails }

export default defineRunbook<typeof params, AnyFacts, Details>({
  id: 'remove-node',
  summary: 'Drain nodes and take them out for good, without a copy less',
  example: 'ops plan remove-node --name es-data05',
  params,
  locks: facts =>
    'nodes' in facts
      ? [`es:${facts.nodes.identity.clusterName}`, `hosts:${facts.nodes.source}`]
      : [...facts.shippers.targets.map(host => `consumer:${host}`), `hosts:${facts.shippers.source}`],
  look: lookAt,
  gates: allGates,
  plan: (facts, given) => {
    if ('shippers' in facts) {
      const plan = planShippers(facts.shippers)
      return { ...plan, details: { shippers: plan.details } }
    }
    const plan = planRemoval(facts.nodes, given)
    return { ...plan, details: { nodes: plan.details } }
  },
  apply: async (run, { details }, given) => {
    if ('nodes' in details) return applyRemoval(run, details.nodes, given)
    await run.safePoint()
    await removeShippers(run, details.shippers, given)
  },
  undo: (run, { details }, given) =>
    'nodes' in details ? takeRemovalBack(run, details.nodes, given) : takeShippersBack(run, details.shippers),
  // Without Elasticsearch in the inventory there is none, and nobody misses it.
  sample: async ({ elasticsearch }) => {
    const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
    return { status, nodes, indexedTotal, indexTimeMs }
  },
})
