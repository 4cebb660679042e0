// Starting and restarting instances of consumers as journalled steps; the probe asks their hosts.
import type { Run } from '#sdk'
import { runningHosts, startHosts, stopHosts } from './fleet.ts'
import type { PlannedFleet } from './plan.ts'

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

export async function restartInstance(run: Run, fleet: PlannedFleet, host: string): Promise<void> {
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
  await run.step({
    key: `${host}.start`,
    title: `start ${fleet.service} on ${host}`,
    observe: async () => ((await runs()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: async () => {
      await startHosts(run, fleet, [host])
      return null
    },
    retries: 1,
  })
}
