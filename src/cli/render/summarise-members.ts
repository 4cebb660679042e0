// Members that have no line of their own, in at most three lines: how many in which phase, and what most wait for. Pure.
import type { MemberDisplay } from './member-state.ts'
import type { Paint } from './paint.ts'
import { sayCount } from './words.ts'

const mostGates = 3

export function summariseMembers(members: readonly MemberDisplay[], shown: number, paint: Paint): string[] {
  const phases = countBy(members.map(({ phase }) => phase))
  const underWay = members.filter(({ phase }) => phase !== 'waiting' && phase !== 'done').length
  const gates = countBy(members.filter(({ phase }) => phase === 'waiting').map(({ gate }) => gate))
    .filter(([gate]) => gate !== '')
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostGates)
  return [
    underWay > shown ? `  and ${sayCount(underWay - shown)} more under way` : '',
    phases.map(([label, count]) => `${sayCount(count)} ${label}`).join(' · '),
    gates.length === 0
      ? ''
      : paint('dim', `waiting: ${gates.map(([gate, count]) => `${sayCount(count)} ${gate}`).join(', ')}`),
  ]
}

function countBy(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
}
