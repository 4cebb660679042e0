// AllocationPort on a cluster, composed from a file per topic.
import type { AllocationPort } from '../../../ports/allocation.ts'
import type { Pool } from '../pool.ts'
import { readClusterBlocks, readPendingTasks } from './blocks.ts'
import { readCopies, readNodeAllocations } from './copies.ts'
import { importDangling, listDangling } from './dangling.ts'
import { explainInFull } from './explanation.ts'
import { readGlimpses } from './glimpse.ts'
import { retryLifecycle } from './lifecycle.ts'
import { countPlannedMoves } from './planned-moves.ts'
import { reroute, retryFailed, tryReroute } from './reroute.ts'
import { readSequences } from './sequences.ts'
import { readStores } from './stores.ts'
import { readUnassigned } from './unassigned.ts'

export const openAllocation = (pool: Pool): AllocationPort => ({
  unassigned: () => readUnassigned(pool),
  explain: copy => explainInFull(pool, copy),
  stores: indices => readStores(pool, indices),
  copies: () => readCopies(pool),
  sequences: indices => readSequences(pool, indices),
  glimpse: indices => readGlimpses(pool, indices),
  nodes: () => readNodeAllocations(pool),
  blocks: () => readClusterBlocks(pool),
  pendingTasks: () => readPendingTasks(pool),
  dangling: () => listDangling(pool),
  tryReroute: commands => tryReroute(pool, commands),
  reroute: commands => reroute(pool, commands),
  retryFailed: () => retryFailed(pool),
  importDangling: uuid => importDangling(pool, uuid),
  retryLifecycle: indices => retryLifecycle(pool, indices),
  plannedMoves: () => countPlannedMoves(pool),
})
