// From new partitions to a group that reads all of them: instances restarted one by one where only their threads change, and
// the wait until every partition is assigned.
import { type ConsumerGroup, durationMs, type Run } from '#sdk'
import { runningHosts } from './fleet.ts'
import { restartInstance, startInstances } from './instances.ts'
import type { ExpandParams } from './params.ts'
import { changesThreads, type ExpandDetails, type PlannedFleet, type PlannedGroup } from './plan.ts'
import { standsSince } from './stand-still.ts'
import { waitForGroup } from './wait-for-group.ts'

/** Groups that begin at the start by themselves need no stop; their instances still have to start anew for more threads. */
export async function restartOneByOne(
  run: Run,
  { groups }: ExpandDetails,
  params: ExpandParams,
): Promise<void> {
  for (const { group, guard, fleet } of groups) {
    if (guard !== 'earliest' || fleet === null || !changesThreads(fleet)) continue
    const ran = await run.note(`${group}.ran`, () => runningHosts(run, fleet))
    if (run.ending) {
      await startMissing(run, group, fleet, ran)
      continue
    }
    for (const host of ran) {
      if (run.ending) break
      await restartInstance(run, fleet, host, { group, giveUp: params.giveUp })
    }
  }
}

/** On the way out no other instance is stopped; one that an earlier process has left down comes back. */
async function startMissing(
  run: Run,
  group: string,
  fleet: PlannedFleet,
  ran: readonly string[],
): Promise<void> {
  const running = await runningHosts(run, fleet)
  const missing = ran.filter(host => !running.includes(host))
  if (missing.length > 0) await startInstances(run, `${group}.back`, fleet, missing)
}

/** Stable, and every partition of the topic has a reader. Says how long the group stood still, where it did. */
export async function waitUntilRead(run: Run, details: ExpandDetails, params: ExpandParams): Promise<void> {
  for (const one of details.groups) {
    const { group, guard, fleet } = one
    if (!(await shouldRead(run, one))) continue
    // Whoever was not started anew learns of the partitions when its client next asks for metadata.
    const limitMs = durationMs(fleet === null || guard === 'earliest' ? params.settle : params.giveUp)
    await waitForGroup(run, group, limitMs, found => explainUnread(found, details))
    if (guard !== 'stop') continue
    const pausedMs = run.clock.now().getTime() - (await standsSince(run, group))
    await run.mark(`${group}.paused`, 'remark', {
      text: `${group} stood still for ${(pausedMs / 1000).toFixed(1)} s`,
      group,
      pausedMs,
    })
  }
}

/** A group without members is nobody's business; consumers that were down before are not started. */
export async function shouldRead(run: Run, { group, guard, fleet }: PlannedGroup): Promise<boolean> {
  if (guard === 'commit') return false
  if (fleet === null) return true
  return (await run.note(`${group}.ran`, () => runningHosts(run, fleet))).length > 0
}

function explainUnread({ members }: ConsumerGroup, { topic, to }: ExpandDetails): string | null {
  const read = new Set(
    members.flatMap(({ assigned }) =>
      assigned.filter(one => one.topic === topic).map(({ partition }) => partition),
    ),
  )
  return read.size >= to ? null : `${read.size} of ${to} partitions have a reader`
}
