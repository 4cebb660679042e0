// Takes back what is under way: every partition that this run is moving goes back to the replicas it had. Moves of others are
// never touched.
import { OpsError, type Run } from '#sdk'
import type { ReassignDetails } from './plan.ts'
import { keyOf } from './sizes.ts'
import { giveBackThrottle } from './throttle.ts'
import { seeCluster, stateOf } from './watch.ts'

const everyMs = 1000
const stallMs = 60_000

export async function takeBack(run: Run, details: ReassignDetails): Promise<void> {
  await cancelMoves(run, details)
  await giveBackThrottle(run, new Set(details.moves.map(({ topic }) => topic)))
}

async function cancelMoves(run: Run, { moves }: ReassignDetails): Promise<void> {
  const underWay = async () => {
    const seen = await seeCluster(run)
    return moves.filter(move => stateOf(move, seen) === 'moving')
  }
  const count = (await underWay()).length
  if (count === 0) return
  await run.step({
    key: `cancel.${run.fencing}`,
    title: `take back ${count} moves that are under way`,
    observe: async () =>
      (await underWay()).length === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      // One that has ended in the meantime is refused, and is made: the wait below looks at what is left.
      await run.kafka.reassign(
        (await underWay()).map(({ topic, partition }) => ({ topic, partition, replicas: null })),
      )
      return null
    },
  })
  await run.wait({
    subject: 'moves',
    title: 'are taken back',
    everyMs,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const left = await underWay()
      if (left.length === 0) return { done: undefined }
      return { progress: left.length, text: `${left.length} left: ${left.slice(0, 5).map(keyOf).join(', ')}` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `moves could not be taken back: ${lastSeen}`,
        hint: `see kafka-reassign-partitions --list, then: ops abort ${run.id}`,
      }),
  })
}
