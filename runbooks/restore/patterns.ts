// Which indices of a snapshot are meant by patterns. Pure; what begins with a dot is only meant where the pattern says the dot.

export interface Matched {
  /** Names of the snapshot, sorted. */
  readonly wanted: readonly string[]
  /** Patterns that no name matches. */
  readonly unmatched: readonly string[]
}

export function matchIndices(patterns: readonly string[], names: readonly string[]): Matched {
  const tests = patterns.map(pattern => ({ pattern, matches: matcherOf(pattern) }))
  return {
    wanted: names.filter(name => tests.some(({ matches }) => matches(name))).sort(),
    unmatched: tests.filter(({ matches }) => !names.some(matches)).map(({ pattern }) => pattern),
  }
}

function matcherOf(pattern: string): (name: string) => boolean {
  const source = pattern
    .split('*')
    .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  const regex = new RegExp(`^${source}$`)
  return name => regex.test(name) && (!name.startsWith('.') || pattern.startsWith('.'))
}

/** Security, Kibana and the like: a cluster that gets these back by a side door may lock everybody out. */
export const isSystem = (name: string): boolean => name.startsWith('.')

export const listIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '')
