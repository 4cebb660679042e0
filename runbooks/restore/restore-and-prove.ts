// Restores batches, waits until every shard is there, and compares each index. It ends with everything proven, or it throws.
import { durationMs, type Run } from '#sdk'
import type { Manifest } from '../snapshot/manifest.ts'
import { type Batch, beginRestore, type Made } from './batch.ts'
import { type ContentVerdict, checkVerdicts, proveContent } from './prove.ts'
import { waitUntilRestored } from './wait-for-restore.ts'

export type Proof = {
  readonly verdicts: readonly ContentVerdict[]
  readonly restoreSeconds: number
  readonly compareSeconds: number
  readonly provenAtMs: number
}

/** `null` when the run is to end before that. */
export async function restoreAndProve(
  run: Run,
  batches: readonly Batch[],
  manifest: Manifest | null,
  stall: string,
): Promise<Proof | null> {
  const beganMs = run.clock.monotonicMs()
  const made: Made[] = []
  for (const batch of batches) {
    if (run.ending) return null
    const own = await beginRestore(run, batch)
    if (!(await waitUntilRestored(run, batch, own, durationMs(stall)))) return null
    made.push(...own)
  }
  const restoredMs = run.clock.monotonicMs()
  const verdicts: ContentVerdict[] = []
  for (const one of made) {
    if (run.ending) return null
    const wanted = manifest?.indices.find(({ index }) => index === one.index) ?? null
    verdicts.push(await proveContent(run, one, wanted))
  }
  checkVerdicts(verdicts)
  return {
    verdicts,
    restoreSeconds: (restoredMs - beganMs) / 1000,
    compareSeconds: (run.clock.monotonicMs() - restoredMs) / 1000,
    provenAtMs: run.clock.now().getTime(),
  }
}
