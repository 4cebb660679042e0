// Reassign: moves partitions between brokers in small throttled chunks, and leaves none half moved.
import { defineRunbook } from '#sdk'
import { applyReassign } from './apply.ts'
import { lookAtKafka } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planMoves } from './plan.ts'

export default defineRunbook({
  id: 'reassign',
  summary: 'Move partitions: brokers added, drained or unbalanced, or more copies',
  example: 'ops run reassign --drain kafka02 --throttle 50MB',
  params,
  locks: ({ identity }) => [`kafka:${identity.clusterId}`],
  look: lookAtKafka,
  gates,
  plan: planMoves,
  apply: (run, { details }, given) => applyReassign(run, details, given),
})
