// Everything that gates and plan look at, read once. Reads only.
import { type InventoryHost, type Look, OpsError, toOpsError } from '#sdk'
import { lookAtCluster, type RestartFacts } from '../rolling-restart/facts.ts'
import { type KafkaFacts, lookAtKafka } from '../rolling-restart/kafka/facts.ts'
import { type RestartParams, params as restartSchema } from '../rolling-restart/params.ts'
import { type HostState, isConfigured, readHostStates } from './host-state.ts'
import type { DeployParams } from './params.ts'
import { type Preview, previewSystem } from './preview.ts'
import { hostsOf, type System, systems } from './systems.ts'

/** One system and what is known of its hosts. */
export interface Part {
  readonly system: System
  readonly hosts: readonly string[]
  /** Hosts on which it has never been set up: all of it will be new there. */
  readonly fresh: readonly string[]
  readonly preview: Preview
}

/** none: not set up anywhere. building: set up in part, and nobody answers. running: it answers. */
export type ClusterState = 'none' | 'building' | 'running'

export interface DeployFacts {
  readonly inventory: { readonly source: string; readonly hosts: readonly InventoryHost[] }
  readonly clusterName: string
  readonly states: readonly HostState[]
  /** What the preflight checks found wrong, host by host. */
  readonly preflight: readonly { readonly host: string; readonly message: string }[]
  readonly cluster: { readonly state: ClusterState; readonly problem: string | null }
  readonly parts: readonly Part[]
  /** The restart of running nodes whose config would change; null where there is none. */
  readonly restart: {
    readonly elasticsearch: Due<RestartFacts> | null
    readonly kafka: Due<KafkaFacts> | null
  }
}

export interface Due<Facts> {
  readonly facts: Facts
  readonly params: RestartParams
}

const preflightStallMs = 120_000

export async function lookAtPlatform(look: Look, params: DeployParams): Promise<DeployFacts> {
  const { hosts, source } = await look.ansible.inventory()
  const chosen = await chooseHosts(look, hosts, params)
  const states = await readHostStates(look, chosen)
  const reachable = states.filter(({ problem }) => problem === null).map(({ host }) => host)
  const preflight = await checkHosts(look, reachable)
  const cluster = await lookForCluster(look, states)
  const wanted = systems.filter(({ name }) => params.only?.split(',').includes(name) ?? true)
  const parts: Part[] = []
  // One after the other: each takes all forks of Ansible.
  for (const system of wanted) parts.push(await lookAtPart(look, system, hosts, states, cluster.state))
  return {
    inventory: { source, hosts },
    clusterName: clusterNameOf(hosts),
    states,
    preflight,
    cluster,
    parts,
    restart: await lookAtRestarts(look, params, cluster.state, parts),
  }
}

async function chooseHosts(
  look: Look,
  hosts: readonly InventoryHost[],
  { limit }: DeployParams,
): Promise<readonly string[]> {
  const matched = limit === undefined ? null : new Set(await look.ansible.matchHosts(limit))
  const chosen = hosts.map(({ name }) => name).filter(name => matched?.has(name) ?? true)
  if (chosen.length > 0) return chosen
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: limit === undefined ? 'the inventory has no host' : `no host matches ${limit}`,
    hint: 'ansible-inventory --graph shows hosts and groups',
  })
}

export function clusterNameOf(hosts: readonly InventoryHost[]): string {
  const name = hosts.find(({ groups }) => groups.includes('elasticsearch'))?.vars.es_cluster_name
  return typeof name === 'string' ? name : ''
}

async function checkHosts(look: Look, hosts: readonly string[]) {
  if (hosts.length === 0) return []
  const { outcomes } = await look.ansible.play({
    playbook: 'preflight.yml',
    hosts,
    vars: {},
    stallMs: preflightStallMs,
  })
  return hosts.flatMap(host => {
    const outcome = outcomes.get(host)
    return outcome?.state === 'failed' ? [{ host, message: outcome.message }] : []
  })
}

async function lookForCluster({ elasticsearch }: Look, states: readonly HostState[]) {
  try {
    await elasticsearch.identity()
    return { state: 'running', problem: null } as const
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (!code.startsWith('CLUSTER_')) throw thrown
    const begun = states.some(({ systems: found }) => found.elasticsearch?.data === true)
    return { state: begun ? 'building' : 'none', problem: begun ? message : null } as const
  }
}

async function lookAtPart(
  look: Look,
  system: System,
  all: readonly InventoryHost[],
  states: readonly HostState[],
  cluster: ClusterState,
): Promise<Part> {
  const known = new Map(states.map(state => [state.host, state]))
  const own = hostsOf(all, system.group).filter(host => known.get(host)?.problem === null)
  const hosts = system.once ? own.slice(0, 1) : own
  const isFresh = (host: string): boolean => {
    const state = known.get(host)
    if (system.name === 'content') return cluster !== 'running'
    return state !== undefined && !isConfigured(state, system.name)
  }
  const fresh = hosts.filter(isFresh)
  const preview = await previewSystem(
    look,
    system,
    hosts.filter(host => !isFresh(host)),
  )
  return { system, hosts, fresh, preview }
}

async function lookAtRestarts(
  look: Look,
  params: DeployParams,
  state: ClusterState,
  parts: readonly Part[],
): Promise<DeployFacts['restart']> {
  const due = (service: RestartParams['service']): readonly string[] =>
    params.restart === 'none'
      ? []
      : (parts.find(({ system }) => system.name === service)?.preview.restart ?? [])
  const nodes = restartParams(params, 'elasticsearch', due('elasticsearch'))
  const brokers = restartParams(params, 'kafka', due('kafka'))
  return {
    elasticsearch:
      nodes === null || state !== 'running'
        ? null
        : { facts: await lookAtCluster(look, nodes), params: nodes },
    kafka: brokers === null ? null : { facts: await lookAtKafka(look, brokers), params: brokers },
  }
}

/** The parameters of a rolling restart of these hosts, with what the deploy was told about it; `null` where there is none. */
export const restartParams = (
  { soak, giveUp, during, acceptStall }: DeployParams,
  service: RestartParams['service'],
  hosts: readonly string[],
): RestartParams | null =>
  hosts.length === 0
    ? null
    : restartSchema.parse({ service, limit: hosts.join(','), soak, giveUp, during, acceptStall })
