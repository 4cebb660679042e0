// Preferred leaders. Neither library has ElectLeaders, so it is declared here; unclean elections are not, and must never be.
import { z } from 'zod'
import type { PartitionAnswer, TopicPartition } from '../../ports/kafka.ts'
import { type Call, problem } from './call.ts'
import { nameCode, refusedWith } from './errors.ts'
import { groupByTopic } from './group-by-topic.ts'
import type { Pool } from './pool.ts'
import { type API, loadWires, type Wires } from './vendor.ts'

const answer = z.object({
  errorCode: z.number(),
  results: z.array(
    z.object({
      topic: z.string(),
      partitions: z.array(
        z.object({ partition: z.number(), errorCode: z.number(), errorMessage: z.string().nullable() }),
      ),
    }),
  ),
})

const electLeaders = { key: 43, version: 2 } as const
const preferred = 0
const electionNotNeeded = 84
const serverLimitMs = 20_000

type Topics = readonly { readonly name: string; readonly partitions: readonly number[] }[]

function declare({ createAPI, Writer }: Wires): API<[Topics], unknown> {
  return createAPI<[Topics], unknown>(
    electLeaders.key,
    electLeaders.version,
    (topics: Topics) =>
      Writer.create()
        .appendInt8(preferred)
        .appendArray([...topics], (writer, { name, partitions }) => {
          writer
            .appendString(name)
            .appendArray([...partitions], (inner, partition) => inner.appendInt32(partition), true, false)
        })
        .appendInt32(serverLimitMs)
        .appendTaggedFields(),
    (_correlationId, _key, _version, reader) => {
      reader.readInt32()
      const errorCode = reader.readInt16()
      const results = reader.readArray(row => ({
        topic: row.readString(),
        partitions: row.readArray(inner => ({
          partition: inner.readInt32(),
          errorCode: inner.readInt16(),
          errorMessage: inner.readNullableString(),
        })),
      }))
      return { errorCode, results }
    },
  )
}

/** Partitions in one request. */
const most = 1000

export async function electPreferred(
  pool: Pick<Pool, 'write'>,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionAnswer[]> {
  const found: PartitionAnswer[] = []
  for (let at = 0; at < partitions.length; at += most)
    found.push(...(await electSome(pool, partitions.slice(at, at + most))))
  return found
}

async function electSome(
  pool: Pick<Pool, 'write'>,
  partitions: readonly TopicPartition[],
): Promise<PartitionAnswer[]> {
  const call: Call<typeof answer> = {
    name: 'ElectLeaders',
    api: declare,
    args: [
      groupByTopic(partitions).map(([name, rows]) => ({ name, partitions: rows.map(row => row.partition) })),
    ],
    schema: answer,
    slow: true,
  }
  const { errorCode, results } = await pool.write(call)
  const trouble = problem(errorCode)
  if (trouble) throw await refusedWith('the election of preferred leaders', trouble)
  const wires = await loadWires()
  return partitions.map(({ topic, partition }) => {
    const row = results.find(one => one.topic === topic)?.partitions.find(one => one.partition === partition)
    // One that leads already is either left out of the answer or has a code of its own.
    const fine = row === undefined || row.errorCode === 0 || row.errorCode === electionNotNeeded
    const code = row === undefined ? '' : nameCode(wires, row.errorCode)
    return { topic, partition, problem: fine ? null : `${row.errorMessage ?? 'refused'} (${code})` }
  })
}
