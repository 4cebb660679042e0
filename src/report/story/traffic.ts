// Cluster status, write rate and write latency over time, from samples. Counters that fall or leap (a node left, a
// replica took over as primary) give a gap, never a number.
import type { Sample } from '../../ports/journal.ts'
import { numberOf, textOf } from '../read.ts'
import { type Interval, type Point, pointsOf } from './points.ts'
import { gapsOf, type Process } from './processes.ts'

export interface StatusSpan {
  readonly status: string
  readonly fromMs: number
  readonly untilMs: number
}

export interface Traffic {
  readonly statuses: readonly StatusSpan[]
  /** Documents a second. */
  readonly writeRate: readonly Point[]
  /** Mean milliseconds that a document took to be indexed. */
  readonly writeLatency: readonly Point[]
}

/** Samples are taken every two seconds; a longer pause is a time without samples. */
const longestMs = 15_000
const leap = 10

export function measureTraffic(samples: readonly Sample[], processes: readonly Process[]): Traffic {
  const gaps = gapsOf(processes)
  const intervals = withoutLeaps(
    samples.flatMap((sample, index) => {
      const next = samples[index + 1]
      if (next === undefined) return []
      const interval = between(sample, next)
      const { fromMs, untilMs } = interval
      const apart = gaps.some(
        gap => fromMs <= gap.fromMs && untilMs >= gap.untilMs && gap.untilMs > gap.fromMs,
      )
      return apart || untilMs - fromMs > longestMs ? [] : [interval]
    }),
  )
  return {
    statuses: statusSpans(intervals),
    writeRate: pointsOf(intervals, ({ docs, ms }) => (docs * 1000) / ms),
    writeLatency: pointsOf(intervals, ({ docs, indexMs }) => (docs === 0 ? null : indexMs / docs)),
  }
}

function between(sample: Sample, next: Sample): Interval {
  const grown = (field: string): number | null => {
    const [before, after] = [numberOf(sample[field]), numberOf(next[field])]
    return before === null || after === null || after < before ? null : after - before
  }
  const [docs, indexMs] = [grown('indexedTotal'), grown('indexTimeMs')]
  const whole = docs !== null && indexMs !== null
  return {
    fromMs: Date.parse(sample.at),
    untilMs: Date.parse(next.at),
    status: textOf(sample.status),
    docs: whole ? docs : null,
    indexMs: whole ? indexMs : null,
  }
}

function withoutLeaps(intervals: readonly Interval[]): Interval[] {
  const rateOf = ({ docs, fromMs, untilMs }: Interval): number => (docs ?? 0) / Math.max(1, untilMs - fromMs)
  const rates = intervals
    .filter(({ docs }) => docs !== null)
    .map(rateOf)
    .sort((a, b) => a - b)
  const middle = rates[Math.floor(rates.length / 2)] ?? 0
  return intervals.map(interval =>
    middle > 0 && rateOf(interval) > middle * leap ? { ...interval, docs: null, indexMs: null } : interval,
  )
}

function statusSpans(intervals: readonly Interval[]): StatusSpan[] {
  const spans: { status: string; fromMs: number; untilMs: number }[] = []
  for (const { status, fromMs, untilMs } of intervals) {
    const last = spans.at(-1)
    if (status === '') continue
    if (last?.status === status && last.untilMs === fromMs) last.untilMs = untilMs
    else spans.push({ status, fromMs, untilMs })
  }
  return spans
}
