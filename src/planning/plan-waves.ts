// Waves: members that may all be down together, for every share at once. A plan is an order to try; who really stops
// is decided again, on a fresh world, by `decideStarts`.
import { chooseWaves } from './choose-waves.ts'
import { buildConflictGraph } from './conflict-graph.ts'
import { Downs } from './downs.ts'
import { describeLimit, indexLimits, type Limits, nameAll } from './limits.ts'
import { boundWaves } from './lower-bound.ts'
import { inOrder } from './rules.ts'
import type { Impossible, WavePlan, World } from './world.ts'

/**
 * Plan every member of a world into one wave:
 * 1. set aside whom a share or cap never lets stop;
 * 2. find how few waves any plan could have;
 * 3. try one by one, attribute by attribute, and by colouring; take the fewest waves, then the simplest.
 * The canary of a tier is a rule of `decideStarts` and costs no wave here. The same world in any order gives the
 * same plan.
 */
export function planWaves(world: World): WavePlan {
  const limits = indexLimits(world)
  const downs = new Downs(limits)
  const impossible = limits.members.flatMap((_, id) => explainImpossible(limits, downs, id))
  const never = new Set(impossible.map(({ member }) => member))
  const ids = [...limits.members.keys()].filter(id => !never.has(limits.names[id] ?? ''))

  const graph = buildConflictGraph(limits, ids)
  const bound = boundWaves(limits, graph, ids)
  const { method, waves } = chooseWaves(limits, graph, ids, bound.waves)
  return {
    waves: waves.map(wave => nameAll(limits, wave)),
    lowerBound: bound.waves,
    boundBy: { gate: bound.gate, members: bound.members },
    method,
    impossible,
  }
}

/** With nobody down, whatever has no room for a member never has. */
function explainImpossible(limits: Limits, downs: Downs, id: number): Impossible[] {
  const by = downs.listFull(id).map(limit => describeLimit(limits, limit).by)
  return by.length > 0 ? [{ member: limits.names[id] ?? '', by: by.sort(inOrder) }] : []
}
