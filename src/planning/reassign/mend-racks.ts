// Partitions with more copies in one rack than there need be: the copies too many go to racks that have room.
import type { Layout } from './layout.ts'
import { at } from './numbers.ts'

export function mendRacks(layout: Layout, shares: Float64Array): void {
  for (const partition of layout.partitions.keys())
    for (const rack of layout.rackSizes.keys())
      while (layout.countIn(partition, rack, layout.holders) > layout.capOf(partition))
        if (!moveOut(layout, shares, partition, rack)) break
}

/** The copy on the fullest broker of that rack goes to the emptiest broker of another one. */
function moveOut(layout: Layout, shares: Float64Array, partition: number, rack: number): boolean {
  const fullness = (broker: number): number => at(layout.load, broker) / Math.max(1, at(shares, broker))
  const slots = [...layout.slotsOf(partition)]
    .filter(slot => at(layout.rackOf, at(layout.holders, slot)) === rack)
    .filter(slot => at(layout.holders, slot) === at(layout.original, slot))
    .sort((a, b) => fullness(at(layout.holders, b)) - fullness(at(layout.holders, a)) || a - b)
  for (const slot of slots) {
    const [best] = [...layout.brokers.keys()]
      .filter(broker => at(layout.rackOf, broker) !== rack)
      .filter(broker => layout.hasRoom(broker, layout.bytesOf(slot)) && layout.suits(slot, broker, true))
      .sort((a, b) => fullness(a) - fullness(b) || a - b)
    if (best === undefined) continue
    layout.put(slot, best)
    return true
  }
  return false
}

/** Partitions that are more crowded than they need be. */
export function countCrowded(layout: Layout, holders: Int32Array): number {
  let count = 0
  for (const partition of layout.partitions.keys())
    if (
      layout.rackSizes.some((_, rack) => layout.countIn(partition, rack, holders) > layout.capOf(partition))
    )
      count += 1
  return count
}
