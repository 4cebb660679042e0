// The table: which decider of the server comes to which cause, and with it to which remedies. A decider that is not in it is named with
// the server's own words.
import { filterRuling } from './filters.ts'
import {
  awarenessRuling,
  diskRuling,
  enableRuling,
  limitRuling,
  sameShardRuling,
  tierRuling,
} from './places.ts'
import {
  followerRuling,
  frozenRuling,
  repositoryRuling,
  resizeRuling,
  restoreRuling,
  shutdownRuling,
  snapshotRuling,
  versionRuling,
  writeLoadRuling,
} from './procedures.ts'
import type { Ruling } from './sighting.ts'
import { retriesRuling, throttledRuling } from './states.ts'
import { primaryFirstRuling } from './waiting.ts'

/** `moves`: it only keeps assigned copies from being moved, and explains no unassigned one. */
export const deciders: Readonly<Record<string, Ruling | 'moves'>> = {
  max_retry: retriesRuling,
  enable: enableRuling,
  same_shard: sameShardRuling,
  disk_threshold: diskRuling,
  filter: filterRuling,
  data_tier: tierRuling,
  awareness: awarenessRuling,
  shards_limit: limitRuling,
  node_version: versionRuling,
  index_version: versionRuling,
  node_shutdown: shutdownRuling,
  node_replacement: shutdownRuling,
  replica_after_primary_active: primaryFirstRuling,
  rebalance_only_when_active: 'moves',
  cluster_rebalance: 'moves',
  concurrent_rebalance: 'moves',
  snapshot_in_progress: snapshotRuling,
  restore_in_progress: restoreRuling,
  resize: resizeRuling,
  searchable_snapshots: repositoryRuling,
  searchable_snapshots_enable: repositoryRuling,
  searchable_snapshot_repository_exists: repositoryRuling,
  ccr_primary_follower: followerRuling,
  dedicated_frozen_node: frozenRuling,
  has_frozen_cache: frozenRuling,
  write_load: writeLoadRuling,
  throttling: throttledRuling,
}
