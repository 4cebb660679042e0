// Partition expansion: more partitions for a topic, and consumer threads to match, without a record that somebody skips.
import { defineRunbook } from '#sdk'
import { applyExpansion } from './apply.ts'
import { lookAtTopic } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planExpansion } from './plan.ts'

export default defineRunbook({
  id: 'expand-partitions',
  summary: 'Give a topic of Kafka more partitions, and its consumers threads to match, and skip no record',
  example: 'ops run expand-partitions --topic raw-logs --to 32',
  params,
  locks: ({ identity }) => [`kafka:${identity.clusterId}`],
  look: lookAtTopic,
  gates,
  plan: planExpansion,
  apply: (run, { details }, given) => applyExpansion(run, details, given),
})
