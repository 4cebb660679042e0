// Rolling restart of a service: several nodes at a time where that is safe, and never a shard without an in-sync copy.
import { defineRunbook, type Look } from '#sdk'
import { applyRestart } from './apply.ts'
import { lookAtCluster } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planRestart } from './plan.ts'

export default defineRunbook({
  id: 'rolling-restart',
  summary: 'Restart every node of a service and lose nothing',
  example: 'ops run rolling-restart --limit es_data_warm --soak 30s',
  params,
  locks: ({ identity }) => [`es:${identity.clusterName}`],
  look: lookAtCluster,
  gates,
  plan: planRestart,
  apply: (run, { details }, given) => applyRestart(run, details, given),
  sample: takeSample,
})

async function takeSample({ elasticsearch }: Look) {
  const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
  return { status, nodes, indexedTotal, indexTimeMs }
}
