// The next in line: as many of the first waiting members as their shares let be down together. Others may overtake
// them, but not get in their way: a few early starts in the third zone would hold up the whole second one.
import type { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { add, at } from './rows.ts'

export class NextInLine {
  readonly #limits: Limits
  readonly #order: readonly number[]
  /** Members of the line by share: the room that is kept for them. */
  readonly #reserved: Int32Array
  readonly #isInLine: Uint8Array
  #place = 0

  constructor(limits: Limits, order: readonly number[]) {
    this.#limits = limits
    this.#order = order
    this.#reserved = new Int32Array(limits.rooms.length)
    this.#isInLine = new Uint8Array(limits.names.length)
  }

  /** Lengthens the line, up to the first waiting member that does not fit with those before it. */
  extend(waiting: ReadonlySet<number>): void {
    for (; this.#place < this.#order.length; this.#place++) {
      const id = this.#order[this.#place] ?? 0
      if (!waiting.has(id) || !this.#mayStand(id)) continue
      if (!this.#fits(id)) return
      this.#reserve(id, 1)
    }
  }

  /** The member has started. */
  leave(id: number): void {
    if (this.#isInLine[id]) this.#reserve(id, -1)
  }

  has(id: number): boolean {
    return this.#isInLine[id] === 1
  }

  /** Members of the line that hold a share. */
  listIn(share: number): number[] {
    return Array.from(this.#limits.idsIn.row(share).filter(id => this.has(id)))
  }

  /** Whether a member that is not in line would take room kept for the line. */
  isInTheWay(id: number, downs: Downs): boolean {
    return !this.has(id) && this.#sharesOf(id).some(share => this.#isKept(share, downs))
  }

  /** The shares in which it would. */
  listKept(id: number, downs: Downs): number[] {
    return Array.from(this.#sharesOf(id).filter(share => this.#isKept(share, downs)))
  }

  #isKept(share: number, downs: Downs): boolean {
    const reserved = at(this.#reserved, share)
    return reserved > 0 && downs.roomLeft(share) <= reserved
  }

  /** Nobody waits for one that cannot stop, nor for one that itself waits for all others of its tier. */
  #mayStand(id: number): boolean {
    const { members, limitsOf, rooms } = this.#limits
    return !members[id]?.last && limitsOf.row(id).every(limit => at(rooms, limit) > 0)
  }

  #fits(id: number): boolean {
    return this.#sharesOf(id).every(share => at(this.#reserved, share) < at(this.#limits.rooms, share))
  }

  #reserve(id: number, amount: 1 | -1): void {
    this.#isInLine[id] = amount === 1 ? 1 : 0
    for (const share of this.#sharesOf(id)) add(this.#reserved, share, amount)
  }

  #sharesOf(id: number): Uint32Array {
    const row = this.#limits.limitsOf.row(id)
    const first = row.findIndex(limit => limit >= this.#limits.firstShare)
    return first < 0 ? row.subarray(0, 0) : row.subarray(first)
  }
}
