// Takes a snapshot through the ports, on the fake and on real servers, and says in a manifest what a restore of it must hold. The
// indices must be quiet meanwhile.
import { type Manifest, samplesPerIndex } from '../../runbooks/snapshot/manifest.ts'
import type { ElasticsearchPort } from '../../src/ports/elasticsearch.ts'
import type { IndicesPort } from '../../src/ports/indices.ts'
import type { SnapshotInfo, SnapshotsPort } from '../../src/ports/snapshots.ts'

interface Cluster extends Pick<ElasticsearchPort, 'identity'> {
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
}

const pauseMs = 200

export async function takeSnapshot(
  cluster: Cluster,
  wanted: { readonly repository: string; readonly name: string; readonly indices: readonly string[] },
  sleep: (ms: number) => Promise<unknown>,
): Promise<Manifest> {
  const { repository, name } = wanted
  const facts = await cluster.indices.find(wanted.indices)
  const names = facts.map(one => one.name)
  const contents = await cluster.indices.content(names)
  const samples = new Map<string, Manifest['indices'][number]['samples']>()
  for (const index of names) samples.set(index, await cluster.indices.sample(index, samplesPerIndex, 1))
  const metadata = { taken_by: 'ops', run: 'run-0' }
  await cluster.snapshots.create({ repository, name, indices: names, globalState: false, metadata })
  const info = await waitForEnd(cluster.snapshots, repository, name, sleep)
  const { clusterName, clusterUuid, version } = await cluster.identity()
  return {
    version: 1,
    ...{ repository, snapshot: name, snapshotUuid: info.uuid, run: 'run-0' },
    cluster: { name: clusterName, uuid: clusterUuid, version },
    startedAtMs: info.startedAtMs,
    endedAtMs: info.endedAtMs ?? 0,
    indices: facts.map(({ name: index, uuid, shards, mappingHash }) => {
      const content = contents.find(one => one.index === index)
      if (content === undefined) throw new Error(`${index} has no content`)
      const { docs, bytes, fromMs, untilMs } = content
      const ends = { docs: { least: docs, most: docs }, bytes, fromMs, untilMs }
      return { index, uuid, shards, mappingHash, ...ends, samples: samples.get(index) ?? [] }
    }),
  }
}

async function waitForEnd(
  snapshots: SnapshotsPort,
  repository: string,
  name: string,
  sleep: (ms: number) => Promise<unknown>,
): Promise<SnapshotInfo> {
  for (;;) {
    const info = (await snapshots.list(repository)).find(one => one.name === name)
    if (info === undefined) throw new Error(`there is no snapshot ${name}`)
    if (info.state !== 'IN_PROGRESS') return info
    await sleep(pauseMs)
  }
}
