// Kafka lag: why a consumer group is behind, which step would help, and the step where somebody else agrees.
import { defineRunbook } from '#sdk'
import { applyLag } from './apply.ts'
import { lookAtLag } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planLag } from './plan.ts'

export default defineRunbook({
  id: 'kafka-lag',
  summary: 'Say why a consumer group is behind and which step would help, and take it with approval',
  example: 'ops plan kafka-lag --group logstash',
  params,
  // Who only looks keeps nobody from working.
  locks: ({ identity }, { fix }) => (fix ? [`kafka:${identity.clusterId}`] : []),
  look: lookAtLag,
  gates,
  plan: planLag,
  apply: (run, { details }, given) => applyLag(run, details, given),
})
