// Ten sentences that differ only in their last word become one that lists the words. Pure; every name stays readable.

const fewest = 3
/** Lines of a file that come and go stay as they are, in their order. */
const changedLine = /: [+-] /

/** `sayGroup` says the last words of three sentences or more. */
export function groupEffects(
  effects: readonly string[],
  sayGroup: (words: readonly string[]) => string,
): string[] {
  const groups = new Map<string, { readonly head: string; readonly words: string[] }>()
  for (const [at, effect] of effects.entries()) {
    const space = Math.max(0, effect.lastIndexOf(' '))
    const head = effect.slice(0, space)
    const key = changedLine.test(effect) ? `${at}` : `of ${head}`
    const group = groups.get(key) ?? { head, words: [] }
    group.words.push(effect.slice(space).trim())
    groups.set(key, group)
  }
  return [...groups.values()].flatMap(({ head, words }) =>
    (words.length < fewest ? words : [sayGroup(words)]).map(said => `${head} ${said}`.trim()),
  )
}
