// Verify snapshots: restores a rotating sample beside what is there, compares it, deletes it, and remembers when.
import { defineRunbook } from '#sdk'
import { applyVerification } from './apply.ts'
import { lookAtVerification } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planVerification } from './plan.ts'

export default defineRunbook({
  id: 'verify-snapshots',
  summary: 'Prove that snapshots can be restored: a rotating sample, compared and deleted again',
  example: 'ops run verify-snapshots --budget 10% --yes',
  params,
  locks: ({ asked }) => [`repo:${asked.repository}`],
  look: lookAtVerification,
  gates,
  plan: planVerification,
  apply: (run, { details }, given) => applyVerification(run, details, given),
})
