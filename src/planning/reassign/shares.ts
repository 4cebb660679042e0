// What each broker should hold: bytes by the size of its disks, as far as the racks let it. A rack with one broker of three
// racks holds a copy of everything, however full that broker is.
import type { Layout } from './layout.ts'
import { add, at } from './numbers.ts'
import { copiesInRack } from './rack-bound.ts'

/** Bytes by broker; 0 for those that are drained. */
export function findShares(layout: Layout): Float64Array {
  const { brokers, rackOf, rackSizes, open } = layout
  const sized = brokers.every(({ totalBytes, role }) => role === 'drained' || (totalBytes ?? 0) > 0)
  const weights = Float64Array.from(brokers, ({ totalBytes }, broker) =>
    at(open, broker) === 0 ? 0 : sized ? (totalBytes ?? 1) : 1,
  )
  const rackWeights = new Float64Array(rackSizes.length)
  for (const [broker, rack] of rackOf.entries()) add(rackWeights, rack, at(weights, broker))

  const { least, most, total } = boundRacks(layout)
  const racks = fillRacks(rackWeights, least, most, total)
  return Float64Array.from(weights, (weight, broker) => {
    const rack = at(rackOf, broker)
    return weight === 0 ? 0 : (at(racks, rack) * weight) / at(rackWeights, rack)
  })
}

/** Bytes that each rack must hold at least and can hold at most, over all partitions. */
function boundRacks({ partitions, starts, rackSizes }: Layout) {
  const bytesByCopies = new Map<number, number>()
  for (const [index, { bytes }] of partitions.entries()) {
    const copies = at(starts, index + 1) - at(starts, index)
    bytesByCopies.set(copies, (bytesByCopies.get(copies) ?? 0) + bytes)
  }
  const least = new Float64Array(rackSizes.length)
  const most = new Float64Array(rackSizes.length)
  let total = 0
  for (const [copies, bytes] of bytesByCopies) {
    total += copies * bytes
    for (const rack of rackSizes.keys()) {
      const bound = copiesInRack(rackSizes, rack, copies)
      add(least, rack, bound.least * bytes)
      add(most, rack, bound.most * bytes)
    }
  }
  return { least, most, total }
}

const halvings = 60

/** By weight, each within its bounds: the level at which they hold the total together, found by halving. */
function fillRacks(
  weights: Float64Array,
  least: Float64Array,
  most: Float64Array,
  total: number,
): Float64Array {
  const fill = (level: number): Float64Array =>
    weights.map((weight, rack) =>
      weight === 0 ? 0 : Math.min(at(most, rack), Math.max(at(least, rack), level * weight)),
    )
  const sum = (racks: Float64Array): number => racks.reduce((all, one) => all + one, 0)
  let low = 0
  let high = total / Math.max(1, Math.min(...weights.filter(weight => weight > 0), Infinity)) + 1
  if (!Number.isFinite(high)) high = total + 1
  for (let turn = 0; turn < halvings; turn++) {
    const middle = (low + high) / 2
    if (sum(fill(middle)) < total) low = middle
    else high = middle
  }
  return fill(high)
}
