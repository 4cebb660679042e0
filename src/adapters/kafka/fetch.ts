// Reads records from the leader of a partition without a group, so that nothing is committed and nobody rebalances.
import { z } from 'zod'
import type { Broker, KafkaPort, SampledRecord, TopicPartition } from '../../ports/kafka.ts'
import { type Call, long, problem } from './call.ts'
import { busy, refusedWith } from './errors.ts'
import { readRanges } from './offsets.ts'
import { readTopic } from './partitions.ts'
import type { Pool } from './pool.ts'

const bytes = z.instanceof(Uint8Array).nullable()

const answer = z.object({
  errorCode: z.number(),
  responses: z.array(
    z.object({
      partitions: z.array(
        z.object({
          errorCode: z.number(),
          highWatermark: long,
          records: z
            .array(
              z.object({
                firstOffset: long,
                lastOffsetDelta: z.number(),
                firstTimestamp: long,
                attributes: z.number(),
                records: z.array(
                  z.object({ offsetDelta: z.number(), timestampDelta: long, key: bytes, value: bytes }),
                ),
              }),
            )
            .nullable()
            .default([]),
        }),
      ),
    }),
  ),
})

/** Bit of a batch that holds marks of transactions and no records. */
const control = 1 << 5
const mostBytes = 1024 ** 2

function fetchCall({ topic, partition }: TopicPartition, offset: number): Call<typeof answer> {
  const wanted = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: mostBytes,
  }
  return {
    name: 'Fetch',
    api: wires => wires.fetchV12.api,
    // Never more than half a second of waiting, no session, committed or not.
    args: [500, 1, mostBytes, 0, 0, -1, [{ topicId: topic, partitions: [wanted] }], [], ''],
    schema: answer,
  }
}

export interface ReadRecord extends SampledRecord {
  readonly value: Uint8Array | null
}

/** Records from `offset` on, as many as one answer holds, and where to go on. */
export async function fetchRecords(
  pool: Pool,
  leader: Broker,
  from: TopicPartition,
  offset: number,
): Promise<{ readonly records: readonly ReadRecord[]; readonly next: number }> {
  const what = `reading ${from.topic}-${from.partition}`
  const answered = await pool.ask(leader, fetchCall(from, offset))
  if (answered === null) throw busy(what, `broker ${leader.id} does not answer`)
  const row = answered.responses[0]?.partitions[0]
  const trouble = problem(answered.errorCode) ?? problem(row?.errorCode ?? 0)
  if (trouble) throw await refusedWith(what, trouble)
  const batches = row?.records ?? []
  const records = batches
    .filter(({ attributes }) => (attributes & control) === 0)
    .flatMap(({ firstOffset, firstTimestamp, records: inside }) =>
      inside.map(one => ({
        ...from,
        offset: firstOffset + one.offsetDelta,
        timestampMs: firstTimestamp + one.timestampDelta,
        key: one.key,
        value: one.value,
        bytes: one.value?.length ?? 0,
      })),
    )
  const last = batches.at(-1)
  const next = last === undefined ? offset : last.firstOffset + last.lastOffsetDelta + 1
  // A batch begins before the offset that was asked for where it holds it in its middle.
  return { records: records.filter(record => record.offset >= offset), next }
}

/** The newest `most` of each partition, or fewer where records are large. */
export const sampleRecords =
  (pool: Pool): KafkaPort['sample'] =>
  async (topic, most) => {
    const { brokers } = await pool.brokers()
    const states = await readTopic(pool, topic)
    const found: SampledRecord[] = []
    for (const { partition, start, end } of await readRanges(pool, [topic])) {
      const leader = brokers.find(({ id }) => id === states[partition]?.leader)
      if (leader === undefined) throw busy(`reading ${topic}-${partition}`, 'it has no leader')
      const records: ReadRecord[] = []
      let at = Math.max(start, end - most)
      while (at < end) {
        const { records: some, next } = await fetchRecords(pool, leader, { topic, partition }, at)
        records.push(...some)
        if (next <= at) break
        at = next
      }
      found.push(
        ...records.filter(({ offset }) => offset < end).map(({ value: _value, ...record }) => record),
      )
    }
    return found
  }
