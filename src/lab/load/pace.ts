// Sends batches at a fixed rate: each at its own time, whether or not the ones before it have been answered, so that a cluster
// that stalls is seen to stall.
import { setTimeout as sleep } from 'node:timers/promises'
import { openLines } from './ledger.ts'
import { type RateLine, type Result, rateMeter } from './rates.ts'

export interface Pace {
  readonly everyMs: number
  /** Without it the load ends at the signal alone. */
  readonly seconds: number | undefined
  /** Ends the load: nothing more is sent, and what is under way is waited for. */
  readonly signal: AbortSignal
  /** File of the rate lines. */
  readonly rates: string
  onSecond?(line: RateLine): void
}

/** Carries one batch to its end, and says what became of every message of it. */
export type Send = (number: number, dueMs: number) => Promise<readonly Result[]>

// Beyond this the load waits; the latencies tell, as each counts from when its batch was due.
const mostUnderWay = 400

export async function sendAtPace(pace: Pace, send: Send): Promise<void> {
  const { everyMs, seconds, signal } = pace
  using rates = openLines(pace.rates)
  const startMs = Date.now()
  const meter = rateMeter(startMs)
  const underWay = new Set<Promise<void>>()
  const carry = async (number: number, dueMs: number) => {
    for (const result of await send(number, dueMs)) meter.add(result)
  }

  const tick = setInterval(() => {
    const lines = meter.linesUntil(Date.now())
    if (lines.length > 0) rates.append(lines)
    for (const line of lines) pace.onSecond?.(line)
  }, 200)
  try {
    for (let number = 0; !signal.aborted; number++) {
      const dueMs = startMs + number * everyMs
      if (seconds !== undefined && dueMs >= startMs + seconds * 1000) break
      await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      if (underWay.size >= mostUnderWay) await Promise.race(underWay)
      const sending = carry(number, dueMs).finally(() => underWay.delete(sending))
      underWay.add(sending)
    }
    await Promise.all(underWay)
  } finally {
    clearInterval(tick)
    rates.append(meter.linesUntil(Date.now() + 1000))
  }
}

/** A few at a time: single ones would cost the two cores of a small machine more than the servers do. */
export function sizeBatches(ratePerSecond: number): { readonly size: number; readonly everyMs: number } {
  const size = Math.min(10, Math.max(1, Math.round(ratePerSecond / 10)))
  return { size, everyMs: (size / ratePerSecond) * 1000 }
}
