// Reads a topic from the first record of every partition to the end that it has now, in a consumer group of its own that is
// removed again and has never committed anything.
import { randomUUID } from 'node:crypto'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { OpsError } from '../../../errors/index.ts'
import { kafkaClient } from '../../kafka/access.ts'
import { askBrokers } from '../../kafka/ask.ts'
import { waitFor } from '../../wait.ts'
import { parseMessage } from './message.ts'
import type { KafkaTarget } from './target.ts'

/** One record of a load's message. */
export interface LogRecord {
  readonly id: string
  readonly run: string
  readonly seq: number
  readonly partition: number
  readonly offset: number
}

export interface LogRange {
  readonly partition: number
  /** First offset that is still there, and that of the next record. */
  readonly low: number
  readonly high: number
}

export interface LogContent {
  readonly ranges: readonly LogRange[]
  /** Of these runs, partition by partition in the order of the log. */
  readonly records: readonly LogRecord[]
}

const stallMs = 60_000

export async function readLog(
  { access }: Pick<KafkaTarget, 'access'>,
  topic: string,
  runs: ReadonlySet<string>,
): Promise<LogContent> {
  const groupId = `ops-lab-verify-${randomUUID()}`
  const kafka = kafkaClient(access, { clientId: 'ops-lab-verify' })
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId, maxWaitTimeInMs: 200 })]
  try {
    await admin.connect()
    const ranges = await readRanges(kafka, topic)
    return { ranges, records: await readRecords(consumer, topic, ranges, runs) }
  } finally {
    await consumer.disconnect()
    await admin.deleteGroups([groupId]).catch(() => {}) // one without members goes by itself
    await admin.disconnect()
  }
}

async function readRanges(kafka: Kafka, topic: string): Promise<readonly LogRange[]> {
  const offsets = await askBrokers(kafka, admin => admin.fetchTopicOffsets(topic))
  return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
}

async function readRecords(
  consumer: Consumer,
  topic: string,
  ranges: readonly LogRange[],
  runs: ReadonlySet<string>,
): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  const next = new Map(ranges.map(({ partition, low }) => [partition, low]))
  const take = async ({ batch: { partition, messages } }: EachBatchPayload) => {
    for (const { offset, value } of messages) {
      // A consumer that had to join again may read a part once more.
      if (Number(offset) < (next.get(partition) ?? 0)) continue
      next.set(partition, Number(offset) + 1)
      const message = parseMessage(value)
      if (message && runs.has(message.run)) records.push({ ...message, partition, offset: Number(offset) })
    }
  }
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatch: take, partitionsConsumedConcurrently: 1 })
  const unread = () => ranges.filter(({ partition, high }) => (next.get(partition) ?? 0) < high)
  await waitFor({
    stallMs,
    everyMs: 50,
    look: async () => (unread().length === 0 ? { result: true } : { progress: [...next.values()].join(' ') }),
    onStall: () =>
      new OpsError('STALLED', {
        message: `${topic} cannot be read to its end: ${unread()
          .map(({ partition, high }) => `partition ${partition} at ${next.get(partition)} of ${high}`)
          .join(', ')}`,
        hint: 'ops lab status',
      }),
  })
  return records
}
