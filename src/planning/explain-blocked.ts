// Why members do not start, one gate each: what people see while a run waits.
import type { Frontier } from './frontier.ts'
import { planningGates } from './gates.ts'
import { describeLimit, type Limits, nameAll } from './limits.ts'
import { inOrder } from './rules.ts'
import type { Blocked } from './world.ts'

/** The first gate that holds each: known, up, tier, total, caps, machine, shares by name, line. */
export function explainBlocked(frontier: Frontier, names: readonly string[]): Blocked[] {
  const { limits, downs, tiers, line } = frontier
  const list = (ids: Iterable<number>): string[] => nameAll(limits, ids).sort(inOrder)
  const listTier = remember((ids: ReadonlySet<number>) => list(ids))
  const listDown = remember((limit: number) => list(downs.listDown(limit)))

  return names.map(member => {
    const id = limits.idOf.get(member) ?? -1
    if (!(id in limits.members)) return { member, gate: planningGates.known, by: member, waitsFor: [] }
    if (downs.isDown(id)) return { member, gate: planningGates.up, by: member, waitsFor: [member] }
    const hold = tiers.findHold(id)
    if (hold) return { member, ...hold, waitsFor: listTier(hold.waitsFor) }
    const full = pickFirst(limits, downs.listFull(id))
    if (full !== undefined) return { member, ...describeLimit(limits, full), waitsFor: listDown(full) }
    const kept = pickFirst(limits, line.listKept(id, downs)) ?? 0
    const { by } = describeLimit(limits, kept)
    return { member, gate: planningGates.line, by, waitsFor: list(line.listIn(kept)) }
  })
}

/** A rule before any share, shares by name: the order of the shares in the world must not show. */
function pickFirst({ labels, firstShare }: Limits, full: readonly number[]): number | undefined {
  let [best] = full
  if (best === undefined || best < firstShare) return best
  for (const share of full) if ((labels[share] ?? '') < (labels[best] ?? '')) best = share
  return best
}

/** Thousands of members may wait for one limit or tier: its list is made once. */
function remember<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const found = new Map<Key, Value>()
  return key => {
    const value = found.get(key) ?? find(key)
    found.set(key, value)
    return value
  }
}
