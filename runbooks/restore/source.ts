// What a restore is made from and where it goes: repository, snapshot, manifest, room. Read once, reads only. What cannot be read
// of the repository is a fact that a gate refuses, not an error.
import {
  type ClusterIdentity,
  type DiskUse,
  type Look,
  type NodeInfo,
  type Repository,
  type RepositoryWork,
  type SnapshotInfo,
  toOpsError,
  type Watermarks,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import { checkFiles } from '../snapshot/check-files.ts'
import { matchIndices } from './patterns.ts'
import { type FoundManifest, readManifest } from './read-manifest.ts'
import type { Need } from './room.ts'
import { chooseSnapshot } from './snapshots.ts'

export type IndexSize = { readonly index: string; readonly shards: number; readonly bytes: number }

export interface SourceFacts {
  readonly nowMs: number
  readonly inventory: NamedCluster
  readonly identity: ClusterIdentity
  /** As asked for: names, `latest` among them. */
  readonly asked: { readonly repository: string; readonly snapshot: string }
  readonly repositories: readonly Repository[]
  /** Why the repository or the snapshot cannot be read; `null` where they can. */
  readonly problem: string | null
  readonly snapshot: SnapshotInfo | null
  /** Of every index of the snapshot. */
  readonly sizes: readonly IndexSize[]
  readonly wanted: readonly string[]
  readonly unmatched: readonly string[]
  readonly manifest: FoundManifest
  readonly work: readonly RepositoryWork[]
  readonly nodes: readonly NodeInfo[]
  readonly disk: readonly DiskUse[]
  readonly watermarks: Watermarks
  readonly budget: { readonly perNode: number; readonly dataNodes: number; readonly open: number }
  /** What is there at the same time at most. */
  readonly needs: readonly Need[]
}

export type Source = Omit<SourceFacts, 'needs'>

export async function lookAtSource(
  look: Look,
  asked: SourceFacts['asked'],
  patterns: readonly string[],
): Promise<Source> {
  const { elasticsearch: es, snapshots, indices } = look
  const inventory = await look.ansible.inventory()
  const identity = await es.identity()
  const repositories = await snapshots.repositories()
  const read = await readRepository(look, asked, repositories)
  const [work, nodes, disk, watermarks, budget] = await Promise.all([
    snapshots.work(),
    es.nodes(),
    es.disk(),
    es.watermarks(),
    indices.shardBudget(),
  ])
  const { snapshot } = read
  return {
    nowMs: look.clock.now().getTime(),
    inventory: nameCluster(inventory),
    ...{ identity, asked, repositories, ...read, work, nodes, disk, watermarks, budget },
    ...matchIndices(patterns, snapshot?.indices ?? []),
    manifest:
      snapshot === null
        ? { manifest: null, text: 'there is no snapshot' }
        : await readManifest(look, asked.repository, snapshot),
  }
}

/** These say something of the repository; everything else is trouble of the cluster. */
const unreadable = ['REPOSITORY_MISSING', 'REPOSITORY_BROKEN', 'SNAPSHOT_MISSING', 'CLUSTER_REJECTED']

async function readRepository(
  look: Look,
  { repository, snapshot: asked }: SourceFacts['asked'],
  repositories: readonly Repository[],
): Promise<Pick<SourceFacts, 'problem' | 'snapshot' | 'sizes'>> {
  const { snapshots } = look
  const registered = repositories.find(({ name }) => name === repository)
  if (registered === undefined)
    return { problem: `${repository} is not registered`, snapshot: null, sizes: [] }
  let snapshot: SnapshotInfo | null = null
  try {
    snapshot = chooseSnapshot(await snapshots.list(repository), asked)
    const sizes = snapshot === null ? [] : (await snapshots.progress(repository, snapshot.name)).indices
    return { problem: null, snapshot, sizes }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (!unreadable.includes(code)) throw thrown
    const damage = snapshot === null ? '' : await nameDamage(look, registered, snapshot)
    return { problem: `${message}${damage}`, snapshot, sizes: [] }
  }
}

const mostNamed = 3

/** The servers say which file of the repository they cannot read; whose it is only the repository itself tells. */
async function nameDamage(look: Look, repository: Repository, snapshot: SnapshotInfo): Promise<string> {
  try {
    const { troubles } = await checkFiles(look, { repository }, snapshot, false)
    return troubles.length === 0 ? '' : `; ${troubles.slice(0, mostNamed).join('; ')}`
  } catch (thrown) {
    return `; which index that is of nobody can tell: ${toOpsError(thrown).message}`
  }
}
