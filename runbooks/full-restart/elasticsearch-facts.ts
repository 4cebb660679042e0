// Elasticsearch before its stop: who is there, how it is, what goes on in it, how old its last snapshot is. Reads only.
import {
  type ClusterHealth,
  type ClusterIdentity,
  type ClusterSettings,
  type Coordination,
  type IndexState,
  type Inventory,
  type LongTask,
  type Look,
  type MasterState,
  type NodeInfo,
  type RepositoryWork,
  type RunningRestore,
  type ShutdownRecord,
  type SnapshotInfo,
  toOpsError,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'

/** A snapshot that holds every shard it was to hold. */
export interface WholeSnapshot {
  readonly repository: string
  readonly name: string
  readonly endedAtMs: number
  readonly indices: number
  /** Open indices that are older than it and not in it. Those with a dot come back with the features they belong to. */
  readonly missing: readonly string[]
}

export interface ElasticsearchFacts {
  readonly identity: ClusterIdentity
  readonly inventory: NamedCluster & { readonly nodes: readonly string[] }
  readonly health: ClusterHealth
  readonly master: MasterState
  readonly coordination: Coordination
  readonly nodes: readonly NodeInfo[]
  readonly settings: ClusterSettings
  readonly shutdowns: readonly ShutdownRecord[]
  readonly work: readonly RepositoryWork[]
  readonly restores: readonly RunningRestore[]
  readonly longTasks: readonly LongTask[]
  readonly snapshot: WholeSnapshot | null
  /** Repositories that could not be read, and why. */
  readonly unreadable: readonly string[]
  /** Indices that are closed, and open ones that have one copy only. */
  readonly closed: number
  readonly single: number
}

const healthTimeoutMs = 30_000

export async function lookAtElasticsearch(look: Look, inventory: Inventory): Promise<ElasticsearchFacts> {
  const { elasticsearch: es, snapshots } = look
  const identity = await es.identity()
  const [health, master, coordination, nodes, settings, shutdowns, map] = await Promise.all([
    es.health({ timeoutMs: healthTimeoutMs }),
    es.master(),
    es.coordination(),
    es.nodes(),
    es.clusterSettings(),
    es.shutdowns(),
    es.shardMap(),
  ])
  const [work, restores, longTasks, best] = await Promise.all([
    snapshots.work(),
    snapshots.restores(),
    es.longTasks(),
    findWholeSnapshot(look, map.indices),
  ])
  const own = inventory.hosts.filter(({ groups }) => groups.includes('elasticsearch'))
  return {
    ...{ identity, health, master, coordination, nodes, settings, shutdowns, work, restores, longTasks },
    ...best,
    inventory: { ...nameCluster(inventory), nodes: own.map(({ name }) => name) },
    closed: map.indices.filter(({ state }) => state === 'close').length,
    single: map.indices.filter(({ state, replicas }) => state === 'open' && replicas === 0).length,
  }
}

/** The latest that misses nothing; where each misses something, the latest of those. */
async function findWholeSnapshot(
  { snapshots }: Look,
  indices: readonly IndexState[],
): Promise<Pick<ElasticsearchFacts, 'snapshot' | 'unreadable'>> {
  const found: WholeSnapshot[] = []
  const unreadable: string[] = []
  // What is read-only here is written by somebody else: it may be of another cluster.
  for (const { name: repository } of (await snapshots.repositories()).filter(({ readOnly }) => !readOnly)) {
    try {
      for (const one of await snapshots.list(repository)) {
        const { name, state, endedAtMs, shards } = one
        if (state !== 'SUCCESS' || shards.failed > 0 || endedAtMs === null) continue
        const missing = missingIn(one, indices)
        found.push({ repository, name, endedAtMs, indices: one.indices.length, missing })
      }
    } catch (thrown) {
      unreadable.push(`${repository}: ${toOpsError(thrown).message}`)
    }
  }
  found.sort((a, b) => b.endedAtMs - a.endedAtMs)
  return { snapshot: found.find(({ missing }) => missing.length === 0) ?? found[0] ?? null, unreadable }
}

function missingIn(
  { indices: held, startedAtMs }: SnapshotInfo,
  indices: readonly IndexState[],
): readonly string[] {
  const there = new Set(held)
  return indices
    .filter(
      ({ name, state, createdAtMs }) =>
        state === 'open' && !name.startsWith('.') && createdAtMs < startedAtMs,
    )
    .map(({ name }) => name)
    .filter(name => !there.has(name))
    .sort()
}
