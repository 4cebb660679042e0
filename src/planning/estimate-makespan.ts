// How long a run will take: the frontier played through with nobody else going down.
import { Frontier } from './frontier.ts'
import { indexLimits } from './limits.ts'
import type { World } from './world.ts'

/**
 * Seconds from the first start to the last finish, if each member is down (and recovering) for `secondsOf` its name.
 * `Infinity` if a member of `order` can never start.
 */
export function estimateMakespan(
  world: World,
  order: readonly string[],
  secondsOf: (name: string) => number,
): number {
  const limits = indexLimits(world)
  if (!order.every(name => (limits.idOf.get(name) ?? Infinity) < limits.members.length)) return Infinity
  const frontier = new Frontier(limits, { pending: order, down: [], done: [] })
  let running: { id: number; endSeconds: number }[] = []
  let nowSeconds = 0
  while (true) {
    for (const id of frontier.startAll()) {
      running.push({ id, endSeconds: nowSeconds + secondsOf(limits.names[id] ?? '') })
    }
    if (running.length === 0) return frontier.isWaiting ? Infinity : nowSeconds
    nowSeconds = running.reduce((first, { endSeconds }) => Math.min(first, endSeconds), Infinity)
    for (const { id, endSeconds } of running) if (endSeconds <= nowSeconds) frontier.finish(id)
    running = running.filter(({ endSeconds }) => endSeconds > nowSeconds)
  }
}
