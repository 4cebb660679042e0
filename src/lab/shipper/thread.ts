// One consumer thread of a member: reads a batch, gives it to the sink, and commits it only when the sink has it. What was not
// committed is read again by whoever gets the partition next: at least once, never less.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { kafkaClient } from '../kafka/access.ts'
import type { MemberConfig, ShipperSettings } from './config.ts'
import type { Counters } from './counters.ts'
import { toDocument } from './document.ts'
import type { Sink } from './sink.ts'

export interface Thread {
  /** Returns once the batch under way is committed or given up, and the consumer has left its group. */
  stop(): Promise<void>
}

export interface ThreadParts {
  readonly member: MemberConfig
  readonly settings: ShipperSettings
  readonly sink: Sink
  readonly counters: Counters
}

const restartMs = 1000
/** How long a group waits for a member that hangs before it goes on without it. */
const rebalanceTimeoutMs = 10_000

export function startThread(number: number, parts: ThreadParts): Thread {
  const end = new AbortController()
  const clientId = `${parts.member.name}-${number}`
  const work = keepConsuming(clientId, parts, end.signal)
  return {
    stop: () => {
      end.abort()
      return work
    },
  }
}

/** A consumer that has given up is replaced by a new one. */
async function keepConsuming(clientId: string, parts: ThreadParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const consumer = makeConsumer(clientId, parts)
    try {
      const crashed = whenCrashed(consumer)
      await consumer.connect()
      const fromBeginning = parts.settings.auto_offset_reset === 'earliest'
      await consumer.subscribe({ topics: [parts.member.topic], fromBeginning })
      await consumer.run({ autoCommit: false, eachBatch: payload => shipBatch(payload, parts, signal) })
      await Promise.race([crashed, whenAborted(signal)])
    } catch (error) {
      console.error(`${clientId}: ${(error as Error).message}`)
    } finally {
      await consumer.disconnect().catch(() => {})
    }
    await sleep(restartMs, undefined, { signal }).catch(() => {})
  }
}

const makeConsumer = (clientId: string, { member, settings }: ThreadParts): Consumer =>
  kafkaClient(member.access, {
    clientId,
    localAddress: member.address,
    onLog: line => console.error(`${new Date().toISOString()} ${clientId}: ${line}`),
  }).consumer({
    groupId: member.group,
    sessionTimeout: settings.session_timeout_ms,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: Math.floor(settings.session_timeout_ms / 3),
    metadataMaxAge: settings.metadata_max_age_ms,
    maxWaitTimeInMs: 500,
    allowAutoTopicCreation: false,
  })

async function shipBatch(
  { batch, heartbeat, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload,
  { settings, sink, counters }: ThreadParts,
  signal: AbortSignal,
): Promise<void> {
  const breathe = async () => {
    if (signal.aborted || !isRunning() || isStale()) throw new Error('stopped before the sink had the batch')
    await heartbeat()
  }
  const { max_poll_records: most, sink_delay_ms: delayMs } = settings
  for (let at = 0; at < batch.messages.length; at += most) {
    const messages = batch.messages.slice(at, at + most)
    const began = performance.now()
    counters.in += messages.length
    await delay(delayMs, breathe)
    const documents = messages.map(({ value, timestamp }) => toDocument(value, Number(timestamp)))
    await sink.write(documents, breathe)
    counters.out += messages.length
    counters.sinkMs += performance.now() - began
    const last = messages.at(-1)?.offset ?? '0'
    resolveOffset(last)
    const offset = String(BigInt(last) + 1n)
    const partitions = [{ partition: batch.partition, offset }]
    await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] })
    await heartbeat()
  }
}

/** A slow sink, for those who want one; the group hears of us all the while. */
async function delay(ms: number, breathe: () => Promise<void>): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await breathe()
    await sleep(Math.min(left, 500))
  }
}

const whenCrashed = (consumer: Consumer): Promise<void> =>
  new Promise(resolve => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) resolve()
    })
  })

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
