// Filters that keep copies off nodes: which setting it is, where it is set, and who has left it there. Pure.
import { sayFew } from '#sdk'
import type { Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { abortRuns, advise, clearClusterSetting, clearIndexSetting } from './remedies.ts'
import { indicesOf, type Ruling, type Sighting } from './sighting.ts'

interface Filter {
  readonly of: 'cluster' | 'index'
  /** Full names of the settings. */
  readonly names: readonly string[]
}

const said = /(cluster|index)\.routing\.allocation\.(include|exclude|require)(?:\.[\w.-]+)?/

/** From the server's words, and from the settings where the words do not say. */
export function readFilter({ words, copies }: Sighting, facts: TriageFacts): Filter | null {
  const [, of, kind] = said.exec(words) ?? []
  const attributes = [...words.matchAll(/([\w.-]+):"/g)].flatMap(([, attribute]) => attribute ?? [])
  if (of === 'cluster' || of === 'index') {
    const prefix = `${of}.routing.allocation.${kind}.`
    const present = of === 'cluster' ? clusterNames(facts) : indexNames(facts, copies)
    const names = present.filter(
      name =>
        name.startsWith(prefix) &&
        (attributes.length === 0 || attributes.includes(name.slice(prefix.length))),
    )
    if (names.length > 0) return { of, names }
    if (attributes.length > 0) return { of, names: attributes.map(attribute => prefix + attribute) }
  }
  const ofIndices = indexNames(facts, copies)
  if (ofIndices.length > 0) return { of: 'index', names: ofIndices }
  const ofCluster = clusterNames(facts)
  return ofCluster.length > 0 ? { of: 'cluster', names: ofCluster } : null
}

const isFilter = (name: string): boolean =>
  /\.routing\.allocation\.(include|exclude|require)\./.test(name) && !name.endsWith('._tier_preference')

const clusterNames = ({ settings }: TriageFacts): readonly string[] =>
  Object.keys({ ...settings?.persistent, ...settings?.transient }).filter(
    name => name.startsWith('cluster.') && isFilter(name),
  )

const indexNames = ({ indexSettings }: TriageFacts, copies: Sighting['copies']): readonly string[] => [
  ...new Set(
    indicesOf({ copies })
      .flatMap(index => Object.keys(indexSettings[index] ?? {}))
      .filter(isFilter),
  ),
]

/** Where a setting of the cluster is set; transient hides persistent. */
export function scopesOf(
  name: string,
  { settings }: Pick<TriageFacts, 'settings'>,
): readonly { readonly scope: 'persistent' | 'transient'; readonly value: string }[] {
  return (['transient', 'persistent'] as const).flatMap(scope => {
    const value = settings?.[scope][name]
    return value === undefined || value === '' ? [] : [{ scope, value }]
  })
}

/** Runs that have not given this setting back. */
export const runsBehind = (
  name: string,
  { leftovers }: Pick<TriageFacts, 'leftovers'>,
): readonly string[] => [...new Set(leftovers.flatMap(one => (one.name === name ? [one.run] : [])))]

/** First whoever has set it, then the setting itself. */
export const clearOfCluster = (name: string, facts: TriageFacts): readonly Remedy[] => [
  ...abortRuns(runsBehind(name, facts)),
  ...scopesOf(name, facts).map(({ scope }) => clearClusterSetting(name, scope)),
]

export const filterRuling: Ruling = {
  id: 'allocation_filter',
  key: (seen, facts) => {
    const filter = readFilter(seen, facts)
    return filter === null ? '' : `${filter.of} ${filter.names.join()}`
  },
  sentence: (seen, facts) => {
    const filter = readFilter(seen, facts)
    if (filter === null) return `filters keep copies of ${sayFew(indicesOf(seen), 3)} off every node`
    const { of, names } = filter
    if (of === 'index') {
      const values = indicesOf(seen).flatMap(index =>
        names.map(name => facts.indexSettings[index]?.[name] ?? ''),
      )
      const value = [...new Set(values)].filter(text => text !== '')
      return `${names.join(' and ')}${value.length > 0 ? ` = ${sayFew(value, 2)}` : ''} of ${sayFew(indicesOf(seen), 3)} leaves no node for copies`
    }
    const values = names.flatMap(name => scopesOf(name, facts).map(({ value }) => `${name} = ${value}`))
    const runs = names.flatMap(name => runsBehind(name, facts))
    const by = runs.length > 0 ? `, left behind by run ${sayFew(runs)}` : ''
    return `${values.length > 0 ? values.join(' and ') : names.join(' and ')}${by} keeps copies off nodes that they need`
  },
  remedies: (seen, facts) => {
    const filter = readFilter(seen, facts)
    const remedies =
      filter === null
        ? []
        : filter.of === 'cluster'
          ? filter.names.flatMap(name => clearOfCluster(name, facts))
          : filter.names.map(name => clearIndexSetting(name, having(name, seen, facts)))
    return remedies.length > 0
      ? remedies
      : [advise('find the filter and take it off', 'GET _all/_settings/*routing* and GET _cluster/settings')]
  },
}

/** Those that have the setting; all where that is not known. */
export function having(name: string, seen: Sighting, { indexSettings }: TriageFacts): readonly string[] {
  const names = indicesOf(seen)
  const with_ = names.filter(index => indexSettings[index]?.[name] !== undefined)
  return with_.length > 0 ? with_ : names
}
