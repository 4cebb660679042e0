// A run in the middle: who waits, who is down, which tiers have had their canary. It starts nobody whom a share, a
// cap, its tier or the line holds.
import { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { NextInLine } from './next-in-line.ts'
import { Tiers } from './tiers.ts'

export interface Standing {
  /** Not begun, in plan order. */
  readonly pending: readonly string[]
  /** Each with an id in the limits. */
  readonly down: Iterable<string>
  readonly done: Iterable<string>
}

export class Frontier {
  readonly limits: Limits
  readonly downs: Downs
  readonly tiers: Tiers
  readonly line: NextInLine
  /** Ids in plan order. */
  readonly #waiting = new Set<number>()

  constructor(limits: Limits, { pending, down, done }: Standing) {
    this.limits = limits
    this.downs = new Downs(limits)
    this.tiers = new Tiers(limits.members)
    for (const name of done) this.tiers.addDone(this.#idOf(name))
    for (const name of down) this.#addDown(this.#idOf(name))

    for (const id of pending.map(name => this.#idOf(name))) {
      if (id in limits.members && !this.downs.isDown(id)) this.#waiting.add(id)
    }
    for (const id of this.#waiting) this.tiers.addPending(id)
    this.line = new NextInLine(limits, [...this.#waiting])
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Ids of all that may start now, in plan order; each counts as down for those after it. */
  startAll(): number[] {
    const started: number[] = []
    this.line.extend(this.#waiting)
    for (const id of this.#waiting) {
      if (!this.#mayStart(id)) continue
      this.#waiting.delete(id)
      this.line.leave(id)
      this.#addDown(id)
      started.push(id)
    }
    return started
  }

  /** A member is up again with all its copies in sync. */
  finish(id: number): void {
    this.downs.release(id)
    this.tiers.addDone(id)
  }

  #mayStart(id: number): boolean {
    return this.downs.mayTake(id) && !this.tiers.findHold(id) && !this.line.isInTheWay(id, this.downs)
  }

  #addDown(id: number): void {
    this.downs.take(id)
    this.tiers.addDown(id)
  }

  #idOf(name: string): number {
    return this.limits.idOf.get(name) ?? unknown
  }
}

const unknown = -1
