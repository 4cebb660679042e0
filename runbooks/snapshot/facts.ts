// Everything that gates and plan look at, read once. Reads only, but that verifying a repository makes the nodes write a small file
// there and delete it. What cannot be read of the repository is a fact that a gate refuses, not an error.
import {
  type ClusterHealth,
  type ClusterIdentity,
  type IndexFacts,
  type LifecycleState,
  type Look,
  type MasterState,
  type NodeInfo,
  type Repository,
  type RepositoryWork,
  type RunningRestore,
  type ShardMap,
  type SnapshotInfo,
  toOpsError,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import { patternsIn, type SnapshotParams } from './params.ts'
import { type RepositoryRoom, readRoom } from './room.ts'

export interface SnapshotFacts {
  readonly nowMs: number
  readonly inventory: NamedCluster
  readonly identity: ClusterIdentity
  /** Names of all that are registered. */
  readonly registered: readonly string[]
  readonly repository: Repository | null
  /** Why its snapshots cannot be listed; `null` where they can. */
  readonly unreadable: string | null
  readonly snapshots: readonly SnapshotInfo[]
  /** Names of the nodes that can write to it, and why it could not be verified. */
  readonly writers: { readonly nodes: readonly string[]; readonly problem: string | null }
  readonly work: readonly RepositoryWork[]
  readonly restores: readonly RunningRestore[]
  readonly health: ClusterHealth
  readonly master: MasterState
  readonly nodes: readonly NodeInfo[]
  /** That match, closed ones among them. */
  readonly indices: readonly IndexFacts[]
  readonly unmatched: readonly string[]
  /** `index[0]`: shards of them without an active primary. */
  readonly inactive: readonly string[]
  /** Of their primaries. */
  readonly bytes: number
  readonly slm: LifecycleState['slm']
  readonly room: RepositoryRoom
  /** What the last whole snapshot has brought anew; `null` where there is none. */
  readonly lastNewBytes: number | null
}

const healthTimeoutMs = 30_000

export async function lookAtSnapshot(look: Look, params: SnapshotParams): Promise<SnapshotFacts> {
  const { elasticsearch: es, snapshots: port } = look
  const inventory = await look.ansible.inventory()
  const identity = await es.identity()
  const repositories = await port.repositories()
  const repository = repositories.find(({ name }) => name === params.repository) ?? null
  const [kept, matched, room] = await Promise.all([
    readRepository(look, repository),
    readIndices(look, patternsIn(params)),
    repository === null ? { freeBytes: null, text: 'it is not registered' } : readRoom(look, repository),
  ])
  const [work, restores, health, master, nodes, { slm }] = await Promise.all([
    port.work(),
    port.restores(),
    es.health({ timeoutMs: healthTimeoutMs }),
    es.master(),
    es.nodes(),
    es.lifecycle(),
  ])
  return {
    nowMs: look.clock.now().getTime(),
    inventory: nameCluster(inventory),
    registered: repositories.map(({ name }) => name),
    ...{ identity, repository, ...kept, work, restores, health, master, nodes, ...matched, slm, room },
  }
}

type Kept = Pick<SnapshotFacts, 'unreadable' | 'snapshots' | 'writers' | 'lastNewBytes'>

async function readRepository(look: Look, repository: Repository | null): Promise<Kept> {
  if (repository === null) {
    const writers = { nodes: [], problem: 'it is not registered' }
    return { unreadable: 'it is not registered', snapshots: [], writers, lastNewBytes: null }
  }
  const { name } = repository
  const listed = await orProblem(() => look.snapshots.list(name), [])
  const verified = await orProblem(() => look.snapshots.verify(name), [])
  const last = listed.found.findLast(({ state }) => state === 'SUCCESS')
  const size =
    last === undefined
      ? null
      : await orProblem(async () => (await look.snapshots.progress(name, last.name)).incrementalBytes, null)
  return {
    unreadable: listed.problem ?? size?.problem ?? null,
    snapshots: listed.found,
    writers: { nodes: verified.found, problem: verified.problem },
    lastNewBytes: size?.found ?? null,
  }
}

/** These say something of the repository; everything else is trouble of the cluster. */
const ofRepository = ['REPOSITORY_MISSING', 'REPOSITORY_BROKEN', 'SNAPSHOT_MISSING', 'CLUSTER_REJECTED']

async function orProblem<T>(
  read: () => Promise<T>,
  otherwise: T,
): Promise<{ readonly found: T; readonly problem: string | null }> {
  try {
    return { found: await read(), problem: null }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (!ofRepository.includes(code)) throw thrown
    return { found: otherwise, problem: message }
  }
}

async function readIndices(
  { indices: port, elasticsearch: es }: Look,
  patterns: readonly string[],
): Promise<Pick<SnapshotFacts, 'indices' | 'unmatched' | 'inactive' | 'bytes'>> {
  const indices = await port.find(patterns)
  const unmatched: string[] = []
  for (const pattern of patterns) if ((await port.find([pattern])).length === 0) unmatched.push(pattern)
  const names = new Set(indices.map(({ name }) => name))
  const counts = await es.counts()
  return {
    ...{ indices, unmatched },
    inactive: listInactive(await es.shardMap(), names),
    bytes: counts
      .filter(({ index }) => names.has(index))
      .reduce((sum, { storeBytes }) => sum + storeBytes, 0),
  }
}

function listInactive({ indices }: ShardMap, names: ReadonlySet<string>): readonly string[] {
  return indices
    .filter(({ name, state }) => names.has(name) && state === 'open')
    .flatMap(({ name, shards }) =>
      shards
        .filter(
          ({ copies }) =>
            !copies.some(({ primary, state }) => primary && (state === 'STARTED' || state === 'RELOCATING')),
        )
        .map(({ number }) => `${name}[${number}]`),
    )
}
