// Prune snapshots: old ones go by a policy, and never the newest good one.
import { defineRunbook } from '#sdk'
import { applyPrune } from './apply.ts'
import { lookAtRepositories } from './facts.ts'
import { gates } from './gates/index.ts'
import { params, repositoriesIn } from './params.ts'
import { planPrune } from './plan.ts'

export default defineRunbook({
  id: 'prune-snapshots',
  summary: 'Delete old snapshots by a policy, never the newest good one and only those that ops has taken',
  example: 'ops plan prune-snapshots --daily 14 --weekly 8 --monthly 12',
  params,
  locks: (_facts, given) => repositoriesIn(given).map(name => `repo:${name}`),
  look: lookAtRepositories,
  gates,
  plan: planPrune,
  apply: (run, { details }, given) => applyPrune(run, details, given),
})
