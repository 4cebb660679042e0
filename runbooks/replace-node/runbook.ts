// Replace a node by another one: the new one comes, everything moves to it once, the old one goes.
import { defineRunbook } from '#sdk'
import { applyReplacement, undoReplacement } from './apply.ts'
import { lookAtReplacement } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planReplacement } from './plan.ts'

export default defineRunbook({
  id: 'replace-node',
  summary: 'Put a new node in the place of an old one, moving everything once',
  example: 'ops plan replace-node --old es-data05 --new es-data06 --address 192.168.56.26',
  params,
  locks: ({ remove: { identity, source } }) => [`es:${identity.clusterName}`, `hosts:${source}`],
  look: lookAtReplacement,
  gates,
  plan: planReplacement,
  apply: (run, { details }, given) => applyReplacement(run, details, given),
  undo: (run, { details }, given) => undoReplacement(run, details, given),
  sample: async ({ elasticsearch }) => {
    const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
    return { status, nodes, indexedTotal, indexTimeMs }
  },
})
