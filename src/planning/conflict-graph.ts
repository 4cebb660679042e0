// Which pairs may never be down together. It only steers the colouring and the lower bound: what may really stop is
// counted by `Downs`, so a pair missing here makes a plan longer, never wrong.
import type { Limits } from './limits.ts'
import { at, Rows } from './rows.ts'

/** A wider limit is a bound in itself, and all its pairs would not fit into memory. */
const widestLimit = 64

/** Neighbours by id, each once, among the given members. */
export function buildConflictGraph(limits: Limits, ids: readonly number[]): Rows {
  const among = new Uint8Array(limits.names.length)
  for (const id of ids) among[id] = 1
  const starts = new Uint32Array(limits.members.length + 1)
  eachNeighbour(limits, among, (id, _neighbour, count) => {
    starts[id + 1] = count
  })
  for (let id = 0; id < limits.members.length; id++) starts[id + 1] = at(starts, id) + at(starts, id + 1)

  const neighbours = new Uint32Array(at(starts, limits.members.length))
  eachNeighbour(limits, among, (id, neighbour, count) => {
    neighbours[at(starts, id) + count - 1] = neighbour
  })
  return new Rows(starts, neighbours)
}

function eachNeighbour(
  { members, rooms, idsIn, limitsOf }: Limits,
  among: Uint8Array,
  visit: (id: number, neighbour: number, count: number) => void,
): void {
  const seenBy = new Int32Array(among.length).fill(-1)
  for (let id = 0; id < members.length; id++) {
    if (!at(among, id)) continue
    seenBy[id] = id
    let count = 0
    for (const limit of limitsOf.row(id)) {
      if (at(rooms, limit) !== 1 || idsIn.size(limit) > widestLimit) continue
      for (const neighbour of idsIn.row(limit)) {
        if (seenBy[neighbour] === id || !at(among, neighbour)) continue
        seenBy[neighbour] = id
        visit(id, neighbour, ++count)
      }
    }
  }
}
