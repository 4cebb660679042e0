// The whole snapshot. It ends as done only when every index, every shard and every file is there; anything else is left as it is and
// named, for a person may want what is in it.
import { OpsError, type Run, type SnapshotInfo, sayBytes, sayCount, sayFew, saySpan } from '#sdk'
import { decideAcceptance } from './accept.ts'
import { checkCluster } from './check-cluster.ts'
import { checkFiles, verifyAgain } from './check-files.ts'
import { explainOddities } from './compare.ts'
import { composeManifest, keepManifest, removeDraft } from './keep-manifest.ts'
import { type Manifest, manifestKey } from './manifest.ts'
import { findPlanned, measureIndices, readMeasured } from './measure.ts'
import type { SnapshotParams } from './params.ts'
import type { SnapshotDetails } from './plan.ts'
import { beginSnapshot, waitForSnapshot } from './take.ts'

const shown = 5
/** Of this many earlier ones the sizes are looked at. */
const compared = 5

/**
 * 1. The same cluster as in the plan?
 * 2. Measure every index and remember hashes of some documents.
 * 3. Begin; wait for as long as bytes and shards come nearer.
 * 4. Accept it only if every index and shard is there, then look for every file of it.
 * 5. Count once more, keep the manifest in both places.
 */
export async function applySnapshot(
  run: Run,
  details: SnapshotDetails,
  params: SnapshotParams,
): Promise<void> {
  await checkCluster(run, details.cluster.uuid)
  await run.safePoint()
  await measureIndices(run, details)
  await run.safePoint()
  await sayChanges(run, details)
  await beginSnapshot(run, details, params)
  const info = await waitForSnapshot(run, details, params)
  if (info === null) return leaveBehind(run, details)
  const files = await accept(run, details, info, params)
  const beside = await keepManifest(run, details, () => composeManifest(run, details, info))
  await sayResult(run, details, info, [
    files,
    beside === null
      ? 'the manifest is in the state directory alone'
      : `the manifest lies beside it on ${beside}`,
  ])
  await removeDraft(run)
}

/** What came or went since the plan was made. New indices are in the next snapshot. */
async function sayChanges(run: Run, details: SnapshotDetails): Promise<void> {
  const measured = await readMeasured(run, details)
  const known = new Set(details.indices.map(({ uuid }) => uuid))
  const now = (await run.indices.find(details.patterns)).filter(({ open }) => open)
  const come = now.filter(({ uuid }) => !known.has(uuid)).map(({ name }) => name)
  const gone = details.indices
    .filter(({ uuid }) => !measured.some(one => one.uuid === uuid))
    .map(({ index }) => index)
  if (come.length > 0)
    await run.mark('indices.new', 'remark', { text: `made since the plan, not in it: ${sayFew(come)}` })
  if (gone.length > 0)
    await run.mark('indices.gone', 'remark', { text: `deleted since the plan: ${sayFew(gone)}` })
}

/** Says what was looked at; throws where it is not what it was to be. */
async function accept(
  run: Run,
  details: SnapshotDetails,
  info: SnapshotInfo,
  { readBack }: SnapshotParams,
): Promise<string> {
  const { repository, snapshot } = details
  const measured = await readMeasured(run, details)
  const progress = await run.snapshots.progress(repository.name, snapshot)
  const present = await findPlanned(run, details)
  const { troubles, excused } = decideAcceptance({ expected: measured, info, progress, present })
  if (troubles.length > 0) throw failed(run, details, info, troubles)
  if (excused.length > 0)
    await run.mark('indices.excused', 'remark', { text: sayFew(excused, excused.length) })
  run.progress(snapshot, 'looks for its files')
  const files = await checkFiles(run, details, info, readBack)
  const lost = [...files.troubles, ...(await verifyAgain(run, details))]
  if (lost.length > 0) throw failed(run, details, info, lost)
  return files.text
}

function failed(
  run: Run,
  { repository, snapshot }: SnapshotDetails,
  { state }: SnapshotInfo,
  troubles: readonly string[],
): OpsError {
  const more = troubles.length > shown ? `; and ${troubles.length - shown} more` : ''
  const lost = state === 'SUCCESS'
  return new OpsError('SNAPSHOT_FAILED', {
    message: `${repository.name}/${snapshot} says ${state} and is not whole: ${troubles.slice(0, shown).join('; ')}${more}`,
    hint: lost
      ? `later snapshots may share what is lost: take the next one into another repository (--repository), and never restore from this one unproven · run ${run.id}`
      : `it is left as it is; mend the cause, then: ops run snapshot --repository ${repository.name}`,
  })
}

async function sayResult(
  run: Run,
  { repository, snapshot, usualSeconds }: SnapshotDetails,
  info: SnapshotInfo,
  more: readonly string[],
): Promise<void> {
  const key = manifestKey(repository.name, snapshot)
  const manifest = (await run.evidence.get('manifest', key)) as unknown as Manifest
  const { incrementalBytes } = await run.snapshots.progress(repository.name, snapshot)
  const bytes = bytesOf(manifest)
  const seconds = (manifest.endedAtMs - manifest.startedAtMs) / 1000
  const samples = manifest.indices.reduce((sum, one) => sum + one.samples.length, 0)
  await run.mark(`taken.${snapshot}`, 'remark', {
    text: [
      `${key}: ${info.state}, ${info.indices.length} indices, ${info.shards.total} shards, ${sayBytes(bytes)} (${sayBytes(incrementalBytes)} of it new), ${saySpan(seconds * 1000)}`,
      ...more,
      `${sayCount(samples)} documents are remembered`,
    ].join('; '),
  })
  const odd = explainOddities({ bytes, seconds }, await readSizes(run, repository.name, key), usualSeconds)
  if (odd.length > 0) await run.mark(`odd.${snapshot}`, 'remark', { text: `${key}: ${odd.join('; ')}` })
}

const bytesOf = ({ indices }: Manifest): number => indices.reduce((sum, one) => sum + one.bytes, 0)

/** One after the other: a manifest may be megabytes. */
async function readSizes(run: Run, repository: string, but: string): Promise<readonly number[]> {
  const keys = (await run.evidence.list('manifest'))
    .map(({ key }) => key)
    .filter(key => key.startsWith(manifestKey(repository, '')) && key !== but)
  const sizes: number[] = []
  for (const key of keys.slice(0, compared)) {
    const manifest = (await run.evidence.get('manifest', key)) as unknown as Manifest | null
    if (manifest !== null) sizes.push(bytesOf(manifest))
  }
  return sizes
}

/** The cluster goes on with it by itself. */
async function leaveBehind(run: Run, { repository, snapshot }: SnapshotDetails): Promise<void> {
  await run.mark(`left.${run.fencing}`, 'remark', {
    text: `the cluster goes on with ${repository.name}/${snapshot} by itself; it has no manifest before ops resume ${run.id} has seen its end`,
  })
  await run.safePoint()
}
