// Says what was found; with --fix takes the step, one instance at a time, and looks whether it has helped.
import { durationMs, OpsError, type Run } from '#sdk'
import { runningHosts, setThreads } from '../expand-partitions/fleet.ts'
import { restartInstance, startInstances } from '../expand-partitions/instances.ts'
import type { PlannedFleet } from '../expand-partitions/plan.ts'
import { readOffsets } from '../expand-partitions/reading.ts'
import { checkCluster } from '../expand-partitions/right-cluster.ts'
import { waitUntilStable } from '../expand-partitions/wait-for-group.ts'
import { takeLooks } from './facts.ts'
import { measureGroups, slopeOf } from './measure.ts'
import type { LagParams } from './params.ts'
import type { LagDetails, Treatment } from './plan.ts'

const pollMs = 1000

export async function applyLag(run: Run, details: LagDetails, params: LagParams): Promise<void> {
  for (const [at, text] of details.said.entries()) await run.mark(`said.${at}`, 'remark', { text })
  if (details.treatments.length > 0) await checkCluster(run, details)
  for (const treatment of details.treatments) {
    await takeStep(run, treatment, params)
    await run.safePoint()
    await waitUntilMoving(run, treatment, params)
    await sayAfter(run, treatment, params)
  }
}

/** On the way out it only brings back what was left down. */
async function takeStep(run: Run, treatment: Treatment, params: LagParams): Promise<void> {
  const { group, service, hosts, threads, threadsNow, kind } = treatment
  const fleet: PlannedFleet = { service, hosts, threads: threads ?? threadsNow, threadsNow }
  if (run.ending) return bringBack(run, treatment, fleet, params)
  if (threads !== null)
    await run.step({
      key: `${group}.threads`,
      title: `set ${threads} consumer threads on ${hosts.join(' and ')}`,
      before: threadsNow,
      // Setting it once more changes nothing.
      observe: async () => ({ state: 'not-done' }),
      apply: async () => {
        await setThreads(run, fleet, threads)
        return null
      },
      retries: 1,
    })
  if (kind === 'start') await startInstances(run, `${group}.start`, fleet, hosts)
  else
    for (const host of hosts) {
      if (run.ending) return bringBack(run, treatment, fleet, params)
      await restartInstance(run, fleet, host, { group, giveUp: params.giveUp })
    }
  await waitUntilStable(run, group, params.giveUp)
}

/** Nobody is stopped, and consumers that were down before stay so; an instance that an earlier process has stopped starts again. */
async function bringBack(
  run: Run,
  { group, kind, hosts }: Treatment,
  fleet: PlannedFleet,
  { giveUp }: LagParams,
): Promise<void> {
  if (kind === 'start') return
  for (const host of hosts) {
    if ((await runningHosts(run, { ...fleet, hosts: [host] })).length > 0) continue
    await restartInstance(run, fleet, host, { group, giveUp })
  }
}

/** What stood still has gone on; where it has not, the record at which it stands is the trouble. */
async function waitUntilMoving(run: Run, { group, still }: Treatment, { giveUp }: LagParams): Promise<void> {
  if (still.length === 0) return
  const topics = [...new Set(still.map(({ topic }) => topic))]
  await run.wait({
    subject: group,
    title: 'goes on',
    everyMs: pollMs,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    interruptible: true,
    poll: async () => {
      const committed = (await readOffsets(run, [group], topics)).committed.get(group) ?? []
      const stuck = still.filter(one => {
        const now = committed.find(
          ({ topic, partition }) => topic === one.topic && partition === one.partition,
        )
        return (now?.offset ?? 0) <= one.offset
      })
      if (stuck.length === 0) return { done: undefined }
      const where = stuck
        .slice(0, 3)
        .map(({ topic, partition, offset }) => `${topic}-${partition} at ${offset}`)
      return { progress: stuck.length, text: where.join(', ') }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${group} stands still at the same records after its restart: ${lastSeen}`,
        hint: `look at the record at that offset; ops plan kafka-lag --group ${group} prints the commands that read it and leave it out`,
      }),
  })
}

async function sayAfter(run: Run, { group }: Treatment, params: LagParams): Promise<void> {
  const looks = await takeLooks(run, { ...params, group }, [])
  const [after] = measureGroups(looks)
  if (after === undefined) return
  const slope = Math.round(slopeOf(after))
  await run.mark(`${group}.after`, 'remark', {
    text: `${group} has a lag of ${after.lag} afterwards, ${slope > 0 ? `growing by ${slope}/s` : `shrinking by ${-slope}/s`}`,
    group,
    lag: after.lag,
    slope,
  })
}
