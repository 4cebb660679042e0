// Moves copies until every broker is near its share, with as few bytes as may be: from those above their band to those below
// it, large copies first, the last one the one that fits best. No copy moves twice and none that makes things worse.
import type { Layout } from './layout.ts'
import { at } from './numbers.ts'
import { SlotsBySize } from './slots-by-size.ts'

export interface Band {
  readonly shares: Float64Array
  /** A broker within this part of its share is left alone. */
  readonly within: number
}

/** A copy this little larger than what is missing is the last one: taking a smaller one would need another after it. */
const closeFit = 1.02

export function balance(layout: Layout, band: Band, goal: 'add' | 'rebalance'): void {
  const balancing = new Balancing(layout, band)
  if (goal === 'rebalance') balancing.shed()
  balancing.fill(broker => goal === 'rebalance' || layout.brokers[broker]?.role === 'added')
}

class Balancing {
  readonly #layout: Layout
  readonly #shares: Float64Array
  readonly #within: number
  readonly #open: readonly number[]
  readonly #stock: readonly SlotsBySize[]
  /** By broker and rack: some copy of the broker might go into that rack. */
  readonly #mayCross: readonly Uint8Array[]

  constructor(layout: Layout, { shares, within }: Band) {
    this.#layout = layout
    this.#shares = shares
    this.#within = within
    this.#open = [...layout.brokers.keys()].filter(broker => at(shares, broker) > 0)
    const slots = listMovable(layout)
    this.#stock = slots.map((own, broker) => new SlotsBySize(layout, broker, own))
    this.#mayCross = slots.map((own, broker) => racksFor(layout, broker, own))
  }

  /** Brokers above their band give away, the fullest first. */
  shed(): void {
    const stuck = new Set<number>()
    for (;;) {
      const donor = this.#furthest(broker => (stuck.has(broker) ? 0 : this.#above(broker)))
      if (donor === null) return
      const [receivers, excess] = [this.#emptiestFirst(donor), this.#above(donor)]
      const moved =
        this.#exchange([donor], receivers, excess, 'closely') ||
        this.#exchange([donor], receivers, excess, 'within') ||
        this.#exchange([donor], receivers, excess, 'beyond') ||
        this.#exchange([donor], receivers, excess, 'better')
      if (!moved) stuck.add(donor)
    }
  }

  /** Brokers below their band are filled, the emptiest first. */
  fill(mayReceive: (broker: number) => boolean): void {
    const stuck = new Set<number>()
    for (;;) {
      const receiver = this.#furthest(broker =>
        stuck.has(broker) || !mayReceive(broker) ? 0 : this.#below(broker),
      )
      if (receiver === null) return
      const [donors, missing] = [this.#fullestFirst(receiver), this.#below(receiver)]
      const moved =
        this.#exchange(donors, [receiver], missing, 'closely') ||
        this.#exchange(donors, [receiver], missing, 'within') ||
        this.#exchange(donors, [receiver], missing, 'beyond') ||
        this.#exchange(donors, [receiver], missing, 'better')
      if (!moved) stuck.add(receiver)
    }
  }

  /**
   * Moves one copy, if there is one. `closely`: as large as what is wanted or a little larger; `within`: not larger; `beyond`:
   * larger, both stay in their bands; `better`: whatever brings the two nearer to their shares.
   */
  #exchange(
    donors: readonly number[],
    receivers: readonly number[],
    wanted: number,
    how: 'closely' | 'within' | 'beyond' | 'better',
  ): boolean {
    for (const donor of donors) {
      for (const receiver of receivers) {
        if (at(this.#mayCross[donor] ?? new Uint8Array(), at(this.#layout.rackOf, receiver)) === 0) continue
        const slot = this.#choose(donor, receiver, wanted, how)
        if (slot === null) continue
        this.#layout.put(slot, receiver)
        return true
      }
    }
    return false
  }

  #choose(
    donor: number,
    receiver: number,
    wanted: number,
    how: 'closely' | 'within' | 'beyond' | 'better',
  ): number | null {
    const layout = this.#layout
    const stock = this.#stock[donor]
    const gap = this.#deviation(donor) - this.#deviation(receiver)
    // Neither leaves its band on the other side, and the two end nearer to their shares than they are.
    const room = Math.min(gap, this.#roomAbove(receiver), this.#roomBelow(donor))
    const pleases = (slot: number): boolean => {
      const bytes = layout.bytesOf(slot)
      return bytes < gap && layout.hasRoom(receiver, bytes) && layout.suits(slot, receiver, false)
    }
    if (stock === undefined || gap <= 0) return null
    switch (how) {
      case 'closely':
        return stock.smallestAbove(wanted - 1, Math.min(wanted * closeFit, room), pleases)
      case 'within':
        return stock.largestWithin(Math.min(wanted, room), pleases)
      case 'beyond':
        return stock.smallestAbove(wanted, room, pleases)
      case 'better':
        return stock.smallestAbove(wanted, gap, pleases) ?? stock.largestWithin(gap, pleases)
    }
  }

  #deviation(broker: number): number {
    return at(this.#layout.load, broker) - at(this.#shares, broker)
  }

  #above(broker: number): number {
    return this.#deviation(broker) - this.#within * at(this.#shares, broker)
  }

  #below(broker: number): number {
    return -this.#deviation(broker) - this.#within * at(this.#shares, broker)
  }

  #roomAbove(broker: number): number {
    return -this.#above(broker)
  }

  #roomBelow(broker: number): number {
    return -this.#below(broker)
  }

  #furthest(distance: (broker: number) => number): number | null {
    let best: number | null = null
    let most = 1
    for (const broker of this.#open) {
      const far = distance(broker)
      if (far < most) continue
      best = broker
      most = far + Number.EPSILON * far
    }
    return best
  }

  #emptiestFirst(except: number): number[] {
    return this.#open
      .filter(broker => broker !== except)
      .sort((a, b) => this.#deviation(a) - this.#deviation(b) || a - b)
  }

  #fullestFirst(except: number): number[] {
    return this.#emptiestFirst(except).reverse()
  }
}

/** Copies by broker that have not moved yet and weigh something. */
function listMovable(layout: Layout): number[][] {
  const slots: number[][] = layout.brokers.map(() => [])
  for (const [slot, broker] of layout.holders.entries())
    if (broker === at(layout.original, slot) && layout.bytesOf(slot) > 0) slots[broker]?.push(slot)
  return slots
}

function racksFor(layout: Layout, broker: number, slots: readonly number[]): Uint8Array {
  const own = at(layout.rackOf, broker)
  return Uint8Array.from(layout.rackSizes, (_, rack) => {
    if (rack === own) return 1
    const enters = (slot: number): boolean => {
      const partition = at(layout.partitionOf, slot)
      const after = layout.countIn(partition, rack, layout.holders) + 1
      return after <= Math.max(layout.capOf(partition), layout.countIn(partition, rack, layout.original))
    }
    return slots.some(enters) ? 1 : 0
  })
}
