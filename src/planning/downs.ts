// Who is down, counted per limit. The one place that decides whether one more may stop; it never forgets a limit.
import type { Limits } from './limits.ts'
import { add, at } from './rows.ts'

const total = 0

export class Downs {
  readonly #limits: Limits
  readonly #counts: Int32Array
  readonly #isDown: Uint8Array
  /** The limit that last blocked an id: asked first, as it mostly still does. */
  readonly #lastBlocker: Uint32Array

  constructor(limits: Limits) {
    this.#limits = limits
    this.#counts = new Int32Array(limits.rooms.length)
    this.#isDown = new Uint8Array(limits.names.length)
    this.#lastBlocker = new Uint32Array(limits.names.length)
  }

  isDown(id: number): boolean {
    return at(this.#isDown, id) === 1
  }

  /** No one at all may be taken down now. */
  isFull(): boolean {
    return !this.hasRoom(total)
  }

  hasRoom(limit: number): boolean {
    return this.roomLeft(limit) > 0
  }

  /** How many more members of a limit may go down; below zero where the world is beyond it already. */
  roomLeft(limit: number): number {
    return at(this.#limits.rooms, limit) - at(this.#counts, limit)
  }

  /** Whether everything that an id is part of stays within its limits if it goes down too. */
  mayTake(id: number): boolean {
    if (this.isFull() || !this.hasRoom(at(this.#lastBlocker, id))) return false
    for (const limit of this.#limits.limitsOf.row(id)) {
      if (this.hasRoom(limit)) continue
      this.#lastBlocker[id] = limit
      return false
    }
    return true
  }

  /** The limits without room for one more of an id: the total, else rules, then shares. */
  listFull(id: number): number[] {
    if (this.isFull()) return [total]
    const full: number[] = []
    for (const limit of this.#limits.limitsOf.row(id)) if (!this.hasRoom(limit)) full.push(limit)
    return full
  }

  /** Who is down of a limit. */
  listDown(limit: number): number[] {
    const ids = limit === total ? this.#isDown.keys() : this.#limits.idsIn.row(limit)
    return Array.from(ids).filter(id => this.isDown(id))
  }

  /** As `mayTake`, as if there were no rules but the shares. */
  mayTakeByShares(id: number): boolean {
    const { limitsOf, firstShare } = this.#limits
    return limitsOf.row(id).every(limit => limit < firstShare || this.hasRoom(limit))
  }

  /** Counts an id as down, allowed or not: the world does not ask. */
  take(id: number): void {
    this.#count(id, 1)
  }

  release(id: number): void {
    this.#count(id, -1)
  }

  #count(id: number, amount: 1 | -1): void {
    this.#isDown[id] = amount === 1 ? 1 : 0
    add(this.#counts, total, amount)
    for (const limit of this.#limits.limitsOf.row(id)) add(this.#counts, limit, amount)
  }
}
