// The end of an expansion: every copy in sync, producers write to all partitions alike, no lag grows. What is not as it should be
// is said; nothing can be undone by then.
import { durationMs, type LogRange, OpsError, type Run } from '#sdk'
import { newPartitions, ownPartitions } from './make-partitions.ts'
import type { ExpandParams } from './params.ts'
import type { ExpandDetails } from './plan.ts'
import { lagOf, readOffsets } from './reading.ts'
import { isEven, measureSpread, type Spread, saySpread } from './spread.ts'

const pollMs = 2000
/** Beside what chance makes of so many records. */
const tolerance = 0.2
const chanceSigmas = 3
const windowMs = 60_000
/** Of each partition, for a verdict; where little is written, what comes in a window will do. */
const fewest = 100
const lagGapMs = 10_000
/** Growth below this share of what comes in is no growth. */
const lagShare = 0.05

export async function settle(run: Run, details: ExpandDetails, params: ExpandParams): Promise<void> {
  await waitForCopies(run, details, params)
  await watchSpread(run, details, params)
  for (const { group } of details.groups) await watchLag(run, details, group)
}

function waitForCopies(run: Run, details: ExpandDetails, { giveUp }: ExpandParams): Promise<void> {
  const numbers = newPartitions(details)
  return run.wait({
    subject: details.topic,
    title: 'copies',
    everyMs: pollMs / 2,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    interruptible: true,
    poll: async () => {
      const missing = (await ownPartitions(run, details.topic)).filter(
        ({ partition, isr, replicas }) => numbers.includes(partition) && isr.length < replicas.length,
      )
      if (missing.length === 0) return { done: undefined }
      return { progress: missing.length, text: `${missing.length} new partitions lack a copy in sync` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `the copies of ${details.topic} do not come: ${lastSeen}`,
        hint: `see the brokers, then: ops resume ${run.id}`,
      }),
  })
}

/** Producers learn of new partitions when their metadata is next refreshed, which may take minutes. */
async function watchSpread(run: Run, details: ExpandDetails, { settle: limit }: ExpandParams): Promise<void> {
  const { topic, to, perSecond, keyed } = details
  const say = (text: string) => run.mark('spread', 'remark', { text })
  if (perSecond === 0) return say(`nothing was written to ${topic}, so nobody knows how producers spread it`)
  if (keyed) return say(`records of ${topic} have keys: they spread as their keys do`)
  const all = Array.from({ length: to }, (_, partition) => partition)
  const begunMs = run.clock.monotonicMs()
  let earlier = await run.kafka.ranges([topic])
  let sinceMs = begunMs
  let last: Spread | null = null
  await run.wait({
    subject: topic,
    title: 'producers spread',
    everyMs: pollMs,
    stallMs: Number.POSITIVE_INFINITY,
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const later: readonly LogRange[] = await run.kafka.ranges([topic])
      const nowMs = run.clock.monotonicMs()
      const spread = measureSpread(earlier, later, all)
      last = spread
      const enough = spread.records >= Math.min(fewest * to, Math.max(to, (perSecond * windowMs) / 1000))
      if (enough && isEven(spread, toleranceFor(spread.records / to))) return { done: undefined }
      if (nowMs - begunMs > durationMs(limit)) return { done: undefined }
      if (enough && nowMs - sinceMs > windowMs) {
        earlier = later
        sinceMs = nowMs
      }
      return { progress: null, text: saySpread(spread) }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: lastSeen }),
  })
  if (last !== null) await say(`${topic}: ${saySpread(last)}`)
}

export const toleranceFor = (mean: number): number => tolerance + chanceSigmas / Math.sqrt(mean)

/** Two looks; a lag that grows has a runbook of its own. */
async function watchLag(run: Run, { topic, perSecond }: ExpandDetails, group: string): Promise<void> {
  const first = await readOffsets(run, [group], [topic])
  await run.clock.sleep(lagGapMs, run.signal)
  const second = await readOffsets(run, [group], [topic])
  const [before, after] = [lagOf(first, group, topic), lagOf(second, group, topic)]
  const grows = after - before > (lagShare * perSecond * lagGapMs) / 1000 && after > before
  await run.mark(`${group}.lag`, 'remark', {
    text: grows
      ? `the lag of ${group} grows: ${before} to ${after} records in ${lagGapMs / 1000} s; see ops run kafka-lag`
      : `the lag of ${group} is ${after} records and does not grow`,
    group,
    lag: after,
  })
}
