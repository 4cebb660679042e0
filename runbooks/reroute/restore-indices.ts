// Restores red indices from a snapshot through the parts of the restore runbook: beside them first, compared, and put in their place only
// when another person has said yes to each. Nothing red is deleted before.
import { OpsError, type Run, sayTime, toOpsError } from '#sdk'
import { type Batch, removeMade } from '../restore/batch.ts'
import { batchesOf } from '../restore/batches.ts'
import { lookAtRestore } from '../restore/facts.ts'
import { gates as restoreGates } from '../restore/gates/index.ts'
import { handOver } from '../restore/hand-over.ts'
import { params as restoreParams } from '../restore/params.ts'
import { planRestore, type RestoreDetails } from '../restore/plan.ts'
import { readManifest } from '../restore/read-manifest.ts'
import { type Proof, restoreAndProve } from '../restore/restore-and-prove.ts'
import type { Remedy } from '../triage/diagnosis.ts'
import type { RerouteParams } from './params.ts'

export async function restoreIndices(
  run: Run,
  key: string,
  { indices, repository, snapshot }: Remedy & { do: 'restore' },
  { stall }: RerouteParams,
): Promise<string> {
  const details = await run.note(`${key}.plan`, async () => {
    const asked = restoreParams.parse({
      repository,
      snapshot,
      indices: indices.join(','),
      into: 'place',
      stall,
    })
    const facts = await lookAtRestore(run, asked)
    await run.judge(ownGates, facts, asked)
    const { details: planned } = planRestore(facts, asked)
    if (planned.straight.length > 0)
      throw new OpsError('REROUTE_REFUSED', {
        message: `${planned.straight.map(({ index }) => index).join(', ')}: there is no such index any more; ops run restore makes it anew`,
      })
    return planned
  })
  await orRemove(run, key, details, () => noteProof(run, key, details, stall))
  for (const { index } of details.aside) await run.approval(sayReplaced(index, details))
  await handOver(run, details)
  return `${indices.join(', ')} restored from ${snapshot}; what was written since ${sayTime(details.from.startedAtMs)} is lost`
}

/**
 * What these ask for is asked here of another person, index by index, when the restored one is proven. Until the one cluster state of the
 * swap the red index is there, so that no writer can make it anew.
 */
const askedHere = [
  'restore_over_an_existing_index_is_approved',
  'no_restore_over_an_open_index',
  'writers_stand_still',
]
const ownGates = restoreGates.filter(({ name }) => !askedHere.includes(name))

const sayReplaced = (index: string, { from }: RestoreDetails): string =>
  `put ${index} of snapshot ${from.name} in the place of the red ${index}: what was written to it since ${sayTime(from.startedAtMs)} is lost`

/** Steps of this turn; names are those of the run. */
const ownBatches = (run: Run, key: string, details: RestoreDetails): readonly Batch[] =>
  batchesOf(run, details).map(batch => ({ ...batch, key: `${key}.${batch.key}` }))

function noteProof(run: Run, key: string, details: RestoreDetails, stall: string): Promise<Proof> {
  return run.note(`${key}.proof`, async () => {
    await run.safePoint()
    const { manifest } = await readManifest(run, details.from.repository, details.from)
    const proof = await restoreAndProve(run, ownBatches(run, key, details), manifest, stall)
    if (proof !== null) return proof
    await run.safePoint()
    throw new OpsError('BUG', { message: 'a restore ended without a proof' })
  })
}

/** What is not proven is gone again. A run that is only to end keeps it: the resume goes on with it, the abort deletes it. */
async function orRemove<T>(
  run: Run,
  key: string,
  details: RestoreDetails,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (run.signal.aborted || run.ending || !(thrown instanceof OpsError)) throw thrown
    for (const batch of ownBatches(run, key, details)) await removeMade(run, batch).catch(toOpsError)
    throw thrown
  }
}

/** For an abort: copies of this run that nothing points at. */
export async function removeCopies(run: Run): Promise<void> {
  const find = async () =>
    (await run.indices.find([`restored-${run.id}-*`])).filter(({ aliases }) => aliases.length === 0)
  const made = await find()
  if (made.length === 0) return
  const names = made.map(({ name, uuid }) => ({ name, uuid }))
  await run.step({
    key: `undo.${run.fencing}.remove`,
    title: `delete ${made.length} restored copies`,
    before: names,
    observe: async () =>
      (await find()).length === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await run.indices.remove(names)
      return null
    },
    retries: 2,
  })
}
