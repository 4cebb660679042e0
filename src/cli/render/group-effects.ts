// Ten sentences that differ only in their last word become one that lists the words. Pure; every name stays readable.
import { sayNames } from './words.ts'

const fewest = 3

export function groupEffects(effects: readonly string[]): string[] {
  const groups = new Map<string, string[]>()
  for (const effect of effects) {
    const [head, last] = splitLast(effect)
    const group = groups.get(head) ?? []
    group.push(last)
    groups.set(head, group)
  }
  return [...groups].flatMap(([head, lasts]) =>
    lasts.length < fewest
      ? lasts.map(last => join(head, last))
      : [`${join(head, `${lasts.length}: ${sayNames(lasts)}`)}`],
  )
}

function splitLast(effect: string): readonly [string, string] {
  const space = effect.lastIndexOf(' ')
  return [effect.slice(0, Math.max(0, space)), effect.slice(space + 1)]
}

const join = (head: string, rest: string): string => (head === '' ? rest : `${head} ${rest}`)
