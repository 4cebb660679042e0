// What is in every index before the snapshot begins: counts, times and hashes of some documents. Whatever is remembered here is in
// the snapshot, for it was refreshed before that began. Kept as evidence of the run, not in its journal: that would be megabytes.
import { createHash } from 'node:crypto'
import { type IndexContent, type IndexFacts, type Json, OpsError, type Run } from '#sdk'
import { type Manifest, type ManifestIndex, manifestKey, samplesPerIndex } from './manifest.ts'
import type { SnapshotDetails } from './plan.ts'

export type Draft = {
  readonly version: 1
  readonly indicesHash: string
  /** The most is not known yet. */
  readonly indices: readonly ManifestIndex[]
}

const countedAtOnce = 25
const sampledAtOnce = 4

export const draftKey = (run: string): string => `draft/${run}`

class Unfinished extends Error {}

/** Measures once; on resume nothing is measured again. Returns early when the run is to end. */
export async function measureIndices(run: Run, details: SnapshotDetails): Promise<void> {
  try {
    await run.note(`measured.${details.indicesHash.slice(0, 12)}`, async () => {
      const indices = await measure(run, details)
      const draft: Draft = { version: 1, indicesHash: details.indicesHash, indices }
      await run.evidence.put('manifest', draftKey(run.id), run.clock.now(), draft as unknown as Json)
      return { indices: indices.length, samples: indices.reduce((sum, one) => sum + one.samples.length, 0) }
    })
  } catch (thrown) {
    if (!(thrown instanceof Unfinished)) throw thrown
  }
}

/** What was measured; from the manifest once that is kept. */
export async function readMeasured(
  run: Run,
  { indicesHash, repository, snapshot }: SnapshotDetails,
): Promise<readonly ManifestIndex[]> {
  const draft = (await run.evidence.get('manifest', draftKey(run.id))) as unknown as Draft | null
  if (draft !== null && draft.indicesHash === indicesHash) return draft.indices
  const key = manifestKey(repository.name, snapshot)
  const manifest = (await run.evidence.get('manifest', key)) as unknown as Manifest | null
  if (manifest?.run === run.id) return manifest.indices
  throw new OpsError('STATE_UNUSABLE', {
    message: 'what was measured before the snapshot began is not in the state directory any more',
    hint: `take another one: ops run snapshot · and give this one up: ops abort ${run.id}`,
  })
}

async function measure(run: Run, details: SnapshotDetails): Promise<readonly ManifestIndex[]> {
  const found = await findPlanned(run, details)
  const contents = new Map<string, IndexContent>()
  for (let at = 0; at < found.length; at += countedAtOnce) {
    checkGoingOn(run)
    run.progress('indices', `counts documents: ${at} of ${found.length}`)
    const names = found.slice(at, at + countedAtOnce).map(({ name }) => name)
    for (const one of await run.indices.content(names)) contents.set(one.index, one)
  }
  const earlier = await readNewest(run, details.repository.name)
  const measured: ManifestIndex[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let facts = found[next++]; facts !== undefined; facts = found[next++]) {
      checkGoingOn(run)
      const content = contents.get(facts.name)
      if (content === undefined)
        throw new OpsError('CLUSTER_BUSY', { message: `nobody counts the documents of ${facts.name}` })
      run.progress('indices', `remembers documents: ${measured.length} of ${found.length}`)
      measured.push(await describe(run, facts, content, earlier))
    }
  }
  await Promise.all(Array.from({ length: sampledAtOnce }, work))
  return measured.sort((a, b) => (a.index < b.index ? -1 : 1))
}

function checkGoingOn({ signal, ending }: Run): void {
  if (signal.aborted) throw signal.reason
  if (ending) throw new Unfinished()
}

/** Those of the plan that are still there, and still the same. */
export async function findPlanned(
  run: Run,
  { patterns, indices }: SnapshotDetails,
): Promise<readonly IndexFacts[]> {
  const uuids = new Set(indices.map(({ uuid }) => uuid))
  return (await run.indices.find(patterns)).filter(({ uuid, open }) => open && uuids.has(uuid))
}

async function describe(
  run: Run,
  facts: IndexFacts,
  content: IndexContent,
  earlier: Manifest | null,
): Promise<ManifestIndex> {
  const { name, uuid, shards, mappingHash } = facts
  const { docs, bytes, fromMs, untilMs } = content
  const known = earlier?.indices.find(one => one.uuid === uuid)
  const samples =
    known !== undefined && isUnchanged(facts, content, known)
      ? known.samples
      : await run.indices.sample(name, samplesPerIndex, seedOf(`${run.id} ${name}`))
  return {
    ...{ index: name, uuid, shards, bytes, fromMs, untilMs, mappingHash, samples },
    docs: { least: docs, most: docs },
  }
}

/** Nobody has written to it since, so what was remembered then holds still. */
function isUnchanged({ settings, mappingHash }: IndexFacts, { docs }: IndexContent, known: ManifestIndex) {
  return (
    settings['index.blocks.write'] === 'true' &&
    known.docs.least === docs &&
    known.docs.most === docs &&
    known.mappingHash === mappingHash &&
    known.samples.length === Math.min(docs, samplesPerIndex)
  )
}

async function readNewest(run: Run, repository: string): Promise<Manifest | null> {
  const entries = await run.evidence.list('manifest')
  const newest = entries.find(({ key }) => key.startsWith(manifestKey(repository, '')))
  return newest === undefined
    ? null
    : ((await run.evidence.get('manifest', newest.key)) as unknown as Manifest | null)
}

/** The same documents on every attempt of a run, others in every run. */
const seedOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0)
