// What lies in every repository that is to be pruned, and who works on it. Read once, reads only; what cannot be read of one is a
// fact of that one alone.
import {
  type ClusterIdentity,
  type Look,
  type Repository,
  type RepositoryWork,
  type RunningRestore,
  type SnapshotInfo,
  toOpsError,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import { manifestKey } from '../snapshot/manifest.ts'
import { type PruneParams, repositoriesIn } from './params.ts'

export interface RepositoryFacts {
  readonly name: string
  /** `null`: it is not registered. */
  readonly repository: Repository | null
  /** Why its snapshots cannot be listed; `null` where they can. */
  readonly unreadable: string | null
  readonly snapshots: readonly SnapshotInfo[]
  /** Names of those that a manifest is kept of. */
  readonly proven: readonly string[]
}

export interface PruneFacts {
  readonly nowMs: number
  readonly inventory: NamedCluster
  readonly identity: ClusterIdentity
  readonly registered: readonly string[]
  readonly repositories: readonly RepositoryFacts[]
  readonly work: readonly RepositoryWork[]
  readonly restores: readonly RunningRestore[]
}

export async function lookAtRepositories(look: Look, params: PruneParams): Promise<PruneFacts> {
  const registered = await look.snapshots.repositories()
  const kept = (await look.evidence.list('manifest')).map(({ key }) => key)
  const repositories: RepositoryFacts[] = []
  for (const name of repositoriesIn(params))
    repositories.push(await readOne(look, name, registered.find(one => one.name === name) ?? null, kept))
  return {
    nowMs: look.clock.now().getTime(),
    inventory: nameCluster(await look.ansible.inventory()),
    identity: await look.elasticsearch.identity(),
    registered: registered.map(({ name }) => name),
    repositories,
    work: await look.snapshots.work(),
    restores: await look.snapshots.restores(),
  }
}

async function readOne(
  look: Look,
  name: string,
  repository: Repository | null,
  kept: readonly string[],
): Promise<RepositoryFacts> {
  if (repository === null)
    return { name, repository, unreadable: 'it is not registered', snapshots: [], proven: [] }
  try {
    const snapshots = await look.snapshots.list(name)
    const proven = snapshots.map(one => one.name).filter(one => kept.includes(manifestKey(name, one)))
    return { name, repository, unreadable: null, snapshots, proven }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (!['REPOSITORY_MISSING', 'REPOSITORY_BROKEN', 'CLUSTER_REJECTED'].includes(code)) throw thrown
    return { name, repository, unreadable: message, snapshots: [], proven: [] }
  }
}

/** Why this one cannot be pruned now; `null` where it can. */
export function explainBusy(
  { name, repository, unreadable }: RepositoryFacts,
  { work, restores }: Pick<PruneFacts, 'work' | 'restores'>,
): string | null {
  if (unreadable !== null) return unreadable
  if (repository?.readOnly === true) return 'it is registered read-only'
  const busy = work.find(one => one.repository === name)
  if (busy !== undefined) {
    if (busy.kind === 'cleanup') return 'it is being cleaned up'
    return `${busy.snapshots.join(', ')} is being ${busy.kind === 'create' ? 'taken' : 'deleted'}`
  }
  const restored = restores.find(one => one.repository === name)
  return restored === undefined ? null : `${restored.snapshot} is being restored`
}
