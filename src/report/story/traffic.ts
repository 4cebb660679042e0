// Cluster status, write rate and write latency over time, from samples. Counters that fall or leap (a node left, a
// replica took over as primary) give a gap, never a number.
import type { Sample } from '../../ports/journal.ts'
import { numberOf, textOf } from '../read.ts'
import { gapsOf, type Process } from './processes.ts'

export interface StatusSpan {
  readonly status: string
  readonly fromMs: number
  readonly untilMs: number
}

export interface Point {
  readonly fromMs: number
  readonly untilMs: number
  /** `null` is a gap. */
  readonly value: number | null
}

export interface Traffic {
  readonly statuses: readonly StatusSpan[]
  /** Documents a second. */
  readonly writeRate: readonly Point[]
  /** Mean milliseconds that a document took to be indexed. */
  readonly writeLatency: readonly Point[]
}

interface Interval {
  readonly fromMs: number
  readonly untilMs: number
  readonly status: string
  readonly docs: number | null
  readonly indexMs: number | null
}

/** Samples are taken every two seconds; a longer pause is a time without samples. */
const longestMs = 15_000
const leap = 10
/** More points than this cannot be told apart in a picture. */
const mostPoints = 300

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
    writeRate: points(intervals, ({ docs, ms }) => (docs * 1000) / ms),
    writeLatency: points(intervals, ({ docs, indexMs }) => (docs === 0 ? null : indexMs / docs)),
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

interface Sums {
  readonly docs: number
  readonly indexMs: number
  readonly ms: number
}

/** One point per interval, or per group of neighbours where there are too many. */
function points(intervals: readonly Interval[], valueOf: (sums: Sums) => number | null): Point[] {
  if (intervals.every(({ docs }) => docs === null)) return []
  const size = Math.ceil(intervals.length / mostPoints)
  return groups(intervals, size).map(group => {
    const whole = group.filter(({ docs }) => docs !== null)
    const sum = (pick: (interval: Interval) => number): number =>
      whole.reduce((all, one) => all + pick(one), 0)
    const sums = {
      docs: sum(({ docs }) => docs ?? 0),
      indexMs: sum(({ indexMs }) => indexMs ?? 0),
      ms: sum(({ fromMs, untilMs }) => untilMs - fromMs),
    }
    return {
      fromMs: group[0]?.fromMs ?? 0,
      untilMs: group.at(-1)?.untilMs ?? 0,
      value: sums.ms === 0 ? null : valueOf(sums),
    }
  })
}

/** Neighbours in groups of `size`; a time without samples ends a group. */
function groups(intervals: readonly Interval[], size: number): Interval[][] {
  const made: Interval[][] = []
  for (const interval of intervals) {
    const last = made.at(-1)
    if (last === undefined || last.length >= size || last.at(-1)?.untilMs !== interval.fromMs)
      made.push([interval])
    else last.push(interval)
  }
  return made
}

export interface Summary {
  readonly mean: number
  readonly least: number
  readonly most: number
}

/** Over the points that have a value, the mean by time; `null` where none has. */
export function summarise(all: readonly Point[]): Summary | null {
  const known = all.filter((point): point is Point & { value: number } => point.value !== null)
  if (known.length === 0) return null
  const values = known.map(({ value }) => value)
  const ms = known.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
  const area = known.reduce((sum, { fromMs, untilMs, value }) => sum + value * (untilMs - fromMs), 0)
  return { mean: area / ms, least: Math.min(...values), most: Math.max(...values) }
}
