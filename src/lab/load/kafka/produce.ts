// Produces messages to Kafka at a fixed rate with acks=all; every acknowledgement goes into the ledger with its partition and
// offset. The client's own retries are on; what it gives up is counted as failed.
import kafkajs, { type ICustomPartitioner, type Message, type Producer } from 'kafkajs'
import { OpsError } from '../../../errors/index.ts'
import { kafkaClient } from '../../kafka/access.ts'
import { explainKafka } from '../../kafka/explain.ts'
import type { LoadFiles } from '../files.ts'
import { openLines } from '../ledger.ts'
import { type Pace, type Send, sendAtPace } from '../pace.ts'
import { type MessageBatch, planMessages } from './message.ts'
import type { KafkaTarget } from './target.ts'

export interface ProduceRequest extends Pick<Pace, 'seconds' | 'signal' | 'onSecond'> {
  readonly files: LoadFiles
  readonly ratePerSecond: number
  readonly topic: string
  readonly keyed: boolean
}

// A minute or so, as Fluent Bit and Java's producer try for minutes.
const retry = { initialRetryTime: 50, maxRetryTime: 1000, retries: 60 }
// It sees new partitions before consumers do, which is the worse case for whoever adds them.
const metadataMaxAgeMs = 5000
const serverTimeoutMs = 10_000

export async function produceLoad(target: KafkaTarget, request: ProduceRequest): Promise<void> {
  const { files, ratePerSecond, topic, keyed } = request
  const { producer, countTries, track } = makeProducer(target)
  const plan = planMessages(ratePerSecond, keyed)
  using ledger = openLines(files.ledger)
  try {
    await requireTopic(target, topic)
    await producer.connect()
    await sendAtPace({ ...request, everyMs: plan.everyMs, rates: files.rates }, send)
  } catch (cause) {
    throw explainKafka(cause)
  } finally {
    await producer.disconnect().catch(() => {})
  }

  async function send(...[number, dueMs]: Parameters<Send>) {
    const batch = plan.make(number)
    const at = new Date(dueMs).toISOString()
    ledger.append([{ type: 'sent', at, index: topic, ids: batch.ids }])
    track(batch)
    const outcome = await produce(producer, topic, batch)
    const doneMs = Date.now()
    const attempts = Math.max(1, countTries(batch))
    const times = {
      at,
      doneAt: new Date(doneMs).toISOString(),
      ms: doneMs - dueMs,
      attempts,
      endpoint: 'kafka',
    }
    ledger.append(
      batch.ids.map((id, place) =>
        outcome.kind === 'ok'
          ? { type: 'ok', id, partition: outcome.partition, offset: outcome.offset + place, ...times }
          : { type: 'fail', id, reason: outcome.reason, ...times },
      ),
    )
    return batch.ids.map(() => ({ outcome: outcome.kind, ms: times.ms, attempts }))
  }
}

type Outcome =
  | { readonly kind: 'ok'; readonly partition: number; readonly offset: number }
  | { readonly kind: 'fail'; readonly reason: string }

/** One partition a request: with more, kafkajs takes what moves to another broker between two tries for sent. */
async function produce(producer: Producer, topic: string, { messages }: MessageBatch): Promise<Outcome> {
  const compression = kafkajs.CompressionTypes.GZIP
  try {
    const answers = await producer.send({ topic, acks: -1, timeout: serverTimeoutMs, compression, messages })
    const [answer] = answers
    if (answers.length !== 1 || !answer || answer.errorCode !== 0) {
      return { kind: 'fail', reason: `${answers.length} answers` }
    }
    return { kind: 'ok', partition: answer.partition, offset: Number(answer.baseOffset) }
  } catch (error) {
    return { kind: 'fail', reason: explainKafka(error).message }
  }
}

/** Batches without a key go to every partition in turn, also to one that has no leader at the moment. */
function makeProducer({ access }: KafkaTarget) {
  const batches = new WeakMap<Message, MessageBatch>()
  const tries = new WeakMap<MessageBatch, number>()
  const createPartitioner: ICustomPartitioner = () => {
    const byKey = kafkajs.Partitioners.DefaultPartitioner()
    return args => {
      const batch = batches.get(args.message)
      if (batch && args.message === batch.messages[0]) tries.set(batch, (tries.get(batch) ?? 0) + 1)
      if (args.message.key != null || !batch) return byKey(args)
      return args.partitionMetadata[batch.number % args.partitionMetadata.length]?.partitionId ?? 0
    }
  }
  const producer = kafkaClient(access, { clientId: 'ops-lab-load' }).producer({
    createPartitioner,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    retry,
  })
  return {
    producer,
    track: (batch: MessageBatch) => {
      for (const message of batch.messages) batches.set(message, batch)
    },
    /** The partitioner is asked once for every try. */
    countTries: (batch: MessageBatch) => tries.get(batch) ?? 0,
  }
}

async function requireTopic({ access }: KafkaTarget, topic: string): Promise<void> {
  const admin = kafkaClient(access, { clientId: 'ops-lab-load' }).admin()
  try {
    await admin.connect()
    const known = await admin.listTopics()
    if (known.includes(topic)) return
    throw new OpsError('USAGE', {
      message: `there is no topic ${topic}`,
      hint: `one of ${known.filter(name => !name.startsWith('__')).join(', ')}`,
    })
  } finally {
    await admin.disconnect()
  }
}
