// Copies that must find a new place: those on brokers to drain, and those that a higher replication factor asks for. The
// largest go first, each to the broker that is least full for its share. What finds no place stays as it is, and is named.
import type { Layout } from './layout.ts'
import { at } from './numbers.ts'
import type { Unplaced } from './world.ts'

const nobody = -1
/** Looks that are spent on finding room where disks are tight; beyond it a copy has no place. */
const mostLooks = 500_000

export function placeCopies(layout: Layout, shares: Float64Array): readonly Unplaced[] {
  const homeless = [...listHomeless(layout)].sort((a, b) => layout.bytesOf(b) - layout.bytesOf(a) || a - b)
  const placed: number[] = []
  const budget = { looks: mostLooks }
  const stuck = new Map<number, string>()
  for (const slot of homeless) {
    const partition = at(layout.partitionOf, slot)
    if (stuck.has(partition)) continue
    const broker = findBroker(layout, shares, slot) ?? makeRoom(layout, slot, placed, budget)
    if (broker !== null) {
      layout.put(slot, broker)
      placed.push(slot)
      continue
    }
    stuck.set(partition, explain(layout, slot))
    layout.reset(partition)
  }
  return [...stuck].map(([index, because]) => {
    const { topic = '', partition = 0 } = layout.partitions[index] ?? {}
    return { topic, partition, because }
  })
}

function* listHomeless({ holders, open }: Layout): Iterable<number> {
  for (const [slot, broker] of holders.entries()) if (broker === nobody || at(open, broker) === 0) yield slot
}

/** The least full for its share, into a rack with room for another copy if there is one. */
function findBroker(layout: Layout, shares: Float64Array, slot: number): number | null {
  const bytes = layout.bytesOf(slot)
  for (const strictly of [true, false]) {
    let best: number | null = null
    let fullness = Infinity
    for (const broker of layout.brokers.keys()) {
      if (!layout.hasRoom(broker, bytes)) continue
      const full = (at(layout.load, broker) + bytes) / Math.max(1, at(shares, broker))
      if (full >= fullness || !layout.suits(slot, broker, strictly)) continue
      best = broker
      fullness = full
    }
    if (best !== null) return best
  }
  return null
}

/** Where disks are tight: a copy that has been placed goes on to another broker and leaves its place to this one. */
function makeRoom(
  layout: Layout,
  slot: number,
  placed: readonly number[],
  budget: { looks: number },
): number | null {
  const bytes = layout.bytesOf(slot)
  const wanted = new Set([...layout.brokers.keys()].filter(broker => layout.suits(slot, broker, false)))
  for (const other of placed) {
    const broker = at(layout.holders, other)
    if (!wanted.has(broker) || broker === at(layout.original, other)) continue
    if (--budget.looks < 0) return null
    if (!layout.hasRoom(broker, bytes - layout.bytesOf(other))) continue
    for (const elsewhere of layout.brokers.keys()) {
      if (--budget.looks < 0) return null
      if (!layout.hasRoom(elsewhere, layout.bytesOf(other)) || !layout.suits(other, elsewhere, false))
        continue
      layout.put(other, elsewhere)
      return broker
    }
  }
  return null
}

function explain(layout: Layout, slot: number): string {
  const free = [...layout.brokers.keys()].filter(
    broker =>
      at(layout.open, broker) === 1 &&
      [...layout.slotsOf(at(layout.partitionOf, slot))].every(
        other => at(layout.holders, other) !== broker && at(layout.original, other) !== broker,
      ),
  )
  if (free.length === 0) return 'every broker that may take a copy has one already'
  if (!free.some(broker => layout.suits(slot, broker, false)))
    return 'a copy more would crowd a rack that is full'
  return 'no broker that may take it has the room on its disk'
}
