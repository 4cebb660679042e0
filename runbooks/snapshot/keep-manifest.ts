// Keeps the manifest of a snapshot that was accepted: as evidence in the state directory, and beside the files of the repository,
// where whoever restores without this state directory finds it.
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Json, Observation, Run, SnapshotInfo } from '#sdk'
import { type Manifest, type ManifestIndex, manifestKey } from './manifest.ts'
import { draftKey, findPlanned, readMeasured } from './measure.ts'
import { playOnRepository } from './on-repository.ts'
import type { SnapshotDetails } from './plan.ts'

const countedAtOnce = 25

/** What was measured before, of the indices that are in it, and what is in them now that it has ended. */
export async function composeManifest(
  run: Run,
  details: SnapshotDetails,
  info: SnapshotInfo,
): Promise<Manifest> {
  const measured = await readMeasured(run, details)
  const taken = measured.filter(({ index }) => info.indices.includes(index))
  const there = new Set((await findPlanned(run, details)).map(({ uuid }) => uuid))
  const counted = taken.filter(({ uuid }) => there.has(uuid)).map(({ index }) => index)
  const most = new Map<string, number>()
  for (let at = 0; at < counted.length; at += countedAtOnce)
    for (const { index, docs } of await run.indices.content(counted.slice(at, at + countedAtOnce)))
      most.set(index, docs)
  return {
    version: 1,
    repository: details.repository.name,
    snapshot: info.name,
    snapshotUuid: info.uuid,
    cluster: details.cluster,
    run: run.id,
    startedAtMs: info.startedAtMs,
    endedAtMs: info.endedAtMs ?? info.startedAtMs,
    indices: taken.map(one => withMost(one, most.get(one.index))),
  }
}

const withMost = (one: ManifestIndex, docs: number | undefined): ManifestIndex => ({
  ...one,
  docs: { least: one.docs.least, most: Math.max(one.docs.least, docs ?? 0) },
})

/** Says where it was kept beside the files; `null` where no host has them. */
export async function keepManifest(
  run: Run,
  details: SnapshotDetails,
  manifest: () => Promise<Manifest>,
): Promise<string | null> {
  const { repository, snapshot } = details
  const key = manifestKey(repository.name, snapshot)
  const kept = async (): Promise<Manifest | null> => {
    const found = (await run.evidence.get('manifest', key)) as unknown as Manifest | null
    return found?.run === run.id ? found : null
  }
  await run.step({
    key: `manifest.${snapshot}`,
    title: `keep the manifest of ${key}`,
    observe: async () => isDone((await kept()) !== null),
    apply: async () => {
      await run.evidence.put('manifest', key, run.clock.now(), (await manifest()) as unknown as Json)
      return null
    },
  })
  return run.step({
    key: `manifest-file.${snapshot}`,
    title: `write the manifest beside the files of ${repository.name}`,
    // Writing the same once more changes nothing.
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const played = await playOnRepository(run, repository, 'manifest_write.yml', {
        ops_snapshot: snapshot,
        ops_manifest: packManifest((await kept()) ?? (await manifest())),
      })
      return played?.host ?? null
    },
    retries: 1,
  })
}

const isDone = (done: boolean): Observation<null> =>
  done ? { state: 'done', result: null } : { state: 'not-done' }

/** As it lies beside the files: gzip, in base64. */
export const packManifest = (manifest: Manifest): string =>
  gzipSync(JSON.stringify(manifest)).toString('base64')

export const unpackManifest = (packed: string): Json =>
  JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as Json

export async function removeDraft(run: Run): Promise<void> {
  await run.step({
    key: 'draft.remove',
    title: 'forget what was measured before',
    observe: async () => isDone((await run.evidence.get('manifest', draftKey(run.id))) === null),
    apply: async () => {
      await run.evidence.remove('manifest', draftKey(run.id))
      return null
    },
  })
}
