// Services on their hosts: which there are, which of them run, and how they are told to stop and start. Always a playbook, under the
// fence of the run; it knows no order.
import {
  durationMs,
  type Inventory,
  type Json,
  type JsonObject,
  type Look,
  OpsError,
  type PlayResult,
  type Run,
  sayOutcome,
} from '#sdk'
import type { ServiceName } from './params.ts'

/** Hosts on which one service is to be stopped and started. */
export type Fleet = {
  readonly name: ServiceName
  /** What service_control calls it on its hosts. */
  readonly unit: string
  readonly hosts: readonly string[]
}

export type ServiceState = {
  readonly host: string
  readonly service: ServiceName
  readonly state: 'running' | 'stopped' | 'unknown'
  /** Why it is not known, or what a service that has ended said last. */
  readonly says: string
}

const stallMs = 300_000

export function fleetsOf({ hosts }: Inventory, names: readonly ServiceName[]): readonly Fleet[] {
  return names.flatMap(name => {
    const own = hosts.filter(({ groups }) => groups.includes(name))
    const [first] = own
    if (first === undefined) return []
    const { ops_service: unit } = first.vars
    return { name, unit: typeof unit === 'string' ? unit : name, hosts: own.map(one => one.name) }
  })
}

/** All at once: most of a play is the start of Ansible. A host that it cannot ask is unknown, never stopped. */
export async function readStates(
  look: Pick<Look, 'ansible'>,
  fleets: readonly Fleet[],
): Promise<readonly ServiceState[]> {
  const asked = fleets.filter(({ hosts }) => hosts.length > 0)
  return (await Promise.all(asked.map(fleet => readFleet(look, fleet)))).flat()
}

async function readFleet(
  { ansible }: Pick<Look, 'ansible'>,
  { name: service, unit, hosts }: Fleet,
): Promise<readonly ServiceState[]> {
  const { outcomes, results } = await ansible.play({
    playbook: 'service_status.yml',
    hosts,
    vars: { ops_service: unit, service_control_reads_fence: false },
    stallMs,
  })
  return hosts.map(host => {
    const { state, last_words: words } = fieldsOf(results.get(host))
    const known = outcomes.get(host)?.state === 'ok' && (state === 'running' || state === 'stopped')
    return {
      ...{ host, service, state: known ? state : 'unknown' },
      says: known ? String(words ?? '') : sayOutcome(outcomes.get(host)),
    }
  })
}

const fieldsOf = (result: Json | undefined): JsonObject =>
  typeof result === 'object' && result !== null && !Array.isArray(result) ? (result as JsonObject) : {}

/** Of the run that `key` belongs to in this process: a later one makes sure by itself, whatever an earlier one has seen. */
export const ownKey = (run: Run, key: string): string => `${key}.${run.fencing}`

export function stopFleet(run: Run, key: string, fleet: Fleet, giveUp: string): Promise<void> {
  return tell(run, key, fleet, 'stopped', giveUp)
}

export function startFleet(run: Run, key: string, fleet: Fleet, giveUp: string): Promise<void> {
  return tell(run, key, fleet, 'running', giveUp)
}

async function tell(
  run: Run,
  key: string,
  fleet: Fleet,
  wanted: 'stopped' | 'running',
  giveUp: string,
): Promise<void> {
  const { unit, hosts } = fleet
  if (hosts.length === 0) return
  const verb = wanted === 'stopped' ? 'stop' : 'start'
  await run.step({
    key: ownKey(run, `${key}.${verb}`),
    title: `${verb} ${unit} on ${sayHosts(hosts)}`,
    observe: async () => {
      const states = await readStates(run, [fleet])
      return states.every(({ state }) => state === wanted)
        ? { state: 'done', result: null }
        : { state: 'not-done' }
    },
    apply: async () => {
      await playOn(run, fleet, `service_${verb}.yml`, giveUp)
      return null
    },
    retries: 1,
  })
  const [type, mark] =
    wanted === 'stopped' ? (['node.stopped', 'stopped'] as const) : (['node.back', 'back'] as const)
  for (const host of hosts) await run.mark(`${host}.${mark}`, type, { node: host })
}

async function playOn(run: Run, { unit, hosts }: Fleet, playbook: string, giveUp: string): Promise<void> {
  const result = await run.ansible.play({
    playbook,
    hosts,
    vars: {
      ops_service: unit,
      ops_run: run.id,
      ops_fencing: run.fencing,
      ops_stop_timeout_seconds: Math.ceil(durationMs(giveUp) / 1000),
    },
    stallMs,
    signal: run.signal,
    onEvent: ({ kind, task }) => {
      if (kind === 'task' && task !== null) run.progress(unit, task)
    },
  })
  const bad = hosts.filter(host => result.outcomes.get(host)?.state !== 'ok')
  if (bad.length > 0) throw failed(result, bad)
}

function failed({ playbook, outcomes, log }: PlayResult, bad: readonly string[]): OpsError {
  // Hosts that Ansible gave up because another one failed are no news; the one that failed is.
  const told = bad.filter(host => ['failed', 'unreachable'].includes(outcomes.get(host)?.state ?? ''))
  const named = (told.length > 0 ? told : bad).map(host => `${host} ${sayOutcome(outcomes.get(host))}`)
  return new OpsError(told.length > 0 ? 'ANSIBLE_FAILED' : 'ANSIBLE_UNKNOWN', {
    message: `${playbook}: ${named.slice(0, 5).join('; ')}`,
    hint: `Ansible's own output: ${log}`,
  })
}

export const sayHosts = (hosts: readonly string[]): string =>
  hosts.length <= 3 ? hosts.join(', ') : `${hosts.slice(0, 2).join(', ')} and ${hosts.length - 2} more`
