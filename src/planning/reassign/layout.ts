// Who holds what, in typed arrays: brokers, racks and partitions by index, one slot a copy. It knows every bound and keeps it:
// whatever is placed through it never breaks the disk of a broker or the spread over racks.
import { inOrder } from '../rules.ts'
import { add, at } from './numbers.ts'
import { copiesPerRack } from './rack-bound.ts'
import type { LoadedBroker, LoadedPartition, ReassignWorld } from './world.ts'

const nobody = -1

export class Layout {
  readonly brokers: readonly LoadedBroker[]
  readonly partitions: readonly LoadedPartition[]
  /** Slots of partition p: from `starts[p]` to before `starts[p + 1]`. Those of copies that are yet to come are at the end. */
  readonly starts: Int32Array
  /** The broker of each slot, and what it was to begin with; -1 where there is none. */
  readonly holders: Int32Array
  readonly original: Int32Array
  readonly partitionOf: Int32Array
  readonly rackOf: Int32Array
  /** Brokers that may get copies, by rack. */
  readonly rackSizes: readonly number[]
  /** Bytes of all copies on each broker. */
  readonly load: Float64Array
  readonly incoming: Float64Array
  readonly open: Uint8Array
  readonly #caps: readonly number[]
  readonly #room: Float64Array

  constructor(world: ReassignWorld) {
    this.brokers = world.brokers.toSorted((a, b) => a.id - b.id)
    this.partitions = world.partitions.toSorted(
      (a, b) => inOrder(a.topic, b.topic) || a.partition - b.partition,
    )
    const indexOf = new Map(this.brokers.map(({ id }, index) => [id, index]))
    const count = this.brokers.length
    this.open = Uint8Array.from(this.brokers, ({ role }) => (role === 'drained' ? 0 : 1))
    this.rackOf = numberRacks(this.brokers)
    this.rackSizes = sizesOf(this.rackOf, this.open)
    this.load = new Float64Array(count)
    this.incoming = new Float64Array(count)
    this.#room = Float64Array.from(this.brokers, ({ roomBytes }) => roomBytes ?? Infinity)

    const copies = this.partitions.map(partition => copiesWanted(partition, world))
    this.starts = new Int32Array(copies.length + 1)
    for (const [index, wanted] of copies.entries()) this.starts[index + 1] = at(this.starts, index) + wanted
    this.holders = new Int32Array(at(this.starts, copies.length)).fill(nobody)
    this.partitionOf = new Int32Array(this.holders.length)
    for (const [index, { replicas, bytes }] of this.partitions.entries()) {
      this.partitionOf.fill(index, at(this.starts, index), at(this.starts, index + 1))
      for (const [place, id] of replicas.entries()) {
        const broker = indexOf.get(id) ?? nobody
        this.holders[at(this.starts, index) + place] = broker
        if (broker !== nobody) add(this.load, broker, bytes)
      }
    }
    this.original = this.holders.slice()
    const most = copies.reduce((max, wanted) => Math.max(max, wanted), 0)
    this.#caps = Array.from({ length: most + 1 }, (_, wanted) => copiesPerRack(this.rackSizes, wanted))
  }

  bytesOf(slot: number): number {
    return this.partitions[at(this.partitionOf, slot)]?.bytes ?? 0
  }

  /** Slots of a partition. */
  *slotsOf(partition: number): Iterable<number> {
    for (let slot = at(this.starts, partition); slot < at(this.starts, partition + 1); slot++) yield slot
  }

  /** Copies of one partition that a rack may hold. */
  capOf(partition: number): number {
    return this.#caps[at(this.starts, partition + 1) - at(this.starts, partition)] ?? 1
  }

  /** How many copies of a partition are in a rack, now or to begin with, not counting one slot. */
  countIn(partition: number, rack: number, holders: Int32Array, except = nobody): number {
    let count = 0
    const end = at(this.starts, partition + 1)
    for (let slot = at(this.starts, partition); slot < end; slot++) {
      const broker = at(holders, slot)
      if (slot !== except && broker !== nobody && at(this.rackOf, broker) === rack) count += 1
    }
    return count
  }

  hasRoom(broker: number, bytes: number): boolean {
    return at(this.incoming, broker) + bytes <= at(this.#room, broker)
  }

  /**
   * May the copy of this slot go to that broker, its disk left aside? `strictly`: never into a rack that is full, even where
   * the partition is that crowded already.
   */
  suits(slot: number, broker: number, strictly: boolean): boolean {
    if (at(this.open, broker) === 0) return false
    const partition = at(this.partitionOf, slot)
    const end = at(this.starts, partition + 1)
    for (let other = at(this.starts, partition); other < end; other++) {
      // Nobody gives a copy away and takes it again.
      if (at(this.holders, other) === broker || at(this.original, other) === broker) return false
    }
    const rack = at(this.rackOf, broker)
    const after = this.countIn(partition, rack, this.holders, slot) + 1
    if (after <= this.capOf(partition)) return true
    return !strictly && after <= this.countIn(partition, rack, this.original)
  }

  put(slot: number, broker: number): void {
    const bytes = this.bytesOf(slot)
    const old = at(this.holders, slot)
    if (old !== nobody) add(this.load, old, -bytes)
    if (old !== nobody && old !== at(this.original, slot)) add(this.incoming, old, -bytes)
    this.holders[slot] = broker
    if (broker === nobody) return
    add(this.load, broker, bytes)
    if (broker !== at(this.original, slot)) add(this.incoming, broker, bytes)
  }

  /** Everything of this partition as it was. */
  reset(partition: number): void {
    for (const slot of this.slotsOf(partition)) this.put(slot, at(this.original, slot))
  }
}

function copiesWanted({ topic, replicas }: LoadedPartition, { goal }: ReassignWorld): number {
  const raised = goal.kind === 'raise' && goal.topics.has(topic)
  return raised ? Math.max(replicas.length, goal.factor) : replicas.length
}

/** Each broker a rack of its own where any of them has none. */
function numberRacks(brokers: readonly LoadedBroker[]): Int32Array {
  const known = brokers.every(({ rack }) => rack !== null)
  const names = [...new Set(brokers.map(({ rack, id }) => (known ? `${rack}` : `${id}`)))]
  return Int32Array.from(brokers, ({ rack, id }) => names.indexOf(known ? `${rack}` : `${id}`))
}

function sizesOf(rackOf: Int32Array, open: Uint8Array): number[] {
  const sizes: number[] = new Array(rackOf.reduce((most, rack) => Math.max(most, rack + 1), 0)).fill(0)
  for (const [broker, rack] of rackOf.entries()) sizes[rack] = (sizes[rack] ?? 0) + at(open, broker)
  return sizes
}
