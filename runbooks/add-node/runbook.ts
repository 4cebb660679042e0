// Add nodes: lint, entry, quarantine, proof, gradual admission, balance. A node that is not what it should be never gets a shard.
import { defineRunbook, type Look } from '#sdk'
import { applyAddition, undoAddition } from './apply.ts'
import { lookAtAddition } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planAddition } from './plan.ts'

export default defineRunbook({
  id: 'add-node',
  summary: 'Add nodes to the cluster, or hosts to the Logstash fleet, and let them take their share',
  example: 'ops run add-node --name es-data06 --group es_data_warm --address 10.0.2.26',
  params,
  locks: facts =>
    'nodes' in facts
      ? [`es:${facts.nodes.identity.clusterName}`, `hosts:${facts.nodes.inventory.source}`]
      : [
          `hosts:${facts.shippers.inventory.source}`,
          ...facts.shippers.wanted.map(({ name }) => `consumer:${name}`),
        ],
  look: lookAtAddition,
  gates,
  plan: planAddition,
  apply: (run, { details }, given) => applyAddition(run, details, given),
  undo: (run, { details }) => undoAddition(run, details),
  sample: takeSample,
})

async function takeSample({ elasticsearch }: Look) {
  const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
  return { status, nodes, indexedTotal, indexTimeMs }
}
