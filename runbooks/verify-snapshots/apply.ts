// The whole verification: index by index restored, compared, deleted, and remembered. One that fails does not keep the others from
// their turn, and the run ends failed all the same. Nothing of it stays.
import { durationMs, OpsError, type Run, sayFew, toOpsError } from '#sdk'
import { type Batch, beginRestore, removeMade, withoutForCopies } from '../restore/batch.ts'
import { proveContent, sayVerdict } from '../restore/prove.ts'
import { readManifest } from '../restore/read-manifest.ts'
import type { IndexSize } from '../restore/source.ts'
import { waitUntilRestored } from '../restore/wait-for-restore.ts'
import { checkCluster } from '../snapshot/check-cluster.ts'
import type { Manifest } from '../snapshot/manifest.ts'
import type { VerifyParams } from './params.ts'
import { sayOldest, type VerifyDetails } from './plan.ts'
import { keepVerification, readVerifications, type Verification } from './verification.ts'

type Found = Omit<Verification, 'at' | 'run' | 'provenAt'>

export async function applyVerification(
  run: Run,
  details: VerifyDetails,
  params: VerifyParams,
): Promise<void> {
  await checkCluster(run, details.clusterUuid)
  const { repository } = details.from
  const { manifest } = await readManifest(run, repository, details.from)
  const bad: string[] = []
  for (const size of details.sample) {
    const found = await noteFound(run, batchOf(run, details, size), manifest, params)
    if (found === null) return run.safePoint()
    await keepVerification(run, repository, size.index, found)
    await run.mark(`verdict.${size.index}`, 'remark', { text: sayFound(size.index, found), ...found })
    if (found.verdict === 'differs' || found.verdict === 'not-restored') bad.push(sayFound(size.index, found))
  }
  await sayAges(run, details)
  if (bad.length === 0) return
  throw new OpsError('CONTENT_DIFFERS', {
    message: `not what the snapshot should hold: ${sayFew(bad, 3)}`,
    hint: `keep ${details.from.name} as it is, take a new snapshot, and verify the repository`,
  })
}

const batchOf = (run: Run, { from }: VerifyDetails, size: IndexSize): Batch => ({
  key: size.index,
  from,
  indices: [size],
  prefix: `drill-${run.id}-`,
  replicas: 0,
  without: withoutForCopies,
})

class Unfinished extends Error {}

/** Once for the run; `null` when it is to end before that. Whatever happens, the copy is deleted. */
async function noteFound(
  run: Run,
  batch: Batch,
  manifest: Manifest | null,
  params: VerifyParams,
): Promise<Found | null> {
  try {
    return await run.note(`${batch.key}.found`, async () => {
      const found = await andRemove(run, batch, () => verify(run, batch, manifest, params))
      if (found === null) throw new Unfinished()
      return found
    })
  } catch (thrown) {
    if (thrown instanceof Unfinished) return null
    throw thrown
  }
}

async function andRemove<T>(run: Run, batch: Batch, work: () => Promise<T>): Promise<T> {
  let thrown: unknown = null
  let result: T | null = null
  try {
    result = await work()
  } catch (caught) {
    if (run.signal.aborted) throw caught
    thrown = caught
  }
  await removeMade(run, batch)
  if (thrown !== null) throw thrown
  return result as T
}

async function verify(
  run: Run,
  batch: Batch,
  manifest: Manifest | null,
  { stall }: VerifyParams,
): Promise<Found | null> {
  if (run.ending) return null
  const {
    from,
    indices: [size],
  } = batch
  const beganMs = run.clock.monotonicMs()
  const found = (verdict: Found['verdict'], rest: Partial<Found>): Found => ({
    ...{ snapshot: from.name, verdict, differences: [], docs: 0, bytes: 0, ...rest },
    seconds: Math.round((run.clock.monotonicMs() - beganMs) / 100) / 10,
  })
  try {
    const made = await beginRestore(run, batch)
    if (!(await waitUntilRestored(run, batch, made, durationMs(stall)))) return null
    const [one] = made
    if (one === undefined || size === undefined) return found('not-restored', { differences: ['it is gone'] })
    const wanted = manifest?.indices.find(({ index }) => index === one.index) ?? null
    const { docs, bytes, differences, compared } = await proveContent(run, one, wanted)
    const verdict = differences.length > 0 ? 'differs' : compared ? 'equal' : 'restored'
    return found(verdict, { docs, bytes, differences: [...differences] })
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (!ofTheSnapshot.includes(code)) throw thrown
    return found('not-restored', { differences: [message] })
  }
}

/** These speak of what lies in the repository; everything else is trouble of the cluster, and says nothing of the index. */
const ofTheSnapshot = ['RESTORE_FAILED', 'CONTENT_DIFFERS', 'REPOSITORY_BROKEN', 'CLUSTER_REJECTED']

const sayFound = (index: string, { verdict, differences, docs, bytes, seconds }: Found): string =>
  verdict === 'not-restored'
    ? `${index}: ${differences.join('; ')}`
    : `${sayVerdict({ ...{ index, name: '', uuid: '', docs, bytes, differences }, compared: verdict !== 'restored' })}, ${seconds} s`

async function sayAges(run: Run, { from, indices }: VerifyDetails): Promise<void> {
  const known = await readVerifications(run.evidence, from.repository)
  const nowMs = run.clock.now().getTime()
  const candidates = indices.map(index => {
    const provenAt = known.get(index)?.provenAt ?? null
    return { index, provenAtMs: provenAt === null ? null : Date.parse(provenAt) }
  })
  for (const [at, text] of sayOldest(candidates, nowMs).entries())
    await run.mark(`oldest.${at}`, 'remark', { text })
}
