// Where the logs of topics begin and end, by kafkajs. What it leaves out is trouble: a lag without one partition is a lie.
import { z } from 'zod'
import type { LogRange, PartitionOffset } from '../../ports/kafka.ts'
import { longText, parseAs } from './call.ts'
import { withAdmin } from './client.ts'
import { busy, refused } from './errors.ts'
import { readTopic } from './partitions.ts'
import type { Pool } from './pool.ts'

const answer = z.array(z.object({ partition: z.number(), low: longText, high: longText }))
const byTime = z.array(z.object({ partition: z.number(), offset: longText }))

export async function readRanges(pool: Pool, topics: readonly string[]): Promise<readonly LogRange[]> {
  const expected = new Map<string, number>()
  for (const topic of topics) expected.set(topic, await countLed(pool, topic))
  const found: LogRange[] = []
  await withAdmin(pool, {
    what: 'reading the ends of the logs',
    again: true,
    limitMs: 60_000,
    run: async admin => {
      found.length = 0
      for (const topic of topics) {
        const rows = parseAs('ListOffsets', answer, await admin.fetchTopicOffsets(topic))
        if (rows.length < (expected.get(topic) ?? 0))
          throw busy(`the offsets of ${topic}`, `only ${rows.length} partitions are known`)
        found.push(...rows.map(({ partition, low, high }) => ({ topic, partition, start: low, end: high })))
      }
    },
  })
  return found.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/** Of every partition or of none. A time that no record has reached yet is the end of the log. */
export async function readOffsetsAt(
  pool: Pool,
  topic: string,
  atMs: number,
): Promise<readonly PartitionOffset[]> {
  const expected = await countLed(pool, topic)
  const rows = await withAdmin(pool, {
    what: `reading the offsets of ${topic} by time`,
    again: true,
    run: async admin => parseAs('ListOffsets', byTime, await admin.fetchTopicOffsetsByTimestamp(topic, atMs)),
  })
  if (rows.length < expected)
    throw busy(`the offsets of ${topic}`, `only ${rows.length} partitions are known`)
  return rows
    .map(({ partition, offset }) => ({ topic, partition, offset }))
    .sort((a, b) => a.partition - b.partition)
}

/** How many partitions the topic has, every one of them led by somebody. */
async function countLed(pool: Pool, topic: string): Promise<number> {
  const partitions = await readTopic(pool, topic)
  if (partitions.length === 0)
    throw refused(`the offsets of ${topic}`, 'UNKNOWN_TOPIC_OR_PARTITION', 'there is no such topic')
  const without = partitions.filter(({ leader }) => leader === null)
  if (without.length > 0)
    throw busy(
      `the offsets of ${topic}`,
      `no leader: partition ${without.map(({ partition }) => partition).join(', ')}`,
    )
  return partitions.length
}
