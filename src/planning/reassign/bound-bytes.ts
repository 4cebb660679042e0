// How few bytes any plan could move, and why. Copies without a home must be copied; a broker above its band must give at least
// its excess, one below it must get at least what it lacks, and both come in whole copies.
import type { Layout } from './layout.ts'
import { at } from './numbers.ts'
import type { ReassignGoal } from './world.ts'

export interface BytesBound {
  readonly bytes: number
  readonly because: string
}

export interface Ends {
  readonly shares: Float64Array
  readonly within: number
  /** Bytes by broker before anything moves. */
  readonly before: Float64Array
}

/** For a finished layout: no plan that ends as near to the shares moves fewer bytes. */
export function boundBytes(layout: Layout, ends: Ends, { kind }: ReassignGoal): BytesBound {
  const because = { drain: 'copies on drained brokers', raise: 'copies that are to come' }
  if (kind === 'drain' || kind === 'raise') return { bytes: sumPlaced(layout), because: because[kind] }
  const receivers = [...layout.brokers.keys()].filter(
    broker => kind === 'rebalance' || layout.brokers[broker]?.role === 'added',
  )
  const missing = { bytes: boundMissing(layout, ends, receivers), because: 'what brokers lack' }
  if (kind === 'add') return missing
  const excess = { bytes: boundExcess(layout, ends), because: 'what brokers have too much' }
  const mended = { bytes: boundCrowded(layout), because: 'copies that crowd a rack' }
  return [missing, excess, mended].reduce((best, one) => (one.bytes > best.bytes ? one : best))
}

/** Whatever had to move has moved, and nothing else. */
function sumPlaced(layout: Layout): number {
  let bytes = 0
  for (const [slot, broker] of layout.holders.entries())
    if (broker !== at(layout.original, slot)) bytes += layout.bytesOf(slot)
  return bytes
}

/** A broker that could not reach its band counts with where it has got to. */
function boundMissing(
  layout: Layout,
  { shares, within, before }: Ends,
  receivers: readonly number[],
): number {
  const sizes = layout.partitions.map(({ bytes }) => bytes).sort((a, b) => b - a)
  return receivers.reduce((sum, broker) => {
    const wanted = Math.min(at(shares, broker) * (1 - within), at(layout.load, broker))
    return sum + fewestBytes(sizes, wanted - at(before, broker))
  }, 0)
}

function boundExcess(layout: Layout, { shares, within, before }: Ends): number {
  const sizes: number[][] = layout.brokers.map(() => [])
  for (const [slot, broker] of layout.original.entries()) sizes[broker]?.push(layout.bytesOf(slot))
  return sizes.reduce((sum, own, broker) => {
    const allowed = Math.max(at(shares, broker) * (1 + within), at(layout.load, broker))
    own.sort((a, b) => b - a)
    return sum + fewestBytes(own, at(before, broker) - allowed)
  }, 0)
}

/** Copies too many in a rack, as far as they have found another one. */
function boundCrowded(layout: Layout): number {
  let bytes = 0
  for (const [index, partition] of layout.partitions.entries())
    for (const rack of layout.rackSizes.keys()) {
      const after = layout.countIn(index, rack, layout.holders)
      const gone = layout.countIn(index, rack, layout.original) - Math.max(layout.capOf(index), after)
      bytes += Math.max(0, gone) * partition.bytes
    }
  return bytes
}

/** The least that whole copies of these sizes, largest first, weigh together if they are to be at least `bytes`. */
export function fewestBytes(sizes: readonly number[], bytes: number): number {
  // Bytes are whole; a fraction is the dust of floating point.
  if (bytes < 1) return 0
  let count = 0
  let sum = 0
  while (sum < bytes && count < sizes.length) {
    sum += sizes[count] ?? 0
    count += 1
  }
  const smallest = sizes.slice(sizes.length - count).reduce((all, one) => all + one, 0)
  return Math.max(bytes, smallest)
}
