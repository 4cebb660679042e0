// Writes documents at a fixed rate: each batch is sent at its own time, whether or not the ones before it have been answered,
// so that a cluster that stalls is seen to stall.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../elasticsearch/http.ts'
import { clientNodes, urlOf } from '../layout.ts'
import { type Batch, type Delivered, deliver } from './deliver.ts'
import type { LoadFiles } from './files.ts'
import { openLines } from './ledger.ts'
import { type RateLine, rateMeter } from './rates.ts'
import type { LoadTarget } from './target.ts'

export interface WriteRequest {
  readonly files: LoadFiles
  readonly ratePerSecond: number
  readonly seconds: number | undefined
  readonly indices: readonly string[]
  /** Ends the load: nothing more is sent, and what is under way is waited for. */
  readonly signal: AbortSignal
  onSecond?(line: RateLine): void
}

// Beyond this the load waits; the latencies tell, as each counts from when its batch was due.
const mostUnderWay = 400

export async function writeLoad(lab: LoadTarget, request: WriteRequest): Promise<void> {
  const { files, ratePerSecond, seconds, indices, signal } = request
  using loader = connect(lab, 'loader')
  using ledger = openLines(files.ledger)
  using rates = openLines(files.rates)
  const endpoints = clientNodes(lab.nodes).map(urlOf)
  const batches = planBatches(ratePerSecond, indices)
  const startMs = Date.now()
  const meter = rateMeter(startMs)
  const underWay = new Set<Promise<void>>()

  const tick = setInterval(() => {
    const lines = meter.linesUntil(Date.now())
    if (lines.length > 0) rates.append(lines)
    for (const line of lines) request.onSecond?.(line)
  }, 200)
  try {
    for (let number = 0; !signal.aborted; number++) {
      const dueMs = startMs + number * batches.everyMs
      if (seconds !== undefined && dueMs >= startMs + seconds * 1000) break
      await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      if (underWay.size >= mostUnderWay) await Promise.race(underWay)
      const sending = send(batches.make(number), dueMs).finally(() => underWay.delete(sending))
      underWay.add(sending)
    }
    await Promise.all(underWay)
  } finally {
    clearInterval(tick)
    rates.append(meter.linesUntil(Date.now() + 1000))
  }

  async function send(batch: Batch, dueMs: number): Promise<void> {
    const at = new Date(dueMs).toISOString()
    ledger.append([{ type: 'sent', at, index: batch.index, ids: batch.documents.map(({ id }) => id) }])
    const delivered = await deliver(loader.send, endpoints, batch)
    const doneMs = Date.now()
    const ms = doneMs - dueMs
    ledger.append(delivered.map(one => outcomeLine(one, { at, doneAt: new Date(doneMs).toISOString(), ms })))
    for (const { known } of delivered) {
      meter.add({ outcome: known.final ?? 'unknown', ms, attempts: known.attempts })
    }
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

/** A few documents at a time: single ones would cost the two cores of a small machine more than the servers do. */
export function planBatches(ratePerSecond: number, indices: readonly string[]) {
  const size = Math.min(10, Math.max(1, Math.round(ratePerSecond / 10)))
  // No two invocations share an id, under whatever name.
  const run = randomBytes(5).toString('hex')
  return {
    size,
    everyMs: (size / ratePerSecond) * 1000,
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
