// The whole restore. However it ends, what is in use is proven, what is not proven is gone again, and the writers run.
import { exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { removeMade } from './batch.ts'
import { batchesOf } from './batches.ts'
import { handOver } from './hand-over.ts'
import type { RestoreParams } from './params.ts'
import type { RestoreDetails } from './plan.ts'
import { readManifest } from './read-manifest.ts'
import { type Proof, restoreAndProve } from './restore-and-prove.ts'
import { sayProof } from './say.ts'
import { whileWritersStand } from './writers.ts'

/**
 * 1. The same cluster as in the plan?
 * 2. Writers stand still, where they are to.
 * 3. Restore, wait until every expected shard is there, compare every index with the manifest. Journalled as a whole: up to
 *    then everything that this run has made is deleted again when it fails or is to end.
 * 4. For real: swap names, set consumers back. From the proof on there is only the way forward.
 * 5. Writers come back, whatever happened.
 */
export async function applyRestore(run: Run, details: RestoreDetails, params: RestoreParams): Promise<void> {
  await checkCluster(run, details.clusterUuid)
  const beganMs = await run.note('began', async () => run.clock.now().getTime())
  let proof: Proof | null = null
  await whileWritersStand(run, details.writers, async () => {
    proof = await orRemove(run, details, params, () => noteProof(run, details, params))
    if (proof !== null) await handOver(run, details)
  })
  if (proof === null) return run.safePoint()
  await sayProof(run, details, proof, params.incident === undefined ? beganMs : Date.parse(params.incident))
}

class Unfinished extends Error {}

async function noteProof(run: Run, details: RestoreDetails, params: RestoreParams): Promise<Proof | null> {
  try {
    return await run.note('proof', async () => {
      if (run.ending) throw new Unfinished()
      const { manifest } = await readManifest(run, details.from.repository, details.from)
      const proof = await restoreAndProve(run, batchesOf(run, details), manifest, params.stall)
      if (proof === null) throw new Unfinished()
      return proof
    })
  } catch (thrown) {
    if (thrown instanceof Unfinished) return null
    throw thrown
  }
}

async function orRemove(
  run: Run,
  details: RestoreDetails,
  { keep }: RestoreParams,
  work: () => Promise<Proof | null>,
): Promise<Proof | null> {
  try {
    const proof = await work()
    if (proof === null) await removeAll(run, details)
    return proof
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    const error = toOpsError(thrown)
    if (keep && details.renamed.length > 0)
      throw addTo(error, `kept for a look: restored-${run.id}-*; ops abort ${run.id} deletes them`)
    const removed = await removeAll(run, details).catch(toOpsError)
    if (!(removed instanceof OpsError))
      throw addTo(error, removed.length === 0 ? '' : `deleted again: ${removed.length} restored indices`)
    throw new OpsError(error.code, {
      message: `${error.message}; and not everything that was restored could be deleted: ${removed.message}`,
      hint: `when the cluster answers again: ops abort ${run.id} deletes it`,
      exitCode: exitCodes.needsHuman,
      cause: error,
    })
  }
}

function addTo(error: OpsError, more: string): OpsError {
  if (more === '') return error
  const { code, message, hint, exitCode, next } = error
  return new OpsError(code, {
    message: `${message}; ${more}`,
    ...(hint === undefined ? {} : { hint }),
    ...{ exitCode, next, cause: error },
  })
}

async function removeAll(run: Run, details: RestoreDetails): Promise<readonly string[]> {
  const removed: string[] = []
  for (const batch of batchesOf(run, details)) removed.push(...(await removeMade(run, batch)))
  return removed
}
