// Names to numbers: each rule and share becomes a row of ids and the room that it has. A share that cannot bind,
// because nobody has to stay up, is left out.
import { Rows } from './rows.ts'
import type { Label, Rule } from './rules.ts'
import type { Share } from './world.ts'

const unlimited = 2 ** 31 - 1

export interface PackedLimits {
  readonly labels: readonly Label[]
  readonly rooms: Int32Array
  readonly idsIn: Rows
}

/** Names not met before are added to `idOf`. A room that is no number is no room: nobody may stop. */
export function packLimits(
  rules: readonly Rule[],
  shares: readonly Share[],
  idOf: Map<string, number>,
): PackedLimits {
  const ids = new Uint32Array(countNames(rules, shares))
  const starts = new Uint32Array(rules.length + shares.length + 1)
  const rooms = new Int32Array(rules.length + shares.length)
  const labels: Label[] = []
  const pushNames = createPusher(ids, idOf)

  let start = 0
  const keep = (label: Label, room: number, end: number): void => {
    rooms[labels.length] = Math.min(unlimited, Math.max(0, Math.floor(room)))
    labels.push(label)
    starts[labels.length] = end
    start = end
  }
  for (const { label, members, max } of rules) keep(label, max, pushNames(members, start))
  for (const { name, holders, minUp } of shares) {
    const end = pushNames(holders, start)
    if (!(minUp <= 0)) keep(name, end - start - minUp, end)
  }
  return { labels, rooms, idsIn: new Rows(starts.slice(0, labels.length + 1), ids.slice(0, start)) }
}

function countNames(rules: readonly Rule[], shares: readonly Share[]): number {
  let count = 0
  for (const { members } of rules) count += members.length
  for (const { holders } of shares) count += holders.length
  return count
}

/** Writes the ids of names from a place on, each id once, and tells where they end. */
function createPusher(ids: Uint32Array, idOf: Map<string, number>) {
  const seenInRow: number[] = []
  let row = 0
  return (names: readonly string[], start: number): number => {
    row += 1
    let end = start
    for (const name of names) {
      const id = idOf.get(name) ?? idOf.size
      if (id === idOf.size) idOf.set(name, id)
      if (seenInRow[id] !== row) ids[end++] = id
      seenInRow[id] = row
    }
    return end
  }
}
