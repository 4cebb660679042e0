// Every partition as one broker's metadata has it. A leader that is missing is part of the answer, not an error.
import { z } from 'zod'
import type { PartitionState } from '../../ports/kafka.ts'
import type { Call } from './call.ts'
import type { Question } from './each-broker.ts'
import { refusedWith } from './errors.ts'
import { brokersAnswer } from './identity.ts'
import type { Pool } from './pool.ts'

const answer = brokersAnswer.extend({
  topics: z.array(
    z.object({
      errorCode: z.number(),
      name: z.string().nullable(),
      isInternal: z.boolean(),
      partitions: z.array(
        z.object({
          partitionIndex: z.number(),
          leaderId: z.number(),
          replicaNodes: z.array(z.number()),
          isrNodes: z.array(z.number()),
          offlineReplicas: z.array(z.number()),
        }),
      ),
    }),
  ),
})

/** No such topic, or no leader yet. */
const unknownTopic = 3
const tolerated = new Set([0, unknownTopic, 5])

function metadataCall(topics: readonly string[] | null): Call<typeof answer> {
  return {
    name: 'Metadata',
    api: wires => wires.metadataV12.api,
    args: [topics, false, false],
    schema: answer,
  }
}

export async function readPartitions(pool: Pool): Promise<readonly PartitionState[]> {
  return toStates(await pool.read(metadataCall(null)))
}

/** Of one topic; empty where there is none. */
export async function readTopic(pool: Pick<Pool, 'read'>, topic: string): Promise<readonly PartitionState[]> {
  return toStates(await pool.read(metadataCall([topic])))
}

/** For each broker by itself. */
export const topicQuestion = (topic: string): Question<typeof answer, readonly PartitionState[]> => ({
  subject: `the topic ${topic}`,
  call: metadataCall([topic]),
  read: toStates,
})

async function toStates({ topics }: z.output<typeof answer>): Promise<PartitionState[]> {
  const bad = topics.find(({ errorCode }) => !tolerated.has(errorCode))
  if (bad !== undefined)
    throw await refusedWith(`the metadata of ${bad.name}`, { code: bad.errorCode, text: null })
  return topics.flatMap(({ errorCode, name, isInternal, partitions }) => {
    if (errorCode === unknownTopic || name === null) return []
    return partitions
      .map(one => ({
        topic: name,
        partition: one.partitionIndex,
        leader: one.leaderId < 0 ? null : one.leaderId,
        replicas: one.replicaNodes,
        isr: one.isrNodes,
        offline: one.offlineReplicas,
        internal: isInternal,
      }))
      .sort((a, b) => a.partition - b.partition)
  })
}
