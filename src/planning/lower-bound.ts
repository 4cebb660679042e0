// How few waves any plan could have, and who proves it: members of one limit that go `room` at a time, members of
// whom no two go together, or a tier with one that must go after all others.
import { findClique } from './clique.ts'
import { pairwise, planningGates } from './gates.ts'
import { describeLimit, type Limits, nameAll } from './limits.ts'
import { add, at, type Rows } from './rows.ts'
import { inOrder } from './rules.ts'

export interface Bound {
  readonly waves: number
  readonly gate: string
  readonly members: readonly string[]
}

/** The best of all bounds found for `ids`; never more than the fewest waves possible. */
export function boundWaves(limits: Limits, graph: Rows, ids: readonly number[]): Bound {
  let best = boundTogether(limits, graph, ids)
  for (const tier of Map.groupBy(ids, id => limits.members[id]?.tier).values()) {
    const { first, last } = Object.groupBy(tier, id => (limits.members[id]?.last ? 'last' : 'first'))
    if (!first || !last) continue
    const before = boundTogether(limits, graph, first)
    const after = boundTogether(limits, graph, last)
    const waves = before.waves + after.waves
    if (waves <= best.waves) continue
    best = { waves, gate: planningGates.last, members: [...before.members, ...after.members] }
  }
  return best
}

/** Without the rule about the last ones: what limits and pairs say. */
function boundTogether(limits: Limits, graph: Rows, ids: readonly number[]): Bound {
  const byLimit = boundByLimits(limits, ids)
  const clique = findClique(graph, ids)
  if (clique.length <= byLimit.waves) return byLimit
  return { waves: clique.length, gate: pairwise, members: nameAll(limits, clique) }
}

function boundByLimits(limits: Limits, ids: readonly number[]): Bound {
  const sizes = new Int32Array(limits.rooms.length)
  for (const id of ids) for (const limit of limits.limitsOf.row(id)) add(sizes, limit, 1)
  sizes[0] = ids.length

  let best = 0
  let waves = Math.min(1, ids.length)
  for (let limit = 0; limit < sizes.length; limit++) {
    const needed = Math.ceil(at(sizes, limit) / at(limits.rooms, limit))
    if (needed > waves || (needed === waves && isBetterWitness(limits, limit, best))) {
      best = limit
      waves = needed
    }
  }
  const inBest = best === 0 ? ids : ids.filter(id => limits.limitsOf.row(id).includes(best))
  return { waves, gate: describeLimit(limits, best).gate, members: nameAll(limits, inBest) }
}

/** Rules before shares, shares by name: the order of the shares must not show. */
function isBetterWitness(limits: Limits, limit: number, than: number): boolean {
  if (Math.min(limit, than) < limits.firstShare) return limit < than
  return inOrder(describeLimit(limits, limit).by, describeLimit(limits, than).by) < 0
}
