// The preferred leader of every partition: the one that it has where that is fair, else the replica whose broker leads least.
// It moves no data. Partitions whose replicas stay are left alone, except where the goal is balance.
import type { Layout } from './layout.ts'
import { add, at } from './numbers.ts'

/** The slot of the preferred leader, by partition. */
export function chooseLeaders(layout: Layout, within: number, everywhere: boolean): Int32Array {
  const weights = weigh(layout)
  const leaders = layout.starts.slice(0, layout.partitions.length)
  const leads = new Float64Array(layout.brokers.length)
  const changed: number[] = []
  for (const partition of layout.partitions.keys()) {
    if (isChanged(layout, partition)) changed.push(partition)
    else lead(layout, leads, at(leaders, partition), at(weights, partition))
  }
  const share = weights.reduce((sum, one) => sum + one, 0) / Math.max(1, sumOf(layout.open))
  const fair = share * (1 + within)
  for (const partition of changed.sort((a, b) => at(weights, b) - at(weights, a) || a - b)) {
    const weight = at(weights, partition)
    const [kept, best] = [at(leaders, partition), leastLoaded(layout, leads, partition)]
    const stays = at(layout.holders, kept) === at(layout.original, kept)
    const isFair = at(leads, at(layout.holders, kept)) + weight <= fair
    leaders[partition] = stays && isFair ? kept : best
    lead(layout, leads, at(leaders, partition), weight)
  }
  if (everywhere) handOver(layout, leads, leaders, weights, fair)
  return leaders
}

/** Brokers that lead too much hand partitions to replicas that lead less. */
function handOver(
  layout: Layout,
  leads: Float64Array,
  leaders: Int32Array,
  weights: Float64Array,
  fair: number,
): void {
  const order = [...layout.partitions.keys()].sort((a, b) => at(weights, b) - at(weights, a) || a - b)
  for (const partition of order) {
    const weight = at(weights, partition)
    const slot = at(leaders, partition)
    const holder = at(layout.holders, slot)
    if (at(leads, holder) <= fair) continue
    const best = leastLoaded(layout, leads, partition)
    if (at(leads, at(layout.holders, best)) + weight >= at(leads, holder)) continue
    add(leads, holder, -weight)
    leaders[partition] = best
    lead(layout, leads, best, weight)
  }
}

/** What comes in where that is known of every partition, else one is as good as another. */
function weigh({ partitions }: Layout): Float64Array {
  const known = partitions.every(({ bytesInPerSecond }) => bytesInPerSecond !== null)
  const busy = known && partitions.some(({ bytesInPerSecond }) => (bytesInPerSecond ?? 0) > 0)
  return Float64Array.from(partitions, ({ bytesInPerSecond }) => (busy ? (bytesInPerSecond ?? 0) : 1))
}

export function isChanged({ starts, holders, original }: Layout, partition: number): boolean {
  for (let slot = at(starts, partition); slot < at(starts, partition + 1); slot++)
    if (at(holders, slot) !== at(original, slot)) return true
  return false
}

function leastLoaded(layout: Layout, leads: Float64Array, partition: number): number {
  let best = at(layout.starts, partition)
  for (const slot of layout.slotsOf(partition))
    if (at(leads, at(layout.holders, slot)) < at(leads, at(layout.holders, best))) best = slot
  return best
}

const lead = ({ holders }: Layout, leads: Float64Array, slot: number, weight: number): void =>
  add(leads, at(holders, slot), weight)

const sumOf = (numbers: Uint8Array): number => numbers.reduce((sum, one) => sum + one, 0)
