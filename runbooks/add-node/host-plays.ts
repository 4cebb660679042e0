// What is done on the new hosts, and then on those that name them: always a playbook that may be played again.
import { type Json, OpsError, outcomeError, type Run, sayOutcome } from '#sdk'

const stallMs = 300_000
const stopTimeoutSeconds = 600

export async function deployHosts(run: Run, hosts: readonly string[]): Promise<void> {
  await run.step<Json>({
    key: `${hosts[0]}.deploy.${run.fencing}`,
    title: `set up ${hosts.join(', ')}`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      await playOn(run, 'node_deploy.yml', hosts, {})
      return null
    },
  })
}

export async function isRunning(run: Run, host: string, service: string): Promise<boolean> {
  const results = await playOn(run, 'service_status.yml', [host], { ops_service: service })
  return (results.get(host) as { state?: unknown } | undefined)?.state === 'running'
}

export const startHost = (run: Run, host: string, service: string): Promise<void> =>
  turn(run, host, service, true)
export const stopHost = (run: Run, host: string, service: string): Promise<void> =>
  turn(run, host, service, false)

/** Asked first: a service that is as it should be costs no step. */
async function turn(run: Run, host: string, service: string, up: boolean): Promise<void> {
  if ((await isRunning(run, host, service)) === up) return
  const verb = up ? 'start' : 'stop'
  await run.step<Json>({
    key: `${host}.${verb}.${run.fencing}`,
    title: `${verb} ${host}`,
    observe: async () =>
      (await isRunning(run, host, service)) === up ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await playOn(run, `service_${verb}.yml`, [host], {
        ops_service: service,
        ...(up ? {} : { ops_stop_timeout_seconds: stopTimeoutSeconds }),
      })
      return null
    },
    retries: 1,
  })
}

/** Hosts whose configuration names members. What has to be restarted to read it is told, and left to a rolling restart. */
export async function nameMembersEverywhere(run: Run, key: string): Promise<void> {
  const { hosts } = await run.ansible.inventory()
  const naming = hosts
    .filter(({ groups }) => ['elasticsearch', 'logstash', 'kibana'].some(group => groups.includes(group)))
    .map(({ name }) => name)
  const needing = await run.step<string[]>({
    key,
    title: `name the members on ${naming.length} hosts`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const results = await playOn(run, 'node_seeds.yml', naming, {})
      return naming.filter(
        host => (results.get(host) as { needs_restart?: unknown } | undefined)?.needs_restart === true,
      )
    },
  })
  if (needing.length > 0)
    await run.mark(`${key}.restart`, 'remark', {
      text: `${needing.join(', ')} will read the new list of members at the next restart`,
    })
}

/** @throws OpsError for the first host that is not ok */
async function playOn(
  run: Run,
  playbook: string,
  hosts: readonly string[],
  vars: Readonly<Record<string, Json>>,
): Promise<ReadonlyMap<string, Json>> {
  const result = await run.ansible.play({
    playbook,
    hosts,
    vars: { ...vars, ops_run: run.id, ops_fencing: run.fencing },
    stallMs,
    signal: run.signal,
    onEvent: ({ kind, host, task }) => {
      if (kind === 'task' && task !== null) run.progress(host ?? hosts[0] ?? playbook, task)
    },
  })
  const bad = hosts.filter(host => result.outcomes.get(host)?.state !== 'ok')
  const [first] = bad
  if (first === undefined) return result.results
  if (bad.length === 1) throw outcomeError(first, result)
  throw new OpsError('ANSIBLE_FAILED', {
    message: `${playbook} failed on ${bad.map(host => `${host}: ${sayOutcome(result.outcomes.get(host))}`).join('; ')}`,
    hint: `Ansible's own output: ${result.log}`,
  })
}
