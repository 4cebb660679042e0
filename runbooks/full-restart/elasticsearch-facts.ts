// Elasticsearch before its stop: who is there, how it is, what goes on in it, how old its last snapshot is. Reads only.
import {
  type ClusterHealth,
  type ClusterIdentity,
  type ClusterSettings,
  type Coordination,
  type Inventory,
  type LongTask,
  type Look,
  type MasterState,
  type NodeInfo,
  type RepositoryWork,
  type RunningRestore,
  type ShutdownRecord,
  toOpsError,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'

/** The last one that holds every shard it was to hold. */
export interface WholeSnapshot {
  readonly repository: string
  readonly name: string
  readonly endedAtMs: number
  readonly indices: number
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
  const [work, restores, longTasks, newest] = await Promise.all([
    snapshots.work(),
    snapshots.restores(),
    es.longTasks(),
    findWholeSnapshot(look),
  ])
  const own = inventory.hosts.filter(({ groups }) => groups.includes('elasticsearch'))
  return {
    ...{ identity, health, master, coordination, nodes, settings, shutdowns, work, restores, longTasks },
    ...newest,
    inventory: { ...nameCluster(inventory), nodes: own.map(({ name }) => name) },
    closed: map.indices.filter(({ state }) => state === 'close').length,
    single: map.indices.filter(({ state, replicas }) => state === 'open' && replicas === 0).length,
  }
}

async function findWholeSnapshot({ snapshots }: Look): Promise<{
  readonly snapshot: WholeSnapshot | null
  readonly unreadable: readonly string[]
}> {
  const found: WholeSnapshot[] = []
  const unreadable: string[] = []
  // What is read-only here is written by somebody else: it may be of another cluster.
  for (const { name: repository } of (await snapshots.repositories()).filter(({ readOnly }) => !readOnly)) {
    try {
      for (const { name, state, endedAtMs, shards, indices } of await snapshots.list(repository))
        if (state === 'SUCCESS' && shards.failed === 0 && endedAtMs !== null)
          found.push({ repository, name, endedAtMs, indices: indices.length })
    } catch (thrown) {
      unreadable.push(`${repository}: ${toOpsError(thrown).message}`)
    }
  }
  return { snapshot: found.sort((a, b) => b.endedAtMs - a.endedAtMs)[0] ?? null, unreadable }
}
