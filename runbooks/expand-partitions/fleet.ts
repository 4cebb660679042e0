// Stopping, starting and asking for the consumers of a group: always a playbook, under the fence of the run. Nothing here
// knows why.
import { outcomeError, type Run } from '#sdk'
import type { PlannedFleet } from './plan.ts'

const stallMs = 120_000
const stopTimeoutSeconds = 300

type ServicePlaybook = 'service_stop.yml' | 'service_start.yml' | 'service_status.yml'

/** Hosts on which the service runs. */
export async function runningHosts(run: Run, { service, hosts }: PlannedFleet): Promise<readonly string[]> {
  const results = await play(run, service, hosts, 'service_status.yml')
  return hosts.filter(host => {
    const result = results.get(host)
    return typeof result === 'object' && result !== null && 'state' in result && result.state === 'running'
  })
}

export const stopHosts = (run: Run, { service }: PlannedFleet, hosts: readonly string[]) =>
  play(run, service, hosts, 'service_stop.yml')

export const startHosts = (run: Run, { service }: PlannedFleet, hosts: readonly string[]) =>
  play(run, service, hosts, 'service_start.yml')

/** They hold from the next start on. */
export const setThreads = (run: Run, { service, hosts }: PlannedFleet, threads: number) =>
  play(run, service, hosts, 'logstash_threads.yml', { logstash_threads: threads })

async function play(
  run: Run,
  service: string,
  hosts: readonly string[],
  playbook: ServicePlaybook | 'logstash_threads.yml',
  vars: { readonly logstash_threads?: number } = {},
) {
  if (hosts.length === 0) return new Map<string, unknown>()
  const result = await run.ansible.play({
    playbook,
    hosts,
    vars: {
      ...vars,
      ops_service: service,
      ops_run: run.id,
      ops_fencing: run.fencing,
      ops_stop_timeout_seconds: stopTimeoutSeconds,
    },
    stallMs,
    signal: run.signal,
    onEvent: ({ kind, task }) => {
      if (kind === 'task' && task !== null) run.progress(service, task)
    },
  })
  const bad = hosts.find(host => result.outcomes.get(host)?.state !== 'ok')
  if (bad !== undefined) throw outcomeError(bad, result)
  return result.results
}
