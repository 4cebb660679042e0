// Carries one batch of documents to the cluster: at one endpoint, then at the next, until every document is acknowledged or
// refused or the time is up. It is the client's own retry; nothing below it tries again.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../elasticsearch/http.ts'
import {
  type Attempt,
  giveUp,
  type Knowledge,
  learn,
  nothingKnown,
  readAnswer,
  readFailure,
} from './attempt.ts'

export interface Batch {
  readonly number: number
  readonly index: string
  readonly documents: readonly { readonly id: string; readonly source: object }[]
}

export interface Delivered {
  readonly id: string
  readonly known: Knowledge
  readonly endpoint: string
}

// The server's own wait for a primary ends before the client's patience does.
const serverTimeout = '10s'
const requestTimeoutMs = 15_000
const retryForMs = 60_000
const longestPauseMs = 2000

export async function deliver(
  send: Connection['send'],
  endpoints: readonly string[],
  batch: Batch,
): Promise<Delivered[]> {
  const began = performance.now()
  const known = new Map(batch.documents.map(({ id }) => [id, nothingKnown]))
  const endpointOf = new Map<string, string>()
  for (let attempt = 0; ; attempt++) {
    const open = batch.documents.filter(({ id }) => !known.get(id)?.final)
    const late = performance.now() - began > retryForMs
    if (open.length === 0 || late) break
    if (attempt > 0) await sleep(Math.min(50 * 2 ** attempt, longestPauseMs))
    const endpoint = endpoints[(batch.number + attempt) % endpoints.length] ?? ''
    const answers = await tryOnce(send, endpoint, { ...batch, documents: open })
    for (const [at, { id }] of open.entries()) {
      known.set(
        id,
        learn(known.get(id) ?? nothingKnown, answers[at] ?? { kind: 'unsure', reason: 'no answer' }),
      )
      endpointOf.set(id, endpoint)
    }
  }
  return batch.documents.map(({ id }) => ({
    id,
    known: giveUp(known.get(id) ?? nothingKnown),
    endpoint: endpointOf.get(id) ?? '',
  }))
}

async function tryOnce(
  send: Connection['send'],
  endpoint: string,
  batch: Batch,
): Promise<readonly Attempt[]> {
  const { index, documents } = batch
  const lines = documents.flatMap(({ id, source }) => [
    JSON.stringify({ create: { _id: id } }),
    JSON.stringify(source),
  ])
  const path = `/${index}/_bulk?timeout=${serverTimeout}&filter_path=items.*.status,items.*.error.type`
  try {
    const { status, body } = await send(endpoint, 'POST', path, `${lines.join('\n')}\n`, requestTimeoutMs)
    return readAnswer(status, body, documents.length)
  } catch (error) {
    return documents.map(() => readFailure(error))
  }
}
