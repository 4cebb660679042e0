// How fast a load goes, second by second, as a live display or a report draws it. Pure but for the clock it is given.

/** One line of NAME.rate.jsonl: what was learnt of in one second. Latencies are those of acknowledged documents. */
export interface RateLine {
  readonly at: string
  readonly ok: number
  readonly failed: number
  readonly unknown: number
  readonly retried: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export interface Result {
  readonly outcome: 'ok' | 'fail' | 'unknown'
  readonly ms: number
  readonly attempts: number
}

export function summarise(at: string, results: readonly Result[]): RateLine {
  const count = (outcome: Result['outcome']) => results.filter(one => one.outcome === outcome).length
  const latencies = results.filter(one => one.outcome === 'ok').map(one => one.ms)
  return {
    at,
    ok: count('ok'),
    failed: count('fail'),
    unknown: count('unknown'),
    retried: results.filter(one => one.attempts > 1).length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  }
}

/** The smallest value that at least this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** Collects results and gives a line for every second that has passed, the silent ones too. */
export function rateMeter(startMs: number): {
  add(result: Result): void
  linesUntil(nowMs: number): RateLine[]
} {
  let second = Math.floor(startMs / 1000)
  let results: Result[] = []
  return {
    add: result => results.push(result),
    linesUntil: nowMs => {
      const lines: RateLine[] = []
      for (; second < Math.floor(nowMs / 1000); second++) {
        lines.push(summarise(new Date(second * 1000).toISOString(), results))
        results = []
      }
      return lines
    },
  }
}
