// The world as numbers. Every rule becomes one kind of limit, "at most `room` of these members may be down at once",
// so shares, caps and machines are all counted exactly and alike; nothing is reduced to pairs.
import { planningGates } from './gates.ts'
import { packLimits } from './pack-limits.ts'
import type { Rows } from './rows.ts'
import { inOrder, type Label, listRules } from './rules.ts'
import type { Member, World } from './world.ts'

export interface Limits {
  /** In plan order; the id of a member is its place here. Names outside the run have the ids after these. */
  readonly members: readonly Member[]
  readonly names: readonly string[]
  readonly idOf: ReadonlyMap<string, number>
  /** Limit 0 is the total and lists nobody; then caps and machines; from `firstShare` on, shares. */
  readonly labels: readonly Label[]
  readonly firstShare: number
  readonly rooms: Int32Array
  /** Ids by limit. */
  readonly idsIn: Rows
  /** Limits by id. */
  readonly limitsOf: Rows
}

/**
 * Build the numbers once per world; the same world in any order gives the same ids. Each of `alsoNamed` has an id
 * even if the world does not speak of it.
 */
export function indexLimits(world: World, alsoNamed: Iterable<string> = []): Limits {
  const members = world.members.toSorted(inPlanOrder)
  const idOf = new Map(members.map(({ name }, id) => [name, id]))
  if (idOf.size < members.length) throw new Error('two members of one world have the same name')

  const rules = listRules(world)
  const packed = packLimits(rules, world.shares, idOf)
  for (const name of alsoNamed) if (!idOf.has(name)) idOf.set(name, idOf.size)
  const limitsOf = packed.idsIn.invert(idOf.size)
  return { members, names: [...idOf.keys()], idOf, firstShare: rules.length, ...packed, limitsOf }
}

function inPlanOrder(a: Member, b: Member): number {
  return a.rank - b.rank || Number(a.last ?? false) - Number(b.last ?? false) || inOrder(a.name, b.name)
}

/** What people see of a limit. */
export function describeLimit({ labels }: Limits, limit: number): { gate: string; by: string } {
  const label = labels[limit] ?? ''
  return typeof label === 'string' ? { gate: planningGates.copies, by: label } : label
}

export function nameAll({ names }: Limits, ids: Iterable<number>): string[] {
  return Array.from(ids, id => names[id] ?? '')
}
