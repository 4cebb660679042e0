// Takes back what is under way: every partition that this run is moving goes back to the replicas it had, in the order it had them.
// Moves of others are never touched.
import { type Move, OpsError, type Run } from '#sdk'
import { electWhere } from './finish.ts'
import type { PlannedMove, ReassignDetails } from './plan.ts'
import { keyOf } from './sizes.ts'
import { giveBackThrottle } from './throttle.ts'
import { type Seen, seeCluster, stateOf } from './watch.ts'

const everyMs = 1000
const stallMs = 60_000

export async function takeBack(run: Run, details: ReassignDetails): Promise<void> {
  await cancelMoves(run, details)
  await restoreOrder(run, details)
  await giveBackThrottle(run, new Set(details.moves.map(({ topic }) => topic)))
}

/** For a run that does not go on: who led leads again, and what had been made before is said. */
export async function leaveAsItWas(run: Run, details: ReassignDetails): Promise<void> {
  await takeBack(run, details)
  const seen = await seeCluster(run)
  const isMade = (move: Move): boolean => stateOf(move, seen) === 'made'
  // Where another one than the preferred one led before, that is somebody else's choice.
  const ours = details.moves.filter(move => isMade(move) || move.source === move.from[0])
  const keys = new Set(ours.map(keyOf))
  await electWhere(run, one => keys.has(keyOf(one)))
  const made = details.moves.filter(isMade).length
  await run.mark(`left.${run.fencing}`, 'remark', {
    text: `${made} of ${details.moves.length} partitions have moved and stay there; the others are where they were`,
  })
}

async function cancelMoves(run: Run, { moves }: ReassignDetails): Promise<void> {
  // One that has ended in the meantime is refused, and is made: the wait looks at what is left.
  const begun = await reassignListed(run, {
    key: 'cancel',
    title: count => `take back ${count} moves that are under way`,
    list: () => listWhere(run, moves, isMoving),
    replicasOf: () => null,
  })
  if (begun.length === 0) return
  const isLeft = (move: PlannedMove, seen: Seen): boolean =>
    isMoving(move, seen) || (begun.includes(move) && isStillTold(move, seen))
  await waitForNone(run, () => listWhere(run, moves, isLeft), {
    subject: 'moves',
    title: 'are taken back',
    failed: 'moves could not be taken back',
  })
}

const isMoving = (move: Move, seen: Seen): boolean => stateOf(move, seen) === 'moving'

/** The controllers do not list it any more, and the broker that is asked has not heard of it yet. */
function isStillTold(move: Move, seen: Seen): boolean {
  const replicas = seen.partitions.get(keyOf(move))?.replicas ?? []
  return stateOf(move, seen) === 'elsewhere' && move.adding.some(id => replicas.includes(id))
}

/** What Kafka makes of a move that is cancelled: old copies in the order of the new ones. Pure. */
export const orderOfCancelled = ({ from, to }: Pick<Move, 'from' | 'to'>): readonly number[] => [
  ...to.filter(id => from.includes(id)),
  ...from.filter(id => !to.includes(id)),
]

/** Another broker would be the preferred leader for good. */
async function restoreOrder(run: Run, { moves }: ReassignDetails): Promise<void> {
  const disordered = () =>
    listWhere(run, moves, (move, seen) => {
      const now = seen.partitions.get(keyOf(move))?.replicas.join()
      const isCancelled = stateOf(move, seen) === 'pending' && now === orderOfCancelled(move).join()
      return isCancelled && now !== move.from.join()
    })
  const begun = await reassignListed(run, {
    key: 'order',
    title: count => `put the replicas of ${count} partitions back in their order`,
    list: disordered,
    replicasOf: ({ from }) => from,
  })
  if (begun.length === 0) return
  await waitForNone(run, disordered, {
    subject: 'replicas',
    title: 'are in their order',
    failed: 'replicas could not be put back in their order',
  })
}

interface Listed {
  readonly key: string
  readonly title: (count: number) => string
  readonly list: () => Promise<readonly PlannedMove[]>
  readonly replicasOf: (move: PlannedMove) => readonly number[] | null
}

/** Asks for it once, as a step, where there is any. @returns what was on the list */
async function reassignListed(
  run: Run,
  { key, title, list, replicasOf }: Listed,
): Promise<readonly PlannedMove[]> {
  const begun = await list()
  if (begun.length === 0) return begun
  await run.step({
    key: `${key}.${run.fencing}`,
    title: title(begun.length),
    observe: async () =>
      (await list()).length === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await run.kafka.reassign(
        (await list()).map(move => ({
          topic: move.topic,
          partition: move.partition,
          replicas: replicasOf(move),
        })),
      )
      return null
    },
  })
  return begun
}

async function listWhere(
  run: Run,
  moves: readonly PlannedMove[],
  holds: (move: PlannedMove, seen: Seen) => boolean,
): Promise<readonly PlannedMove[]> {
  const seen = await seeCluster(run)
  return moves.filter(move => holds(move, seen))
}

function waitForNone(
  run: Run,
  list: () => Promise<readonly Move[]>,
  { subject, title, failed }: { readonly subject: string; readonly title: string; readonly failed: string },
): Promise<undefined> {
  return run.wait({
    subject,
    title,
    everyMs,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const left = await list()
      if (left.length === 0) return { done: undefined }
      return { progress: left.length, text: `${left.length} left: ${left.slice(0, 5).map(keyOf).join(', ')}` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${failed}: ${lastSeen}`,
        hint: `see kafka-reassign-partitions --list, then: ops abort ${run.id}`,
      }),
  })
}
