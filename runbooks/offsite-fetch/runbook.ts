// Restore from the offsite copy, first half: the copy in a directory of the nodes, registered read-only. `ops run restore` is the second.
import { defineRunbook } from '#sdk'
import { applyFetch } from './apply.ts'
import { lookAtFetch } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planFetch } from './plan.ts'

export default defineRunbook({
  id: 'offsite-fetch',
  summary: 'Fetch the offsite copy of a snapshot repository and register it read-only, to restore from it',
  example: 'ops run offsite-fetch --repository elk_backup',
  params,
  // No copy may change at the store meanwhile, and no other run may use the name.
  locks: (_facts, { repository, as }) => [`repo:${repository}`, `repo:${as}`],
  look: lookAtFetch,
  gates,
  plan: planFetch,
  apply: (run, { details }, given) => applyFetch(run, details, given),
})
