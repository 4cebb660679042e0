// How evenly producers spread records over partitions, between two looks. Pure.
import type { LogRange } from '#sdk'

export interface Spread {
  /** Records that came in between the looks. */
  readonly records: number
  /** Partitions that got none. */
  readonly silent: readonly number[]
  /** How far the busiest and the quietest partition are from an even share, as a share of that: 0.2 is 20 %. */
  readonly most: number
  readonly least: number
}

export function measureSpread(
  earlier: readonly LogRange[],
  later: readonly LogRange[],
  of: readonly number[],
): Spread {
  const grown = growthOf(earlier, later)
  const counts = of.map(partition => grown.get(partition) ?? 0)
  const records = counts.reduce((sum, one) => sum + one, 0)
  const even = records / of.length
  const off = (count: number): number => (even === 0 ? 0 : count / even - 1)
  return {
    records,
    silent: of.filter((_, at) => counts[at] === 0),
    most: counts.length === 0 ? 0 : off(Math.max(...counts)),
    least: counts.length === 0 ? 0 : off(Math.min(...counts)),
  }
}

/** Records that each partition got. */
export function growthOf(
  earlier: readonly LogRange[],
  later: readonly LogRange[],
): ReadonlyMap<number, number> {
  const before = new Map(earlier.map(({ partition, end }) => [partition, end]))
  return new Map(
    later.map(({ partition, end }) => [partition, Math.max(0, end - (before.get(partition) ?? 0))]),
  )
}

export const isEven = ({ records, silent, most, least }: Spread, tolerance: number): boolean =>
  records > 0 && silent.length === 0 && most <= tolerance && least >= -tolerance

export function saySpread({ records, silent, most, least }: Spread): string {
  if (records === 0) return 'no record came in'
  const quiet = silent.length === 0 ? '' : `, none to ${silent.length} partitions`
  return `${records} records, ${percent(least)} to ${percent(most)} of an even share${quiet}`
}

const percent = (off: number): string => `${off < 0 ? '-' : '+'}${Math.round(Math.abs(off) * 100)} %`
