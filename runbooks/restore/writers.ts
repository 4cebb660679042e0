// Whoever writes into the indices stands still while they are put in place, and comes back however that ends.
import { exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import type { Fleet } from '../expand-partitions/consumers.ts'
import { runningHosts, stopHosts } from '../expand-partitions/fleet.ts'
import { startInstances } from '../expand-partitions/instances.ts'

export type Writers = { readonly group: string; readonly service: string; readonly hosts: readonly string[] }

export const writersOf = ({ group, service, hosts }: Fleet): Writers => ({ group, service, hosts })

/** What the playbooks ask for; threads stay as they are. */
const fleetOf = ({ service, hosts }: Writers) => ({ service, hosts, threads: 0, threadsNow: 0 })

/** Hosts on which they ran before anything was done to them. */
const hostsThatRan = (run: Run, writers: Writers): Promise<readonly string[]> =>
  run.note(`${writers.group}.ran`, () => runningHosts(run, fleetOf(writers)))

export async function whileWritersStand(
  run: Run,
  all: readonly Writers[],
  work: () => Promise<void>,
): Promise<void> {
  let thrown: unknown = null
  try {
    // On the way out nobody else is stopped.
    if (!run.ending) for (const writers of all) await stop(run, writers)
    await work()
  } catch (caught) {
    thrown = caught
  }
  // Stopped at once: the journal names what is open.
  if (run.signal.aborted) throw thrown ?? run.signal.reason
  await startAll(run, all, thrown)
  if (thrown !== null) throw thrown
}

async function stop(run: Run, writers: Writers): Promise<void> {
  const fleet = fleetOf(writers)
  const ran = await hostsThatRan(run, writers)
  if (ran.length === 0) return
  await run.step({
    // Every process makes sure by itself: an earlier one may have started them again.
    key: `${writers.group}.stop.${run.fencing}`,
    title: `stop ${writers.service} on ${ran.join(' and ')}`,
    observe: async () =>
      (await runningHosts(run, fleet)).length === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await stopHosts(run, fleet, ran)
      return null
    },
    retries: 1,
  })
}

async function startAll(run: Run, all: readonly Writers[], reason: unknown): Promise<void> {
  const left: string[] = []
  for (const writers of all) {
    const ran = await hostsThatRan(run, writers)
    if (ran.length === 0) continue
    try {
      await startInstances(run, `${writers.group}.start.${run.fencing}`, fleetOf(writers), ran)
    } catch (thrown) {
      left.push(`${writers.service} on ${ran.join(' and ')}: ${toOpsError(thrown).message}`)
    }
  }
  if (left.length === 0) return
  const because = reason === null ? '' : `; before that: ${toOpsError(reason).message}`
  throw new OpsError('STEP_FAILED', {
    message: `not started again: ${left.join('; ')}${because}`,
    hint: `what is written meanwhile waits in Kafka; mend it, then: ops abort ${run.id} starts them`,
    exitCode: exitCodes.needsHuman,
  })
}
