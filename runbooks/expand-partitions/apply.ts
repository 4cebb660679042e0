// The whole expansion: close the window in which records could be skipped, make the partitions, let everybody read again, and
// prove that nothing was left out.
import { OpsError, type Run, toOpsError } from '#sdk'
import { setThreads } from './fleet.ts'
import {
  isDeleted,
  makePartitions,
  newPartitions,
  ownPartitions,
  waitForLeaders,
  waitForRequest,
} from './make-partitions.ts'
import type { ExpandParams } from './params.ts'
import { changesThreads, type ExpandDetails } from './plan.ts'
import { proveRead } from './prove.ts'
import { restartOneByOne, waitUntilRead } from './readers.ts'
import { checkCluster } from './right-cluster.ts'
import { settle } from './settle.ts'
import {
  commitStarts,
  type Guarded,
  handBack,
  isClosed,
  standStill,
  startAgain,
  stoppedFleets,
} from './stand-still.ts'

/**
 * 1. Consumer threads: their number is put in place, and holds from the next start on.
 * 2. Groups that would begin at the end of a new partition stand still.
 * 3. The partitions are made, as planned; whatever the answer was, the metadata says whether they are there.
 * 4. Offset 0 is committed in every one of them; then the consumers start again, with as many threads as they should have.
 * 5. Groups that begin at the start by themselves go on meanwhile; their instances are restarted one by one for the threads.
 * 6. Every group is stable and has every partition; what lay in the new ones has been read, from the first record on.
 * 7. Producers write to all of them alike, and no lag grows.
 */
export async function applyExpansion(run: Run, planned: ExpandDetails, params: ExpandParams): Promise<void> {
  await checkCluster(run, planned)
  if (run.ending && (await isDeleted(run, planned.topic))) return leaveDeleted(run, planned)
  const now = await countPartitions(run, planned)
  // On the way out, whatever somebody else has made gets its offsets: consumers that stand still have to start again.
  const details = now > planned.from ? { ...planned, to: now } : planned
  if (now > planned.from) await standStillAgain(run, details)
  else await make(run, details)
  const guarded = await finishStanding(run, details, params)
  await restartOneByOne(run, details, params)
  await waitUntilRead(run, details, params)
  await proveRead(run, details, params, guarded)
  await settle(run, details, params)
}

/** There is nothing left to skip: whoever stands still reads what else there is. */
async function leaveDeleted(run: Run, details: ExpandDetails): Promise<void> {
  const reason = `${details.topic} has been deleted`
  await handBack(run, details, new OpsError('STOP_CONDITION', { message: reason }))
  await run.mark('deleted', 'remark', { text: `${reason}; its consumers read again` })
  await run.safePoint()
}

async function countPartitions(run: Run, planned: ExpandDetails): Promise<number> {
  if (run.ending) await waitForRequest(run, planned)
  const { topic, from, to } = planned
  const { length } = await ownPartitions(run, topic)
  if (length === from || length === to || (run.ending && length > from)) return length
  throw new OpsError('STOP_CONDITION', {
    message: `${topic} has ${length} partitions; it had ${from} when the plan was made, and was to have ${to}`,
    hint: `see who has changed it; then: ops abort ${run.id}, which starts consumers that stand still`,
  })
}

/**
 * A process died in between, or partitions turned up after nobody had waited for them any more and the consumers were started
 * with their old threads: whoever reads meanwhile must not go on before its offsets are there.
 */
async function standStillAgain(run: Run, details: ExpandDetails): Promise<void> {
  // An earlier process made them while the consumers stood still.
  const wasSeen = (await noteMade(run)) !== run.fencing
  if (wasSeen && (await isClosed(run, details))) return
  await putThreads(run, details)
  await standStill(run, details)
}

/** Which process of this run has first seen them made. */
const noteMade = (run: Run): Promise<number> => run.note('made', async () => run.fencing)

async function putThreads(run: Run, { groups }: ExpandDetails): Promise<void> {
  for (const { group, fleet } of groups)
    if (fleet !== null && changesThreads(fleet))
      await run.step({
        // Every process makes sure by itself: an earlier one may have put the old number back.
        key: `${group}.threads.${run.fencing}`,
        title: `set ${fleet.threads} consumer threads on ${fleet.hosts.join(' and ')}`,
        before: fleet.threadsNow,
        observe: async () => ({ state: 'not-done' }),
        apply: async () => {
          await setThreads(run, fleet, fleet.threads)
          return null
        },
        retries: 1,
      })
}

/** Nothing is made yet: whatever goes wrong up to then ends with the consumers as they were. */
async function make(run: Run, details: ExpandDetails): Promise<void> {
  try {
    await run.safePoint()
    await putThreads(run, details)
    await run.safePoint()
    await standStill(run, details)
    await makePartitions(run, details)
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    await handBack(run, details, thrown)
    throw thrown
  }
  await noteMade(run)
}

/** The partitions are there. Consumers that stand still do so until their offsets are committed, whatever happens. */
async function finishStanding(
  run: Run,
  details: ExpandDetails,
  params: ExpandParams,
): Promise<ReadonlyMap<string, Guarded>> {
  try {
    await waitForLeaders(run, details, params)
    const guarded = await commitStarts(run, details)
    await startAgain(run, details)
    return guarded
  } catch (thrown) {
    const stopped = stoppedFleets(details).flatMap(({ fleet }) => fleet.hosts)
    if (run.signal.aborted || stopped.length === 0) throw thrown
    const cause = toOpsError(thrown)
    throw new OpsError('STALLED', {
      message: `${newPartitions(details).length} partitions are made, and consumers stand still on ${stopped.join(' and ')}: ${cause.message}`,
      hint: `what is written meanwhile waits in Kafka; do not start them by hand; mend it, then: ops resume ${run.id}`,
      cause,
    })
  }
}
