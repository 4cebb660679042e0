// Whether Kafka still holds everything since an index began. Reads only, few topics and few moments: it is asked beside a sick cluster.
import type { Look } from '#sdk'
import type { Eyes } from './open-eyes.ts'

/** Of one index and one topic. */
export interface KafkaHold {
  readonly index: string
  readonly topic: string
  readonly sinceMs: number
  /** Something older than the index is still there in every partition, so nothing of its time was deleted. */
  readonly all: boolean
}

export interface Beginning {
  readonly index: string
  readonly atMs: number
}

const mostTopics = 5
const mostMoments = 10
/** Moments that are closer than this are looked at as one. */
const momentMs = 3_600_000
const own = ['ops-canary']

export async function lookAtKafka(
  look: Look,
  eyes: Eyes,
  begins: readonly Beginning[],
): Promise<readonly KafkaHold[] | null> {
  if (begins.length === 0) return []
  const partitions = await eyes.see('topics of Kafka', 0, () => look.kafka.partitions())
  if (partitions === null) return null
  const topics = [...new Set(partitions.flatMap(({ topic, internal }) => (internal ? [] : [topic])))]
  const wanted = topics.filter(topic => !own.includes(topic)).slice(0, mostTopics)
  const moments = Map.groupBy(begins, ({ atMs }) => Math.floor(atMs / momentMs) * momentMs)
  const holds: KafkaHold[] = []
  for (const topic of wanted) {
    const ranges = await eyes.see(`offsets of ${topic}`, 0, () => look.kafka.ranges([topic]))
    for (const [sinceMs, indices] of [...moments].slice(0, mostMoments)) {
      if (ranges === null) continue
      const offsets = await eyes.see(`times of ${topic}`, 0, () => look.kafka.offsetsAt(topic, sinceMs))
      if (offsets === null) break
      const all = decideHolds(ranges, offsets)
      for (const { index } of indices) holds.push({ index, topic, sinceMs, all })
    }
  }
  return holds
}

/**
 * Records go the oldest first: as long as one that is older than the moment is there, all since then are. An empty partition
 * proves nothing and takes nothing away; where all are empty there is nothing.
 */
export function decideHolds(
  ranges: readonly { readonly partition: number; readonly start: number; readonly end: number }[],
  offsets: readonly { readonly partition: number; readonly offset: number }[],
): boolean {
  const filled = ranges.filter(({ start, end }) => end > start)
  return (
    filled.length > 0 &&
    filled.every(({ partition, start }) => {
      const at = offsets.find(one => one.partition === partition)
      // Nothing was ever deleted of a log that begins at 0.
      return at !== undefined && (at.offset > start || start === 0)
    })
  )
}
