// After the last chunk: preferred leaders, a last look at every move, and the balance as it is now.
import { type LogDir, OpsError, type PartitionState, type Run, sayFew } from '#sdk'
import type { ReassignDetails } from './plan.ts'
import { keyOf } from './sizes.ts'
import { isInSync, type Seen, seeCluster, stateOf } from './watch.ts'
import { sayBroker, sayLoad } from './words.ts'

const rounds = 3
const settleMs = 15_000
const everyMs = 1000

/** In every topic that was touched. */
export async function electLeaders(run: Run, { moves }: ReassignDetails): Promise<void> {
  const topics = new Set(moves.map(({ topic }) => topic))
  const left = await electWhere(run, ({ topic }) => topics.has(topic))
  if (left.length > 0)
    await run.mark('leaders.left', 'remark', {
      text: `not led by their preferred leaders: ${sayFew(left.map(keyOf))}`,
    })
}

type Choice = (partition: PartitionState) => boolean

/**
 * Elections are asked for again while somebody leads who should not and the preferred one is in sync. What is left has another
 * leader all the same.
 */
export async function electWhere(run: Run, isOurs: Choice): Promise<readonly PartitionState[]> {
  for (let round = 1; round <= rounds; round++) {
    const wanted = await listMovable(run, isOurs)
    if (wanted.length === 0) break
    await run.step({
      key: `elect.${round}.${run.fencing}`,
      title: `elect the preferred leaders of ${wanted.length} partitions`,
      observe: async () =>
        (await listMovable(run, isOurs)).length === 0
          ? { state: 'done', result: wanted.length }
          : { state: 'not-done' },
      apply: async () => {
        const answers = await run.kafka.electPreferred(
          wanted.map(({ topic, partition }) => ({ topic, partition })),
        )
        return answers.filter(({ problem }) => problem === null).length
      },
    })
    await waitForLeaders(run, isOurs)
  }
  return listUnpreferred(run, isOurs)
}

async function listUnpreferred(run: Run, isOurs: Choice): Promise<readonly PartitionState[]> {
  const { partitions } = await seeCluster(run)
  return [...partitions.values()].filter(one => isOurs(one) && one.leader !== one.replicas[0])
}

const listMovable = async (run: Run, isOurs: Choice): Promise<readonly PartitionState[]> =>
  (await listUnpreferred(run, isOurs)).filter(({ isr, replicas }) => isr.includes(replicas[0] ?? -1))

/** Metadata lags behind an election; whoever has not changed by then is asked again. */
async function waitForLeaders(run: Run, isOurs: Choice): Promise<void> {
  const untilMs = run.clock.monotonicMs() + settleMs
  await run.wait({
    subject: 'leaders',
    title: 'are the preferred ones',
    everyMs,
    stallMs: 2 * settleMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const left = await listMovable(run, isOurs)
      if (left.length === 0 || run.clock.monotonicMs() > untilMs) return { done: undefined }
      return { progress: left.length, text: `${left.length} to go` }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `leaders do not change: ${lastSeen}` }),
  })
}

/** Fresh metadata once more: every move made, nothing on a drained broker. */
export async function checkAfterwards(run: Run, details: ReassignDetails): Promise<void> {
  const seen = await seeCluster(run)
  const dirs = await run.kafka.logDirs(seen.registered)
  await sayBalance(run, details, seen, dirs)
  await checkGone(run, details, seen, dirs)
  const open = details.moves.filter(move => !['made', 'gone'].includes(stateOf(move, seen)))
  if (open.length > 0) throw notDone(`not where they should be: ${sayFew(open.map(keyOf))}`)
  const left = [...seen.partitions.values()].filter(({ replicas }) =>
    replicas.some(id => details.drained.includes(id)),
  )
  if (left.length === 0) return
  throw notDone(`made meanwhile on a drained broker: ${sayFew(left.map(keyOf))}`)
}

/** What is in no metadata has been deleted, unless a broker holds it still: then the metadata is not whole. */
async function checkGone(
  run: Run,
  { moves }: ReassignDetails,
  seen: Seen,
  dirs: readonly LogDir[],
): Promise<void> {
  const gone = moves.map(keyOf).filter(key => !seen.partitions.has(key))
  if (gone.length === 0) return
  const held = new Set(dirs.flatMap(({ replicas }) => replicas.map(keyOf)))
  const hidden = gone.filter(key => held.has(key))
  if (hidden.length > 0) throw notDone(`the metadata leaves out what brokers hold: ${sayFew(hidden)}`)
  await run.mark('gone', 'remark', { text: `not moved, the metadata has them no more: ${sayFew(gone)}` })
}

async function sayBalance(
  run: Run,
  { brokers, drained }: ReassignDetails,
  seen: Seen,
  dirs: readonly LogDir[],
): Promise<void> {
  const all = [...seen.partitions.values()]
  for (const id of seen.registered) {
    const own = dirs.filter(({ broker }) => broker === id).flatMap(({ replicas }) => replicas)
    const load = {
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      replicas: all.filter(({ replicas }) => replicas.includes(id)).length,
      leaders: all.filter(({ leader }) => leader === id).length,
    }
    const may = drained.includes(id) && load.replicas === 0 ? '; it may be stopped for good' : ''
    await run.mark(`balance.${id}`, 'remark', { text: `${sayBroker(brokers, id)}: ${sayLoad(load)}${may}` })
  }
  const behind = all.filter(one => !isInSync(one)).map(keyOf)
  if (behind.length > 0)
    await run.mark('balance.behind', 'remark', { text: `not in sync: ${sayFew(behind)}` })
}

const notDone = (message: string): OpsError =>
  new OpsError('STEP_FAILED', { message, hint: 'plan the rest anew: ops plan reassign' })
