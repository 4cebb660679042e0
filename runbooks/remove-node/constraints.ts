// Where settings let the copies of an index be, as the deciders of the server judge it: filters, tiers, limits, zones. Pure.
import type { ClusterSettings, NodeInfo } from '#sdk'
import { matchesAny } from '../rolling-restart/copies.ts'

/** A data node; `host` is its address. */
export type Place = Pick<NodeInfo, 'id' | 'name' | 'host' | 'roles' | 'attributes'>

type Settings = Readonly<Record<string, string>>

export interface Filters {
  readonly include: Settings
  readonly exclude: Settings
  readonly require: Settings
}

export interface IndexRules {
  readonly filters: Filters
  /** Tiers in the order in which they are wanted; empty: any data node will do. */
  readonly tiers: readonly string[]
  /** Most copies of this index on one node; `null`: as many as there are. */
  readonly perNode: number | null
}

export interface ClusterRules {
  readonly filters: Filters
  readonly perNode: number | null
  /** Attributes over which copies are spread, with values that count even where no node has them. */
  readonly awareness: readonly { readonly attribute: string; readonly forced: readonly string[] }[]
  /** No two copies of a shard on nodes of one address. */
  readonly oneCopyPerHost: boolean
}

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '')

/** Transient before persistent before default. */
export function effectiveSettings({ persistent, transient, defaults }: ClusterSettings): Settings {
  return { ...defaults, ...persistent, ...transient }
}

function filtersIn(settings: Settings, prefix: string): Filters {
  const of = (kind: string): Settings =>
    Object.fromEntries(
      Object.entries(settings)
        .filter(([name, value]) => name.startsWith(`${prefix}.${kind}.`) && value !== '')
        .map(([name, value]) => [name.slice(prefix.length + kind.length + 2), value])
        // The tier is a list of wishes, not a filter.
        .filter(([attribute]) => attribute !== '_tier_preference'),
    )
  return { include: of('include'), exclude: of('exclude'), require: of('require') }
}

/** A limit of -1 is none. */
function limitIn(settings: Settings, name: string): number | null {
  const limit = Number(settings[name] ?? -1)
  return Number.isInteger(limit) && limit > 0 ? limit : null
}

export function rulesOfIndex(settings: Settings): IndexRules {
  const prefix = 'index.routing.allocation'
  return {
    filters: filtersIn(settings, prefix),
    tiers: listOf(settings[`${prefix}.include._tier_preference`]),
    perNode: limitIn(settings, `${prefix}.total_shards_per_node`),
  }
}

export function rulesOfCluster(found: ClusterSettings): ClusterRules {
  const settings = effectiveSettings(found)
  const prefix = 'cluster.routing.allocation'
  return {
    filters: filtersIn(settings, prefix),
    perNode: limitIn(settings, `${prefix}.total_shards_per_node`),
    awareness: listOf(settings[`${prefix}.awareness.attributes`]).map(attribute => ({
      attribute,
      forced: listOf(settings[`${prefix}.awareness.force.${attribute}.values`]),
    })),
    oneCopyPerHost: settings[`${prefix}.same_shard.host`] === 'true',
  }
}

/** `null` where the filters let the node have a copy; else the filter that does not. */
export function explainFiltered({ include, exclude, require }: Filters, node: Place): string | null {
  for (const [attribute, values] of Object.entries(exclude))
    if (matches(node, attribute, values)) return `exclude.${attribute} is ${values}`
  for (const [attribute, values] of Object.entries(require))
    if (!listOf(values).every(value => matches(node, attribute, value)))
      return `require.${attribute} is ${values}`
  const wanted = Object.entries(include)
  if (wanted.length === 0 || wanted.some(([attribute, values]) => matches(node, attribute, values)))
    return null
  return wanted.map(([attribute, values]) => `include.${attribute} is ${values}`).join(', ')
}

function matches(node: Place, attribute: string, values: string): boolean {
  const own = attributeOf(node, attribute)
  return own !== undefined && listOf(values).some(value => matchesAny(value)(own))
}

function attributeOf(node: Place, attribute: string): string | undefined {
  switch (attribute) {
    case '_name':
      return node.name
    case '_id':
      return node.id
    case '_ip':
    case '_host':
    case '_host_ip':
    case '_publish_ip':
      return node.host
    default:
      return node.attributes[attribute]
  }
}

export const hasRole = ({ roles }: Pick<Place, 'roles'>, tier: string): boolean =>
  roles.includes(tier) || (tier !== 'data_frozen' && roles.includes('data'))

/** The first of the wanted tiers that any of the nodes serves; `null`: any will do. */
export function tierAmong(tiers: readonly string[], nodes: readonly Place[]): string | null {
  return tiers.find(tier => nodes.some(node => hasRole(node, tier))) ?? null
}
