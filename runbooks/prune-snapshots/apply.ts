// Deletes what the plan names, repository by repository. What goes wrong in one does not keep the others from it, and the run ends as
// failed and names it.
import { OpsError, type Run, sayBytes, toOpsError } from '#sdk'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { manifestKey } from '../snapshot/manifest.ts'
import { playOnRepository } from '../snapshot/on-repository.ts'
import type { PruneParams } from './params.ts'
import type { PlannedPrune, PruneDetails } from './plan.ts'

/** Snapshots that are deleted by one request. */
const batch = 10
const pollMs = 2000
const stallMs = 3_600_000
const draftDays = 7
const dayMs = 86_400_000

export async function applyPrune(run: Run, details: PruneDetails, params: PruneParams): Promise<void> {
  await checkCluster(run, details.clusterUuid)
  const failures = details.leftOut.map(({ name, why }) => `${name}: ${why}`)
  for (const one of details.repositories) {
    await run.safePoint()
    try {
      await pruneOne(run, one, params)
    } catch (thrown) {
      const { code, message } = orThrow(run, thrown)
      failures.push(`${one.name}: ${message}`)
      await run.mark(`failed.${one.name}.${run.fencing}`, 'remark', {
        text: `${one.name}: ${message} (${code})`,
      })
    }
  }
  await removeOldDrafts(run)
  if (failures.length === 0) return
  throw new OpsError('STEP_FAILED', {
    message: `not pruned: ${failures.join('; ')}`,
    hint: 'mend it, then: ops run prune-snapshots',
  })
}

/** What ends the whole run is no matter of one repository. */
function orThrow(run: Run, thrown: unknown): OpsError {
  if (run.signal.aborted || run.ending || !(thrown instanceof Error)) throw thrown
  const error = toOpsError(thrown)
  if (error.code === 'BUG') throw thrown
  return error
}

async function pruneOne(run: Run, planned: PlannedPrune, { cleanup }: PruneParams): Promise<void> {
  const { name, remove } = planned
  await checkNewestGood(run, planned)
  for (let at = 0; at < remove.length; at += batch) {
    await run.safePoint()
    await removeSome(run, planned, remove.slice(at, at + batch), at / batch + 1)
  }
  await checkNewestGood(run, planned)
  if (cleanup) await cleanUp(run, name)
  if (remove.length > 0 || cleanup)
    await run.mark(`pruned.${name}`, 'remark', {
      text: `${name}: ${remove.length} snapshots deleted, the newest good one is ${planned.newestGood ?? 'none'}`,
    })
}

async function removeSome(
  run: Run,
  planned: PlannedPrune,
  wanted: PlannedPrune['remove'],
  number: number,
): Promise<void> {
  const { name } = planned
  const left = async (): Promise<readonly string[]> => {
    const uuids = new Set(wanted.map(({ uuid }) => uuid))
    return (await run.snapshots.list(name)).filter(({ uuid }) => uuids.has(uuid)).map(one => one.name)
  }
  await run.step({
    key: `${name}.remove.${number}`,
    title: `delete ${wanted.length} snapshots from ${name}`,
    before: wanted.map(one => one.name),
    observe: async () => {
      await waitUntilFree(run, name)
      return (await left()).length === 0 ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      const names = await left()
      if (names.length > 0) await run.snapshots.remove(name, names)
      return null
    },
  })
  await run.step({
    key: `${name}.manifests.${number}`,
    title: `forget the manifests of ${wanted.length} snapshots of ${name}`,
    // Forgetting what is forgotten changes nothing.
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const names = wanted.map(one => one.name)
      for (const one of names) await run.evidence.remove('manifest', manifestKey(name, one))
      const played = await playOnRepository(run, planned, 'manifest_remove.yml', { ops_snapshots: names })
      return played?.host ?? null
    },
    retries: 1,
  })
}

/** A deletion that was begun goes on whether anybody waits for it or not. */
function waitUntilFree(run: Run, name: string): Promise<void> {
  return run.wait({
    subject: name,
    title: 'is being worked on',
    everyMs: pollMs,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const own = (await run.snapshots.work()).filter(({ repository }) => repository === name)
      if (own.length === 0) return { done: undefined }
      return { progress: own.length, text: own.map(({ kind }) => kind).join(', ') }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `${name} is still being worked on: ${lastSeen}` }),
  })
}

async function checkNewestGood(run: Run, { name, newestGood }: PlannedPrune): Promise<void> {
  if (newestGood === null) return
  const found = (await run.snapshots.list(name)).find(one => one.name === newestGood)
  if (found?.state === 'SUCCESS') return
  throw new OpsError('STEP_FAILED', {
    message: `the newest good snapshot ${newestGood} is not there any more`,
    hint: `take one now: ops run snapshot --repository ${name}`,
  })
}

async function cleanUp(run: Run, name: string): Promise<void> {
  const { bytes, blobs } = await run.step({
    key: `${name}.cleanup`,
    title: `delete what no snapshot of ${name} refers to any more`,
    // Nothing tells whether it was done; once more finds nothing to do.
    observe: async () => {
      await waitUntilFree(run, name)
      return { state: 'not-done' }
    },
    apply: async () => ({ ...(await run.snapshots.cleanUp(name)) }),
    retries: 1,
  })
  await run.mark(`cleaned.${name}`, 'remark', {
    text: `${name}: ${blobs} files (${sayBytes(bytes)}) belonged to no snapshot`,
  })
}

/** What runs that were given up have measured. */
async function removeOldDrafts(run: Run): Promise<void> {
  const oldMs = run.clock.now().getTime() - draftDays * dayMs
  const old = (await run.evidence.list('manifest')).filter(
    ({ key, at }) => key.startsWith('draft/') && Date.parse(at) < oldMs,
  )
  for (const { key } of old) await run.evidence.remove('manifest', key)
}
