// How pressing a member is: the waves that its tightest cap needs for those of it that are still to be placed. A
// cap of one master makes three masters more pressing than any number of members that are free.
import type { Limits } from './limits.ts'
import { add, at } from './rows.ts'

/** Waves still needed, by id; shares do not count here, the colouring looks at those. */
export function findDemand(limits: Limits, ids: readonly number[]): Int32Array {
  const sizes = new Int32Array(limits.firstShare)
  eachRule(limits, ids, (_id, rule) => add(sizes, rule, 1))

  const demand = new Int32Array(limits.names.length)
  eachRule(limits, ids, (id, rule) => {
    demand[id] = Math.max(at(demand, id), Math.ceil(at(sizes, rule) / at(limits.rooms, rule)))
  })
  return demand
}

function eachRule(limits: Limits, ids: readonly number[], visit: (id: number, rule: number) => void): void {
  const { starts, values } = limits.limitsOf
  for (const id of ids) {
    for (let place = at(starts, id); place < at(starts, id + 1); place++) {
      const rule = at(values, place)
      if (rule >= limits.firstShare) break
      visit(id, rule)
    }
  }
}
