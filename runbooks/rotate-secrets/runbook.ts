// Rotate secrets: a new one beside the old, consumers one at a time, and the old one revoked when nobody was seen with it.
import { defineRunbook } from '#sdk'
import { applyRotation } from './apply.ts'
import { lookAtSecrets } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planRotation } from './plan.ts'
import { takeBackRotation } from './take-back.ts'

export default defineRunbook({
  id: 'rotate-secrets',
  summary:
    'Give users, keys and tokens new secrets without a gap, and revoke the old ones when nobody uses them',
  example: 'ops run rotate-secrets --secret logstash-writer --soak 24h',
  params,
  locks: ({ secrets }) => [
    ...secrets.map(({ declaration: { id } }) => `secret:${id}`),
    ...new Set(secrets.flatMap(({ consumers }) => consumers.map(({ host }) => `consumer:${host}`))),
  ],
  look: lookAtSecrets,
  gates,
  plan: planRotation,
  apply: (run, { details }, given) => applyRotation(run, details, given),
  undo: (run, { details }) => takeBackRotation(run, details),
})
