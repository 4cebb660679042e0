// Where the logs of topics begin and end, by kafkajs. What it leaves out is trouble: a lag without one partition is a lie.
import { z } from 'zod'
import type { LogRange } from '../../ports/kafka.ts'
import { longText, parseAs } from './call.ts'
import { withAdmin } from './client.ts'
import { busy, refused } from './errors.ts'
import { readTopic } from './partitions.ts'
import type { Pool } from './pool.ts'

const answer = z.array(z.object({ partition: z.number(), low: longText, high: longText }))

export async function readRanges(pool: Pool, topics: readonly string[]): Promise<readonly LogRange[]> {
  const expected = new Map<string, number>()
  for (const topic of topics) {
    const partitions = await readTopic(pool, topic)
    if (partitions.length === 0)
      throw refused(`the offsets of ${topic}`, 'UNKNOWN_TOPIC_OR_PARTITION', 'there is no such topic')
    const without = partitions.filter(({ leader }) => leader === null)
    if (without.length > 0)
      throw busy(
        `the offsets of ${topic}`,
        `no leader: partition ${without.map(({ partition }) => partition).join(', ')}`,
      )
    expected.set(topic, partitions.length)
  }
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
