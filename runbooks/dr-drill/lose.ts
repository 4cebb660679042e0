// The harm itself, and whether it has been done: killed processes, empty disks. Never on a host that the role does not find marked.
import type { Observation, Run } from '#sdk'
import { playOn, playStep, type Results } from './play.ts'

type Service = 'elasticsearch' | 'kafka'

interface Loss {
  readonly key: string
  readonly hosts: readonly string[]
  readonly service: Service
}

export async function killServices(run: Run, { key, hosts, service }: Loss): Promise<null> {
  const vars = { ops_service: service }
  await playStep(run, {
    key: `${key}.kill`,
    title: `kill ${sayHosts(hosts)}`,
    ...{ playbook: 'drill_kill.yml', hosts, vars },
    observe: async () => {
      const seen = await playOn(run, key, { playbook: 'service_status.yml', hosts, vars })
      return doneIf(
        seen,
        hosts.every(host => stateOf(seen[host]) === 'stopped'),
      )
    },
  })
  for (const host of hosts) await run.mark(`${host}.stopped`, 'node.stopped', { node: host })
  return null
}

/** `keep` must not lie in what is wiped. */
export async function wipeDisks(run: Run, { key, hosts }: Loss, keep: readonly string[]): Promise<null> {
  await playStep(run, {
    key: `${key}.wipe`,
    title: `wipe the data directory of ${sayHosts(hosts)}`,
    ...{ playbook: 'drill_wipe.yml', hosts, vars: { ops_keep: [...keep] } },
    observe: async () => {
      const seen = await lookAtDisks(run, key, hosts)
      return doneIf(seen.results, seen.empty.length === hosts.length)
    },
  })
  return null
}

/** Hosts with nothing in their data directory. Only nodes that are stopped may be asked. */
export async function lookAtDisks(
  run: Run,
  subject: string,
  hosts: readonly string[],
): Promise<{ readonly results: Results; readonly empty: readonly string[] }> {
  const results = await playOn(run, subject, { playbook: 'drill_wipe.yml', hosts, check: true })
  return { results, empty: hosts.filter(host => entriesOf(results[host]) === 0) }
}

const doneIf = (result: Results, done: boolean): Observation<Results> =>
  done ? { state: 'done', result } : { state: 'not-done' }

const fieldOf = (result: unknown, name: string): unknown =>
  typeof result === 'object' && result !== null ? (result as Record<string, unknown>)[name] : undefined

export const stateOf = (result: unknown): string => String(fieldOf(result, 'state') ?? 'unknown')

/** What is not told is not empty. */
function entriesOf(result: unknown): number {
  const entries = fieldOf(result, 'entries')
  return Array.isArray(entries) ? entries.length : -1
}

export const sayHosts = (hosts: readonly string[]): string =>
  hosts.length <= 3 ? hosts.join(', ') : `${hosts.length} nodes`
