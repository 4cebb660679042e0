// Snapshot: takes one, waits for it, and says that it is there only when every shard and every file of it is.
import { defineRunbook } from '#sdk'
import { applySnapshot } from './apply.ts'
import { lookAtSnapshot } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planSnapshot } from './plan.ts'

export default defineRunbook({
  id: 'snapshot',
  summary:
    'Take a snapshot that is really there: every shard, every file, and a manifest to prove a restore by',
  example: 'ops run snapshot --reason "nightly" --yes',
  params,
  locks: (_facts, { repository }) => [`repo:${repository}`],
  look: lookAtSnapshot,
  gates,
  plan: planSnapshot,
  apply: (run, { details }, given) => applySnapshot(run, details, given),
})
