// Signs of a cluster that is short of breath, told from two readings. Pure.
import type { NodePressure } from '#sdk'

/** Counters that grew between two readings of the same node. */
export function growthOf(
  earlier: readonly NodePressure[],
  later: readonly NodePressure[],
): readonly string[] {
  const counters = [
    'writeRejected',
    'searchRejected',
    'indexingPressureRejected',
    'parentBreakerTrips',
  ] as const
  const before = new Map(earlier.map(reading => [reading.node, reading]))
  return later.flatMap(now =>
    counters
      .map(counter => ({ counter, grown: now[counter] - (before.get(now.node)?.[counter] ?? now[counter]) }))
      .filter(({ grown }) => grown > 0)
      .map(({ counter, grown }) => `${now.node}: ${counter} grew by ${grown}`),
  )
}
