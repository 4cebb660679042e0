// Moves of partitions between brokers: what runs, what is begun, what is cancelled.
import { z } from 'zod'
import type { KafkaPort, PartitionAnswer, Reassignment } from '../../ports/kafka.ts'
import { type Call, problem } from './call.ts'
import { nameCode, refusedWith } from './errors.ts'
import { groupByTopic } from './group-by-topic.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

const serverLimitMs = 20_000
const ids = z.array(z.number())

const listAnswer = z.object({
  errorCode: z.number(),
  errorMessage: z.string().nullable(),
  topics: z.array(
    z.object({
      name: z.string(),
      partitions: z.array(
        z.object({ partitionIndex: z.number(), replicas: ids, addingReplicas: ids, removingReplicas: ids }),
      ),
    }),
  ),
})

const listCall: Call<typeof listAnswer> = {
  name: 'ListPartitionReassignments',
  api: wires => wires.listPartitionReassignmentsV0.api,
  args: [5000, null],
  schema: listAnswer,
  problemOf: ({ errorCode, errorMessage }) => problem(errorCode, errorMessage),
}

export async function readReassignments(pool: Pool): Promise<readonly Reassignment[]> {
  const { topics } = await pool.read(listCall)
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(one => ({
      topic: name,
      partition: one.partitionIndex,
      replicas: one.replicas,
      adding: one.addingReplicas,
      removing: one.removingReplicas,
    })),
  )
}

const alterAnswer = z.object({
  errorCode: z.number(),
  errorMessage: z.string().nullable(),
  responses: z.array(
    z.object({
      name: z.string(),
      partitions: z.array(
        z.object({ partitionIndex: z.number(), errorCode: z.number(), errorMessage: z.string().nullable() }),
      ),
    }),
  ),
})

type Changes = Parameters<KafkaPort['reassign']>[0]

export async function reassign(pool: Pool, changes: Changes): Promise<readonly PartitionAnswer[]> {
  if (changes.length === 0) return []
  const topics = groupByTopic(changes).map(([name, rows]) => ({
    name,
    partitions: rows.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
  }))
  const call: Call<typeof alterAnswer> = {
    name: 'AlterPartitionReassignments',
    api: wires => wires.alterPartitionReassignmentsV0.api,
    args: [serverLimitMs, true, topics],
    schema: alterAnswer,
    slow: true,
  }
  const { errorCode, errorMessage, responses } = await pool.write(call)
  const trouble = problem(errorCode, errorMessage)
  if (trouble) throw await refusedWith('the reassignment', trouble)
  const wires = await loadWires()
  return changes.map(({ topic, partition }) => {
    const row = responses
      .find(({ name }) => name === topic)
      ?.partitions.find(one => one.partitionIndex === partition)
    if (row === undefined) return { topic, partition, problem: 'the answer says nothing about it' }
    const code = nameCode(wires, row.errorCode)
    return {
      topic,
      partition,
      problem: row.errorCode === 0 ? null : `${row.errorMessage ?? 'refused'} (${code})`,
    }
  })
}
