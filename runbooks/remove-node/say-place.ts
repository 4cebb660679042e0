// Why a copy has no other place, and what would give it one, in words. Pure.
import { sayBytes } from '#sdk'
import type { PlacedCopy, Unplaceable } from './decide-feasible.ts'

/** What keeps a copy from every node at once; the one that is easiest to mend counts. */
export type Obstacle = 'disk' | 'replicas' | 'rules'

export function obstacleOf({ because }: Unplaceable): Obstacle {
  const deciders = new Set(because.map(({ decider }) => decider))
  if (deciders.has('disk_threshold')) return 'disk'
  const isRule = (['filter', 'shards_limit', 'awareness'] as const).some(one => deciders.has(one))
  return isRule ? 'rules' : 'replicas'
}

const remedies: Readonly<Record<string, string>> = {
  disk_threshold:
    'free disk on the nodes that stay, or add one first (ops run add-node); GET _cat/allocation says how full each is',
  same_shard: 'add a node of its tier first, or lower index.number_of_replicas of the index',
  data_tier: 'add a node of its tier first, or change index.routing.allocation.include._tier_preference',
  filter: 'change the allocation filter that keeps it from other nodes',
  shards_limit: 'raise total_shards_per_node, or add a node first',
  awareness: 'add a node in the zone that lacks one, or change the awareness settings',
  node_shutdown: 'withdraw the shutdown record of the node that stays: GET _nodes/shutdown',
  node_replacement: 'end the replacement that is under way: GET _nodes/shutdown',
  enable: 'set cluster.routing.allocation.enable back to all',
  max_retry: 'its moves have failed too often: read why, then POST _cluster/reroute?retry_failed=true',
  node_version: 'no node that stays has its version: upgrade them first',
  snapshot_in_progress: 'wait for the snapshot that is running, then: ops resume',
  restore_in_progress: 'wait for the restore that is running',
  throttling: 'raise indices.recovery.max_bytes_per_sec, or wait longer: --stall 1h',
  ccr_primary_follower: 'see to the index that it follows',
  searchable_snapshots_enable: 'set xpack.searchable.snapshot.allocate_on_rolling_restart back',
  write_load: 'wait until its tier has less to write',
  no_node: 'add a data node first',
}

export const remedyOf = (decider: string): string =>
  remedies[decider] ?? `see ${decider} in GET _cluster/allocation/explain`

export const sayCopy = ({ index, shard, primary, bytes }: PlacedCopy): string =>
  `${index}[${shard}] ${primary ? 'primary' : 'replica'}, ${sayBytes(bytes)}`

/** What stands against nodes that could have it otherwise comes first: nobody would change a tier to let a node go. */
const rankOf = (decider: string): number => ['data_tier', 'same_shard'].indexOf(decider) + 1 || 3

/** `nginx[0] replica, 3 GiB: es-data04: it has a copy of the shard already`. */
export function sayUnplaceable({ copy, because }: Unplaceable): string {
  const said = [...because]
    .sort((a, b) => rankOf(b.decider) - rankOf(a.decider))
    .slice(0, 3)
    .map(({ node, text }) => (node === '' ? text : `${node}: ${text}`))
  return `${sayCopy(copy)}: ${said.join(', ')}`
}

/** The decider that could be helped; among such the one that most nodes give. */
export function mainDecider(deciders: readonly string[]): string | null {
  const top = Math.max(0, ...deciders.map(rankOf))
  const counts = new Map<string, number>()
  for (const one of deciders) if (rankOf(one) === top) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null
}
