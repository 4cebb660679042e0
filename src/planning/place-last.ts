// Members that go last in their tier: the elected master, the active controller. Waves are turned so that such a
// tier is done early, and its last one joins the first wave after it that has room.
import type { Downs } from './downs.ts'
import type { Limits } from './limits.ts'
import { fillUp } from './split-into-waves.ts'

/** The waves of all others with the `last` ones added, each wave in plan order. */
export function placeLast(
  { members }: Limits,
  downs: Downs,
  waves: readonly number[][],
  last: readonly number[],
): number[][] {
  const tierOf = (id: number): string | undefined => members[id]?.tier
  const waiting = new Set(last.map(tierOf))
  const { early = [], late = [] } = Object.groupBy(waves, wave =>
    wave.some(id => waiting.has(tierOf(id))) ? 'early' : 'late',
  )
  const placed = [...early, ...late].map(wave => [...wave])
  for (const id of last) {
    const before = [...early, ...late].findLastIndex(wave => wave.some(other => tierOf(other) === tierOf(id)))
    if (!joinOne(downs, placed.slice(before + 1), id)) placed.push([id])
  }
  return placed.map(wave => wave.sort((a, b) => a - b))
}

function joinOne(downs: Downs, waves: readonly number[][], id: number): boolean {
  return waves.some(wave => {
    fillUp(downs, wave, [id])
    return wave.at(-1) === id
  })
}
