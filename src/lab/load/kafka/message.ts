// The messages of a load: each is a log line as Fluent Bit would send it, with an id that no other load ever uses.
import { randomBytes } from 'node:crypto'
import type { Message } from 'kafkajs'
import { z } from 'zod'
import { sources } from '../../elasticsearch/content.ts'
import { sizeBatches } from '../pace.ts'

export interface MessageBatch {
  readonly number: number
  readonly ids: readonly string[]
  readonly messages: Message[]
}

/** What a reader of the log needs to know of a message; one of another writer has none of it. */
const loadMessage = z.object({ id: z.string(), run: z.string(), seq: z.number() })
export type LoadMessage = z.infer<typeof loadMessage>

const keys = 1000
const levels = ['INFO', 'INFO', 'INFO', 'WARN', 'INFO', 'ERROR', 'DEBUG']

/** With `keyed` all messages of a batch share a key, so that each batch belongs to one partition either way. */
export function planMessages(ratePerSecond: number, keyed: boolean) {
  const { size, everyMs } = sizeBatches(ratePerSecond)
  const run = randomBytes(5).toString('hex')
  const make = (number: number): MessageBatch => {
    const seqs = Array.from({ length: size }, (_, at) => number * size + at)
    const key = keyed ? `k${number % keys}` : null
    return {
      number,
      ids: seqs.map(seq => `${run}-${seq}`),
      messages: seqs.map(seq => ({ key, value: JSON.stringify(makeLine(run, seq)) })),
    }
  }
  return { everyMs, make }
}

function makeLine(run: string, seq: number): object {
  return {
    '@timestamp': new Date().toISOString(),
    tag: sources[seq % sources.length],
    level: levels[seq % levels.length],
    message: `request ${seq} of run ${run} answered in ${(seq * 7919) % 900} ms`,
    trace_id: `${run}${seq}`,
    id: `${run}-${seq}`,
    run,
    seq,
  }
}

/** The message of a load in a record's value, or nothing where it is somebody else's. */
export function parseMessage(value: Buffer | null): LoadMessage | undefined {
  try {
    return loadMessage.safeParse(JSON.parse(value?.toString('utf8') ?? '')).data
  } catch {
    return undefined
  }
}
