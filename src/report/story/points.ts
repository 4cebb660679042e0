// Rates and means over time: intervals between samples joined to as many points as a picture can show. Pure.
export interface Point {
  readonly fromMs: number
  readonly untilMs: number
  /** `null` is a gap. */
  readonly value: number | null
}

export interface Interval {
  readonly fromMs: number
  readonly untilMs: number
  readonly status: string
  readonly docs: number | null
  readonly indexMs: number | null
}

/** More points than this cannot be told apart in a picture. */
const mostPoints = 300

interface Sums {
  readonly docs: number
  readonly indexMs: number
  readonly ms: number
}

/** One point per interval, or per group of neighbours where there are too many. */
export function pointsOf(intervals: readonly Interval[], measure: (sums: Sums) => number | null): Point[] {
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
      value: sums.ms === 0 ? null : measure(sums),
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
