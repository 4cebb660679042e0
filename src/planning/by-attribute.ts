// Waves by an attribute, zone by zone: what people expect to see, and the fewest waves wherever copies are spread
// over zones. A few members that do not fit into the wave of their zone cost a wave or two, not the method.
import type { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { inOrder } from './rules.ts'

export interface Grouping {
  readonly classes: readonly (readonly number[])[]
  /** Those without the attribute: they go wherever they fit. */
  readonly loose: readonly number[]
}

export interface Attribute extends Grouping {
  readonly key: string
}

/** Attributes by name that keep copies apart: at most a tenth of the members has a copy in its own class. */
export function listAttributes(limits: Limits, downs: Downs, ids: readonly number[]): Attribute[] {
  const keys = new Set(ids.flatMap(id => Object.keys(limits.members[id]?.attributes ?? {})))
  return [...keys]
    .toSorted(inOrder)
    .map(key => splitBy(limits, key, ids))
    .filter(({ classes }) => classes.length > 1)
    .filter(attribute => countMisplaced(downs, attribute) * 10 <= ids.length)
}

function splitBy({ members }: Limits, key: string, ids: readonly number[]): Attribute {
  const byValue = Map.groupBy(ids, id => members[id]?.attributes[key])
  const loose = byValue.get(undefined) ?? []
  byValue.delete(undefined)
  const sorted = [...byValue].toSorted(([a = ''], [b = '']) => inOrder(a, b))
  return { key, classes: sorted.map(([, group]) => group), loose }
}

/** Members whom a share keeps from stopping with the rest of their class. */
function countMisplaced(downs: Downs, { classes, loose }: Grouping): number {
  let misplaced = 0
  for (const group of [...classes, loose]) {
    const free = group.filter(id => {
      const isFree = downs.mayTakeByShares(id)
      if (isFree) downs.take(id)
      return isFree
    })
    misplaced += group.length - free.length
    for (const id of free) downs.release(id)
  }
  return misplaced
}
