// Allocation filters of the cluster and of an index: include, exclude and require, by name, address or attribute.
import { matches } from './patterns.ts'
import type { FakeIndex, FakeNode, FakeState } from './state.ts'

type How = 'include' | 'exclude' | 'require'
type Filters = readonly (readonly [key: string, patterns: readonly string[]])[]

/** Why this node may not have the copy, in the words of the server, or `null`. */
export function filterDecision(state: FakeState, index: FakeIndex, node: FakeNode): string | null {
  const ofCluster = { ...state.settings.persistent, ...state.settings.transient }
  return refuse('cluster', ofCluster, node) ?? refuse('index', index.settings, node)
}

function refuse(
  scope: 'cluster' | 'index',
  settings: Readonly<Record<string, string>>,
  node: FakeNode,
): string | null {
  for (const how of ['require', 'include', 'exclude'] as const) {
    const prefix = `${scope}.routing.allocation.${how}`
    const filters = readFilters(settings, prefix)
    if (filters.length === 0 || fits(how, filters, node)) continue
    const shown = filters.map(([key, patterns]) => `${key}:"${patterns.join(' OR ')}"`)
    const text = `${scope} setting [${prefix}] filters [${shown.join(how === 'require' ? ' AND ' : ' OR ')}]`
    return how === 'exclude' ? `node matches ${text}` : `node does not match ${text}`
  }
  return null
}

function readFilters(settings: Readonly<Record<string, string>>, prefix: string): Filters {
  return Object.entries(settings).flatMap(([name, value]) => {
    const key = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : ''
    if (key === '' || key.startsWith('_tier') || value === '') return []
    return [[key, value.split(',').map(one => one.trim())] as const]
  })
}

function fits(how: How, filters: Filters, node: FakeNode): boolean {
  const hit = ([key, patterns]: Filters[number]) => {
    const value = readValue(key, node)
    return value !== undefined && matches(value, patterns)
  }
  if (how === 'require') return filters.every(hit)
  return how === 'include' ? filters.some(hit) : !filters.some(hit)
}

function readValue(key: string, node: FakeNode): string | undefined {
  if (key === '_name') return node.name
  if (key === '_id') return node.id
  if (['_ip', '_publish_ip', '_host_ip', '_host'].includes(key)) return node.address
  return node.attributes[key]
}
