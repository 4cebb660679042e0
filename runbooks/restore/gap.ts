// The gap between the start of a snapshot and now, in Kafka: which records are to be read again, and which are there no more.
// Reads only; the sums are pure. A group is set back, never forward.
import type { CommittedOffset, KafkaPort, LogRange, PartitionOffset } from '#sdk'
import type { Fleet } from '../expand-partitions/consumers.ts'

export type SetBack = {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

export type GroupGap = {
  readonly group: string
  readonly topics: readonly string[]
  /** Where the group begins to read again; empty where it has never committed anything. */
  readonly setBack: readonly SetBack[]
  /** Records that it reads once more. */
  readonly records: number
  /** Kafka has lost everything before this time in some partition; `null` where it still has all of the gap. */
  readonly lostUntilMs: number | null
}

interface Reading {
  readonly ranges: readonly LogRange[]
  readonly wanted: readonly PartitionOffset[]
  readonly committed: readonly CommittedOffset[]
}

/** Nearer than that nobody needs to know where the log begins. */
const preciseMs = 60_000

export async function readGap(
  kafka: KafkaPort,
  { group, topics }: Pick<Fleet, 'group' | 'topics'>,
  fromMs: number,
  nowMs: number,
): Promise<GroupGap> {
  const ranges = topics.length === 0 ? [] : await kafka.ranges(topics)
  const wanted: PartitionOffset[] = []
  for (const topic of topics) wanted.push(...(await kafka.offsetsAt(topic, fromMs)))
  const reading = { ranges, wanted, committed: await kafka.committed(group) }
  const setBack = decideSetBack(reading)
  return {
    group,
    topics,
    setBack,
    records: setBack.reduce((sum, { from, to }) => sum + from - to, 0),
    lostUntilMs: await findLost(kafka, reading, fromMs, nowMs),
  }
}

/** Pure. */
export function decideSetBack({ ranges, wanted, committed }: Reading): readonly SetBack[] {
  return wanted.flatMap(({ topic, partition, offset }) => {
    const is = (one: { readonly topic: string; readonly partition: number }) =>
      one.topic === topic && one.partition === partition
    const from = committed.find(is)?.offset ?? null
    const start = ranges.find(is)?.start ?? 0
    const to = Math.max(start, offset)
    return from === null || from <= to ? [] : [{ topic, partition, from, to }]
  })
}

/** Partitions whose log begins after that time: it has an end, and records have been deleted from its start. Pure. */
export const cutOff = (ranges: readonly LogRange[], at: readonly PartitionOffset[]): readonly LogRange[] =>
  ranges.filter(
    ({ topic, partition, start, end }) =>
      start > 0 &&
      end > start &&
      at.some(one => one.topic === topic && one.partition === partition && one.offset <= start),
  )

/** By halving: the latest time at which some partition that is cut off still begins. */
async function findLost(
  kafka: KafkaPort,
  { ranges, wanted }: Reading,
  fromMs: number,
  nowMs: number,
): Promise<number | null> {
  const cut = cutOff(ranges, wanted)
  if (cut.length === 0) return null
  const topics = [...new Set(cut.map(({ topic }) => topic))]
  let [low, high] = [fromMs, nowMs]
  while (high - low > preciseMs) {
    const middle = Math.floor((low + high) / 2)
    const at: PartitionOffset[] = []
    for (const topic of topics) at.push(...(await kafka.offsetsAt(topic, middle)))
    if (cutOff(cut, at).length > 0) low = middle
    else high = middle
  }
  return high
}

/** Ids that the servers have made up: 20 letters of base64. A record read twice becomes two documents then. */
export const isGeneratedId = (id: string): boolean => /^[A-Za-z0-9_-]{20}$/.test(id)
