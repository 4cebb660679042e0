// The table: everything that must be true before an index is restored, in the order in which it is shown.
import type { Gate } from '#sdk'
import type { RestoreFacts } from '../facts.ts'
import type { RestoreParams } from '../params.ts'
import { backfillGates } from './backfill.ts'
import { roomGates } from './room.ts'
import { sourceGates } from './source.ts'
import { targetGates } from './targets.ts'

export const gates: readonly Gate<RestoreFacts, RestoreParams>[] = [
  ...sourceGates,
  ...targetGates,
  ...backfillGates,
  ...roomGates,
]
