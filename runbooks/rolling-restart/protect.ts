// Indices without replicas get one for the length of the run, and nothing is restarted before those replicas are there.
import { durationMs, OpsError, type Run } from '#sdk'
import { isWithoutReplica, liveCopies } from './copies.ts'
import type { RestartParams } from './params.ts'
import type { RestartDetails } from './plan.ts'
import type { Seen, Watch } from './watch.ts'

const canaryIndex = 'ops-canary'

export async function protectIndices(
  run: Run,
  watch: Watch,
  { protect }: RestartDetails,
  { stall }: RestartParams,
): Promise<void> {
  if (protect.length === 0 || run.ending) return
  await giveReplicas(run, protect)
  // On a resume a node may be down with one of the copies: it must come back first, and nobody begins before the map allows it.
  if (run.touched.size > 0) return
  await run.wait({
    subject: 'replicas',
    title: 'indices without replicas get one',
    everyMs: 1000,
    stallMs: durationMs(stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const { map } = await watch.see(0)
      const waiting = map.indices
        .filter(({ name }) => protect.includes(name))
        .filter(({ shards }) => shards.some(shard => liveCopies(shard).length < 2))
      if (waiting.length === 0) return { done: undefined }
      const { recoveredBytes } = await run.elasticsearch.recovery()
      return {
        progress: { waiting: waiting.length, recoveredBytes },
        text: `${waiting.length} indices to copy`,
      }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `replicas of indices without any were not made: ${lastSeen}`,
        hint: 'is there room on another node of their tier? see GET _cluster/allocation/explain',
        exitCode: 1,
      }),
  })
}

/** An index without replicas that appeared during the run is given one as well, if that was asked for. */
export async function keepProtected(
  run: Run,
  { protect }: RestartDetails,
  { protectZeroReplicas }: RestartParams,
  { map }: Seen,
): Promise<void> {
  if (!protectZeroReplicas) return
  const fresh = map.indices
    .filter(index => isWithoutReplica(index) && index.name !== canaryIndex && !protect.includes(index.name))
    .map(({ name }) => name)
  if (fresh.length > 0) await giveReplicas(run, fresh)
}

function giveReplicas(run: Run, targets: readonly string[]): Promise<void> {
  return run.temporarily({
    key: 'replicas',
    kind: 'elasticsearch.index',
    name: 'index.number_of_replicas',
    targets,
    value: '1',
  })
}
