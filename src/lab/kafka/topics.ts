// Makes a topic, and waits until every partition of it has a leader and all its copies.
import type { Admin } from 'kafkajs'
import { OpsError } from '../../errors/index.ts'
import { waitFor } from '../wait.ts'

export interface TopicRequest {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
}

export async function makeTopic(admin: Admin, request: TopicRequest): Promise<void> {
  const { topic, partitions, replicationFactor } = request
  const known = await admin.listTopics()
  if (!known.includes(topic)) {
    const configEntries = [{ name: 'min.insync.replicas', value: '2' }]
    const wanted = { topic, numPartitions: partitions, replicationFactor, configEntries }
    // Its own wait fails about half the time on KRaft, though the topic is made.
    await admin.createTopics({ waitForLeaders: false, topics: [wanted] })
  }
  await waitForTopic(admin, request)
}

/** As the broker sees it that the client asks. */
export async function waitForTopic(
  admin: Admin,
  { topic, partitions, replicationFactor }: TopicRequest,
): Promise<void> {
  await waitFor({
    stallMs: 60_000,
    everyMs: 100,
    look: async () => {
      const ready = await countReady(admin, topic, replicationFactor)
      return ready === partitions ? { result: true } : { progress: `${ready} of ${partitions} partitions` }
    },
    onStall: progress =>
      new OpsError('LAB_FAILED', { message: `${topic} is not ready: ${progress}`, hint: 'ops lab status' }),
  })
}

async function countReady(admin: Admin, topic: string, copies: number): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
  const partitions = topics[0]?.partitions ?? []
  return partitions.filter(({ leader, isr }) => leader >= 0 && isr.length === copies).length
}
