// What the playbooks on the files of a repository do in a fake world. They keep the promises of playbooks/repository_space.yml,
// snapshot_files.yml and manifest_*.yml; a shard that is corrupt in the fake lacks a file here.
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeHost, FakePlaybook } from '../fake-ansible/fake-ansible.ts'
import type { FakeCluster } from '../fake-cluster/fake-cluster.ts'

export interface RepositoryFiles {
  freeBytes: number
  /** By name of the snapshot, as they were written: gzip in base64. */
  readonly manifests: Map<string, string>
  /** How often the files of a snapshot were looked for. */
  looks: number
}

export const emptyFiles = (): RepositoryFiles => ({ freeBytes: 1e12, manifests: new Map(), looks: 0 })

/** A host that has the directory of the repository. */
export const repositoryHost: FakeHost = {
  name: 'es-repo01',
  groups: ['elasticsearch', 'es_master'],
  vars: { es_repo_dir: '/srv/elk_backup' },
}

export function playbooksOnRepository(
  files: RepositoryFiles,
  cluster: FakeCluster,
): Record<string, FakePlaybook> {
  const wanted = (vars: JsonObject): readonly string[] =>
    (vars.ops_snapshots as readonly string[] | undefined) ?? [String(vars.ops_snapshot)]
  return {
    'repository_space.yml': () => ({
      changed: false,
      result: { free_bytes: String(files.freeBytes), total_bytes: '2000000000000' },
    }),
    'snapshot_files.yml': (_host, { vars }) => {
      files.looks += 1
      return { changed: false, result: lookForFiles(cluster, String(vars.ops_snapshot_uuid)) }
    },
    'manifest_write.yml': (_host, { vars }) => {
      const [name = ''] = wanted(vars)
      const changed = files.manifests.get(name) !== vars.ops_manifest
      files.manifests.set(name, String(vars.ops_manifest))
      return { changed, result: { changed } }
    },
    'manifest_read.yml': (_host, { vars }) => ({
      changed: false,
      result: { manifest: files.manifests.get(wanted(vars)[0] ?? '') ?? null },
    }),
    'manifest_remove.yml': (_host, { vars }) => {
      const removed = wanted(vars).filter(name => files.manifests.delete(name))
      return { changed: removed.length > 0, result: { removed } }
    },
  }
}

function lookForFiles({ state }: FakeCluster, uuid: string): JsonObject {
  const snapshot = Object.values(state.stores)
    .flatMap(({ snapshots }) => snapshots)
    .find(one => one.uuid === uuid)
  if (snapshot === undefined) throw new Error(`the table of contents does not name the snapshot ${uuid}`)
  const shards = snapshot.indices.flatMap(index =>
    index.shards.map(shard => ({ index: index.name, ...shard })),
  )
  const troubles = shards
    .filter(({ corrupt }) => corrupt)
    .map(({ index, number }) => ({
      ...{ index, shard: number, file: `indices/x/${number}/__y` },
      why: 'is not there (_0.cfs)',
    }))
  return {
    shards: shards.length,
    files: shards.length * 3,
    bytes: Math.round(shards.reduce((sum, { bytes }) => sum + bytes, 0)),
    lost: troubles.length,
    troubles,
  }
}
