// Starting and restarting instances of consumers as journalled steps; the probe asks their hosts. An instance that is not back in
// its group is never followed by another one.
import { durationMs, exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { runningHosts, startHosts, stopHosts } from './fleet.ts'
import type { PlannedFleet } from './plan.ts'
import { readMembers, waitForGroup } from './wait-for-group.ts'

/** Of which group, and how long that may take to be stable. */
export interface Rejoin {
  readonly group: string
  readonly giveUp: string
}

export function startInstances(
  run: Run,
  key: string,
  fleet: PlannedFleet,
  hosts: readonly string[],
): Promise<null> {
  return run.step({
    key,
    title: `start ${fleet.service} on ${hosts.join(' and ')}`,
    observe: async () => {
      const running = await runningHosts(run, fleet)
      return hosts.every(host => running.includes(host))
        ? { state: 'done', result: null }
        : { state: 'not-done' }
    },
    apply: async () => {
      await startHosts(run, fleet, hosts)
      return null
    },
    retries: 1,
  })
}

/** Returns once the group is stable, with members that were not there while the instance was down. */
export async function restartInstance(
  run: Run,
  fleet: PlannedFleet,
  host: string,
  { group, giveUp }: Rejoin,
): Promise<void> {
  const runs = async (): Promise<boolean> => (await runningHosts(run, { ...fleet, hosts: [host] })).length > 0
  await run.step({
    key: `${host}.stop`,
    title: `stop ${fleet.service} on ${host}`,
    observe: async () => ((await runs()) ? { state: 'not-done' } : { state: 'done', result: null }),
    apply: async () => {
      await stopHosts(run, fleet, [host])
      return null
    },
    retries: 1,
  })
  const others = await run.note(`${host}.others`, async () =>
    (await readMembers(run, group)).map(({ id }) => id),
  )
  const started = run.step({
    key: `${host}.start`,
    title: `start ${fleet.service} on ${host}`,
    observe: async () => ((await runs()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: async () => {
      await startHosts(run, fleet, [host])
      return null
    },
    retries: 1,
  })
  await started.catch(thrown => {
    throw run.signal.aborted ? thrown : leftStopped(run, fleet, host, thrown)
  })
  await waitForGroup(run, group, durationMs(giveUp), ({ members }) =>
    members.some(({ id }) => !others.includes(id)) ? null : `nobody of ${host} has joined`,
  )
}

function leftStopped(run: Run, { service }: PlannedFleet, host: string, thrown: unknown): OpsError {
  const { code, message, hint } = toOpsError(thrown)
  return new OpsError(code, {
    message: `${service} is stopped on ${host} and does not start: ${message}`,
    hint: `${hint === undefined ? 'read its log' : hint}; then: ops resume ${run.id} starts it`,
    exitCode: exitCodes.needsHuman,
    cause: thrown,
  })
}
