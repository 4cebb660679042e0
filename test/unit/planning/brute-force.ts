// The fewest waves of a small world, by trying all of them.
import type { World } from '../../../src/planning/index.ts'
import { listBreaches, listImpossible } from './worlds.ts'

export function countFewestWaves(given: World): number {
  const never = new Set(listImpossible(given))
  const members = given.members.filter(({ name }) => !never.has(name))
  const all = 2 ** members.length - 1
  const inSet = (set: number): typeof members => members.filter((_, index) => set & (1 << index))
  const isSafe = Array.from({ length: all + 1 }, (_, set) => {
    return listBreaches(given, new Set(inSet(set).map(({ name }) => name))).length === 0
  })
  const keepsOrder = (wave: number, rest: number): boolean =>
    inSet(wave).every(
      ({ last, tier }) => !last || !inSet(rest).some(other => !other.last && other.tier === tier),
    )

  const fewest = [0]
  for (let rest = 1; rest <= all; rest++) {
    let best = Infinity
    for (let wave = rest; wave > 0; wave = (wave - 1) & rest) {
      const after = fewest[rest ^ wave] ?? Infinity
      if (after + 1 < best && isSafe[wave] && keepsOrder(wave, rest)) best = after + 1
    }
    fewest[rest] = best
  }
  return fewest[all] ?? 0
}
