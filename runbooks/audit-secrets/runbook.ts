// Audit secrets: looks at every declared secret, at whoever uses it and at every certificate that is served, and says what needs a person.
import { defineRunbook } from '#sdk'
import { applyAudit } from './apply.ts'
import { lookAtAudit } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planAudit } from './plan.ts'

export default defineRunbook({
  id: 'audit-secrets',
  summary: 'Look at every secret, whoever uses it, and every certificate, and change nothing',
  example: 'ops plan audit-secrets',
  params,
  // Who only looks keeps nobody from working.
  locks: () => [],
  look: lookAtAudit,
  gates,
  plan: planAudit,
  apply: (run, { details }) => applyAudit(run, details),
})
