// Writes documents to Elasticsearch at a fixed rate; every answer goes into the ledger.
import { randomBytes } from 'node:crypto'
import { connect } from '../elasticsearch/http.ts'
import { clientNodes, urlOf } from '../layout.ts'
import { type Batch, type Delivered, deliver } from './deliver.ts'
import type { LoadFiles } from './files.ts'
import { openLines } from './ledger.ts'
import { type Pace, type Send, sendAtPace, sizeBatches } from './pace.ts'
import type { LoadTarget } from './target.ts'

export interface WriteRequest extends Pick<Pace, 'seconds' | 'signal' | 'onSecond'> {
  readonly files: LoadFiles
  readonly ratePerSecond: number
  readonly indices: readonly string[]
}

export async function writeLoad(lab: LoadTarget, request: WriteRequest): Promise<void> {
  const { files, ratePerSecond, indices } = request
  using loader = connect(lab, 'loader')
  using ledger = openLines(files.ledger)
  const endpoints = clientNodes(lab.nodes).map(urlOf)
  const batches = planBatches(ratePerSecond, indices)
  await sendAtPace({ ...request, everyMs: batches.everyMs, rates: files.rates }, send)

  async function send(...[number, dueMs]: Parameters<Send>) {
    const batch = batches.make(number)
    const at = new Date(dueMs).toISOString()
    ledger.append([{ type: 'sent', at, index: batch.index, ids: batch.documents.map(({ id }) => id) }])
    const delivered = await deliver(loader.send, endpoints, batch)
    const doneMs = Date.now()
    const ms = doneMs - dueMs
    ledger.append(delivered.map(one => outcomeLine(one, { at, doneAt: new Date(doneMs).toISOString(), ms })))
    return delivered.map(({ known }) => ({ outcome: known.final ?? 'unknown', ms, attempts: known.attempts }))
  }
}

const outcomeLine = (
  { id, known, endpoint }: Delivered,
  times: { at: string; doneAt: string; ms: number },
) => ({
  type: known.final ?? 'unknown',
  id,
  ...times,
  attempts: known.attempts,
  endpoint,
  ...(known.via === 'conflict' ? { via: known.via } : {}),
  ...(known.final === 'ok' ? {} : { reason: known.reason }),
})

export function planBatches(ratePerSecond: number, indices: readonly string[]) {
  const { size, everyMs } = sizeBatches(ratePerSecond)
  // No two invocations share an id, under whatever name.
  const run = randomBytes(5).toString('hex')
  return {
    size,
    everyMs,
    make: (number: number): Batch => ({
      number,
      index: indices[number % indices.length] ?? '',
      documents: Array.from({ length: size }, (_, at) => document(run, number * size + at)),
    }),
  }
}

function document(run: string, seq: number) {
  const level = levels[seq % levels.length]
  const message = `request ${seq} of run ${run} answered in ${(seq * 7919) % 900} ms`
  const source = {
    '@timestamp': new Date().toISOString(),
    level,
    message,
    trace_id: `${run}${seq}`,
    run,
    seq,
  }
  return { id: `${run}-${seq}`, source }
}

const levels = ['INFO', 'INFO', 'INFO', 'WARN', 'INFO', 'ERROR', 'DEBUG']
