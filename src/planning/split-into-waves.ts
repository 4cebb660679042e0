// Classes of members as waves. Caps and single shares may split a class; what they push out goes wherever it fits.
// Without classes this is first fit, the most pressing first.
import type { Grouping } from './by-attribute.ts'
import { findDemand } from './demand.ts'
import type { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { at } from './rows.ts'

/**
 * All members of a grouping in waves; `downs` has nobody down, before and after:
 * 1. each class opens one wave with those of its own that fit;
 * 2. what is left joins the waves that have room for it;
 * 3. what is left still opens more waves, class by class, and all others that fit join them;
 * 4. waves of one class end up side by side, so that the next may begin while the one before it recovers.
 */
export function splitIntoWaves(limits: Limits, downs: Downs, { classes, loose }: Grouping): number[][] {
  const waves: { group: number; ids: number[] }[] = []
  const groups = [...classes, loose]
  const groupOf = new Int32Array(limits.names.length)
  for (const [group, ids] of groups.entries()) for (const id of ids) groupOf[id] = group
  let left = groups.flat()

  const join = (ids: number[], candidates: readonly number[]): void => {
    fillUp(downs, ids, candidates)
    const joined = new Set(ids)
    left = left.filter(id => !joined.has(id))
  }
  const isLeft = (group: number): boolean => left.some(id => groupOf[id] === group)
  const open = (group: number): number[] => {
    const ids: number[] = []
    waves.push({ group, ids })
    left = sortByDemand(limits, left)
    const own = left.filter(id => groupOf[id] === group)
    join(ids, own)
    return ids
  }

  for (const group of classes.keys()) open(group)
  for (const { ids } of waves) join(ids, left)
  for (const group of groups.keys()) while (isLeft(group)) join(open(group), left)
  return waves.toSorted((a, b) => a.group - b.group).map(({ ids }) => ids)
}

/** Adds to a wave who fits into it, in the given order. */
export function fillUp(downs: Downs, wave: number[], candidates: readonly number[]): void {
  for (const id of wave) downs.take(id)
  for (const id of candidates) {
    if (!downs.mayTake(id)) continue
    downs.take(id)
    wave.push(id)
  }
  for (const id of wave) downs.release(id)
}

function sortByDemand(limits: Limits, ids: readonly number[]): number[] {
  const demand = findDemand(limits, ids)
  return ids.toSorted((a, b) => at(demand, b) - at(demand, a) || a - b)
}
