// The two rules of a tier: its first member goes alone, its last one after all others.
import { planningGates } from './gates.ts'
import type { Member } from './world.ts'

interface Tier {
  readonly name: string
  hasDone: boolean
  readonly down: Set<number>
  /** Pending or down, other than the last ones. */
  readonly unfinished: Set<number>
}

export interface TierHold {
  readonly gate: typeof planningGates.canary | typeof planningGates.last
  readonly by: string
  readonly waitsFor: ReadonlySet<number>
}

export class Tiers {
  readonly #members: readonly Member[]
  readonly #tierOf: readonly Tier[]

  constructor(members: readonly Member[]) {
    const tiers = new Map<string, Tier>()
    this.#members = members
    this.#tierOf = members.map(({ tier: name }) => {
      const tier = tiers.get(name) ?? { name, hasDone: false, down: new Set(), unfinished: new Set() }
      tiers.set(name, tier)
      return tier
    })
  }

  /** Which rule of its tier keeps a member from starting, if any. */
  findHold(id: number): TierHold | undefined {
    const tier = this.#tierOf[id]
    if (!tier) return undefined
    const { name: by, hasDone, down, unfinished } = tier
    if (this.#isLast(id) && unfinished.size > 0) return { gate: planningGates.last, by, waitsFor: unfinished }
    if (!hasDone && down.size > 0) return { gate: planningGates.canary, by, waitsFor: down }
    return undefined
  }

  addPending(id: number): void {
    if (!this.#isLast(id)) this.#tierOf[id]?.unfinished.add(id)
  }

  addDown(id: number): void {
    this.addPending(id)
    this.#tierOf[id]?.down.add(id)
  }

  /** The run has finished a member: its tier has had its canary. */
  addDone(id: number): void {
    const tier = this.#tierOf[id]
    if (!tier) return
    tier.hasDone = true
    tier.down.delete(id)
    tier.unfinished.delete(id)
  }

  #isLast(id: number): boolean {
    return this.#members[id]?.last ?? false
  }
}
