// Which decider keeps a copy unassigned, among all that say no. Pure. A node of another tier, or one that has a copy already, never
// decides while there is a node that could take it.
import type { Decision, Explanation, NodeDecision } from '#sdk'

export interface Chosen {
  readonly decider: string
  readonly words: string
  readonly nodes: readonly string[]
}

/** Where several say no of the same nodes: what was done by hand before what the cluster does by itself, and what it follows from last. */
const weight: readonly string[] = [
  'enable',
  'max_retry',
  'restore_in_progress',
  'resize',
  'ccr_primary_follower',
  'searchable_snapshots',
  'searchable_snapshots_enable',
  'searchable_snapshot_repository_exists',
  'has_frozen_cache',
  'dedicated_frozen_node',
  'node_version',
  'index_version',
  'snapshot_in_progress',
  'node_shutdown',
  'node_replacement',
  'filter',
  'data_tier',
  'disk_threshold',
  'shards_limit',
  'awareness',
  'write_load',
]
/** Nobody has chosen these: they are named only where nothing else is. */
const lastOfAll: readonly string[] = ['same_shard', 'replica_after_primary_active']

const rankOf = (decider: string): number => {
  const at = weight.indexOf(decider)
  // What is not known is told before what everybody says, and after what is known to be a cause.
  if (at !== -1) return at
  return lastOfAll.includes(decider) ? weight.length + 1 : weight.length
}

export function chooseDecider({ nodes }: Pick<Explanation, 'nodes'>): Chosen | null {
  if (nodes.length === 0) return null
  const everywhere = common(nodes)
  const decisive = everywhere.filter(decider => !lastOfAll.includes(decider))
  if (decisive.length > 0) return describe(first(decisive), nodes)
  const ofTier = nodes.filter(node => !saysNo(node, 'data_tier') && !saysNo(node, 'dedicated_frozen_node'))
  const takers = ofTier.filter(node => !saysNo(node, 'same_shard'))
  if (takers.length === 0) {
    const holders = ofTier.filter(node => saysNo(node, 'same_shard'))
    return holders.length > 0
      ? describe('same_shard', holders)
      : everywhere.length > 0
        ? describe(first(everywhere), nodes)
        : describe(first(all(nodes)), nodes)
  }
  const shared = common(takers)
  const named = shared.length > 0 ? shared : all(takers)
  return named.length === 0 ? null : describe(first(named), takers)
}

const against = ({ deciders }: NodeDecision): readonly Decision[] =>
  deciders.filter(({ decision }) => decision === 'no')

const saysNo = (node: NodeDecision, decider: string): boolean =>
  against(node).some(one => one.decider === decider)

const all = (nodes: readonly NodeDecision[]): readonly string[] => [
  ...new Set(nodes.flatMap(node => against(node).map(({ decider }) => decider))),
]

const common = (nodes: readonly NodeDecision[]): readonly string[] =>
  all(nodes).filter(decider => nodes.every(node => saysNo(node, decider)))

const first = (deciders: readonly string[]): string =>
  [...deciders].sort((a, b) => rankOf(a) - rankOf(b))[0] ?? ''

function describe(decider: string, nodes: readonly NodeDecision[]): Chosen | null {
  if (decider === '') return null
  const saying = nodes.filter(node => saysNo(node, decider))
  const words = saying
    .flatMap(node => against(node).filter(one => one.decider === decider))
    .map(({ explanation }) => explanation)
  return { decider, words: words[0] ?? '', nodes: saying.map(({ node }) => node) }
}

/** What those say that only ask for patience. */
export function chooseThrottle({ nodes }: Pick<Explanation, 'nodes'>): Chosen | null {
  const waiting = nodes.flatMap(({ node, deciders }) =>
    deciders.filter(({ decision }) => decision === 'throttle').map(one => ({ node, ...one })),
  )
  const [one] = waiting
  if (one === undefined) return null
  return {
    decider: one.decider,
    words: one.explanation,
    nodes: [...new Set(waiting.map(({ node }) => node))],
  }
}
