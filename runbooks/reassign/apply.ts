// The whole reassignment: chunk by chunk, each on the world as it is then. However it ends, no partition is half moved and no
// throttle is left.
import { decideBatch, exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { checkCluster } from '../expand-partitions/right-cluster.ts'
import { composeChunk, makeChunk, type Readings, renewChunk } from './chunk.ts'
import { checkAfterwards, electLeaders } from './finish.ts'
import type { ReassignParams } from './params.ts'
import type { ReassignDetails } from './plan.ts'
import { leaveAsItWas, takeBack } from './take-back.ts'

/**
 * 1. The same cluster as in the plan?
 * 2. Chunk by chunk: choose on fresh metadata, throttle, move, wait, give back. One more move a broker after a good one, half as
 *    many after a bad one.
 * 3. Elect preferred leaders; look at every move again; say the balance.
 * On any trouble, and when the run is to end, what is under way is taken back first.
 */
export async function applyReassign(
  run: Run,
  details: ReassignDetails,
  params: ReassignParams,
): Promise<void> {
  await checkCluster(run, details)
  if (details.moves.length === 0) return
  await leaveWhenEnding(run, details)
  await orTakeBack(run, details, () => moveAll(run, details, params))
  await leaveWhenEnding(run, details)
  await electLeaders(run, details)
  await checkAfterwards(run, details)
}

/** Returns when all is moved, or when the run is to end. */
async function moveAll(run: Run, details: ReassignDetails, params: ReassignParams): Promise<void> {
  const readings: Readings = { last: null }
  let perBroker = params.batch
  for (let number = 1; !run.ending; number++) {
    const choice = { perBroker, readings }
    let isFresh = false
    const chunk = await run.note(`chunk.${number}`, () => {
      isFresh = true
      return composeChunk(run, details, params, choice)
    })
    if (chunk === null) return
    const end = await noteEnd(run, number, async () => {
      const due = isFresh ? chunk : await renewChunk(run, number, chunk, details, params, readings)
      return makeChunk(run, number, due, details, params)
    })
    if (end === null) return
    perBroker = decideBatch(chunk.perBroker, params.batch, end.good)
  }
}

class Unfinished extends Error {}

/** Only a chunk that has come to its end is journalled; one that has not is gone through again on resume. */
async function noteEnd<T>(run: Run, number: number, make: () => Promise<T | null>): Promise<T | null> {
  try {
    return await run.note(`chunk.${number}.end`, async () => {
      const end = await make()
      if (end === null) throw new Unfinished()
      return end
    })
  } catch (thrown) {
    if (thrown instanceof Unfinished) return null
    throw thrown
  }
}

async function orTakeBack(run: Run, details: ReassignDetails, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    const error = toOpsError(thrown)
    const left = await takeBack(run, details).then(() => null, toOpsError)
    if (left === null) throw error
    throw new OpsError(error.code, {
      message: `${error.message}; and not everything could be taken back: ${left.message}`,
      hint: `when every broker answers: ops resume ${run.id} carries on, ops abort ${run.id} takes it back`,
      exitCode: exitCodes.needsHuman,
      cause: error,
    })
  }
}

/** A safe point: nothing is half moved. Does not return when the run is to end. */
async function leaveWhenEnding(run: Run, details: ReassignDetails): Promise<void> {
  if (!run.ending) return
  await leaveAsItWas(run, details)
  await run.safePoint()
}
