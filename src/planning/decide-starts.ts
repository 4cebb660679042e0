// The frontier: who may start now. There is no barrier between waves; a member starts as soon as nothing that is
// down stands in its way. Asked on every look at the world, it must never answer from an older one.
import { explainBlocked } from './explain-blocked.ts'
import { Frontier } from './frontier.ts'
import { indexLimits, nameAll } from './limits.ts'
import type { Blocked, World } from './world.ts'

export interface FrontierState {
  /** As just read: shares that appeared during the run count from now on. */
  readonly world: World
  /** Members not begun, in plan order. */
  readonly order: readonly string[]
  /** Stopped, starting, still recovering, or missing for any other reason; in this run or not. */
  readonly down: ReadonlySet<string>
  /** Members finished by this run: their tier has had its canary. */
  readonly done: ReadonlySet<string>
}

export interface Starts {
  /** All of these may stop now, together. */
  readonly start: readonly string[]
  /** All others of `order`, each with the first gate that holds it. */
  readonly blocked: readonly Blocked[]
}

/**
 * Go through the pending members in plan order and start each one whose gates are open, counting it as down for
 * those after it.
 */
export function decideStarts({ world, order, down, done }: FrontierState): Starts {
  const limits = indexLimits(world, down)
  const pending = order.filter(name => !done.has(name))
  const frontier = new Frontier(limits, { pending, down, done })
  const start = nameAll(limits, frontier.startAll())
  const started = new Set(start)
  const waiting = pending.filter(name => !started.has(name))
  return { start, blocked: explainBlocked(frontier, waiting) }
}
