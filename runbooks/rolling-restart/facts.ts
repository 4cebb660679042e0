// Everything that gates and plan look at, read once. Reads only.
import type {
  AllocationExplanation,
  Capabilities,
  ClusterHealth,
  ClusterIdentity,
  ClusterSettings,
  Coordination,
  DiskUse,
  EndpointAnswer,
  IndexCounts,
  InventoryHost,
  Json,
  Leftover,
  LifecycleState,
  LongTask,
  Look,
  MasterState,
  NodeInfo,
  NodePressure,
  RunningSnapshot,
  ShardMap,
  ShutdownRecord,
  Watermarks,
} from '#sdk'
import { OpsError } from '#sdk'
import { beginLagReading, type LagReadings } from './consumer-lag.ts'
import { indicesOn } from './copies.ts'
import type { RestartParams } from './params.ts'

/** A host of the inventory's group `elasticsearch`. */
export interface InventoryNode {
  readonly name: string
  readonly groups: readonly string[]
  /** Hosts that share one are never down together: `es_machine`, else the address. */
  readonly machine: string
}

/** What `config_lint.yml` found on one host. */
export interface HostLint {
  readonly host: string
  /** Would keep the node from coming back. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

export interface RestartFacts {
  readonly nowMs: number
  readonly inventory: {
    readonly clusterName: string | null
    readonly clusterUuid: string | null
    readonly nodes: readonly InventoryNode[]
  }
  /** Names of the nodes to restart. */
  readonly targets: readonly string[]
  readonly identity: ClusterIdentity
  readonly endpoints: readonly EndpointAnswer[]
  readonly health: ClusterHealth
  readonly master: MasterState
  readonly coordination: Coordination
  readonly nodes: readonly NodeInfo[]
  readonly map: ShardMap
  /** Indices on the nodes to restart whose settings this user may not change. */
  readonly unchangeable: readonly string[]
  readonly explanations: readonly AllocationExplanation[]
  readonly settings: ClusterSettings
  readonly watermarks: Watermarks
  readonly capabilities: Capabilities
  readonly shutdowns: readonly ShutdownRecord[]
  readonly disk: readonly DiskUse[]
  /** Two readings, `pressureGapMs` apart, so that growth can be told from history. */
  readonly pressure: readonly [readonly NodePressure[], readonly NodePressure[]]
  /** Of the consumers of Kafka, as far apart as the readings of pressure. */
  readonly lags: LagReadings
  readonly snapshots: readonly RunningSnapshot[]
  readonly lifecycle: LifecycleState
  readonly longTasks: readonly LongTask[]
  readonly counts: readonly IndexCounts[]
  readonly lint: readonly HostLint[]
  readonly leftovers: readonly Leftover[]
  /** Mean seconds a node took in earlier runs. */
  readonly secondsPerNode: number | null
}

const healthTimeoutMs = 30_000
const lintStallMs = 120_000
/** At most so many unassigned copies are explained one by one. */
const explainAtMost = 50
export const pressureGapMs = 3000

export async function lookAtCluster(look: Look, params: RestartParams): Promise<RestartFacts> {
  const { elasticsearch: es, clock } = look
  const { inventory, targets } = await chooseTargets(look, params)
  const identity = await es.identity()
  // Takes longest, so it goes on beside everything else.
  const linting = lintHosts(look, targets)
  linting.catch(() => {})
  const [firstPressure, readLagsAgain] = await Promise.all([es.pressure(), beginLagReading(look)])
  const pressureReadMs = clock.monotonicMs()
  const [endpoints, health, master, coordination, nodes, map, settings, watermarks, capabilities] =
    await Promise.all([
      es.endpoints(),
      es.health({ timeoutMs: healthTimeoutMs }),
      es.master(),
      es.coordination(),
      es.nodes(),
      es.shardMap(),
      es.clusterSettings(),
      es.watermarks(),
      es.capabilities(),
    ])
  const targetIds = new Set(nodes.filter(({ name }) => targets.includes(name)).map(({ id }) => id))
  const [shutdowns, disk, snapshots, lifecycle, longTasks, counts, explanations, unchangeable] =
    await Promise.all([
      es.shutdowns(),
      es.disk(),
      es.runningSnapshots(),
      es.lifecycle(),
      es.longTasks(),
      es.counts(),
      explainUnassigned(look, map),
      es.unchangeable(indicesOn(map, targetIds)),
    ])
  const lint = await linting
  const gapLeftMs = pressureGapMs - (clock.monotonicMs() - pressureReadMs)
  if (gapLeftMs > 0) await clock.sleep(gapLeftMs)
  return {
    nowMs: clock.now().getTime(),
    inventory,
    targets,
    identity,
    endpoints,
    health,
    master,
    coordination,
    nodes,
    map,
    unchangeable,
    explanations,
    settings,
    watermarks,
    capabilities,
    shutdowns,
    disk,
    pressure: [firstPressure, await es.pressure()],
    lags: await readLagsAgain(),
    snapshots,
    lifecycle,
    longTasks,
    counts,
    lint,
    leftovers: await look.leftovers(),
    secondsPerNode: await look.history('.recovered'),
  }
}

async function chooseTargets(look: Look, { limit, service }: RestartParams) {
  const { hosts, source } = await look.ansible.inventory()
  const own = hosts.filter(({ groups }) => groups.includes(service))
  const [first] = own
  if (first === undefined) {
    throw new OpsError('INVENTORY_INVALID', {
      message: `inventory ${source} has no host in the group ${service}`,
      hint: 'put the nodes into that group, or choose another inventory with -i',
    })
  }
  const chosen = limit === undefined ? null : new Set(await look.ansible.matchHosts(limit))
  const targets = own.map(({ name }) => name).filter(name => chosen?.has(name) ?? true)
  if (targets.length === 0) {
    throw new OpsError('NO_HOSTS_MATCHED', {
      message: `no host of the group ${service} matches ${limit}`,
      hint: `hosts: ${own.map(({ name }) => name).join(', ')}`,
    })
  }
  const inventory = {
    clusterName: textOrNull(first.vars.es_cluster_name),
    clusterUuid: textOrNull(first.vars.es_cluster_uuid),
    nodes: own.map(inventoryNode),
  }
  return { inventory, targets }
}

function inventoryNode({ name, groups, vars }: InventoryHost): InventoryNode {
  return { name, groups, machine: textOrNull(vars.es_machine) ?? textOrNull(vars.ansible_host) ?? name }
}

const textOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

async function lintHosts({ ansible }: Look, hosts: readonly string[]): Promise<readonly HostLint[]> {
  const { outcomes, results } = await ansible.play({
    playbook: 'config_lint.yml',
    hosts,
    vars: { ops_service: 'elasticsearch' },
    check: false,
    stallMs: lintStallMs,
  })
  return hosts.map(host => {
    const outcome = outcomes.get(host)
    const result = results.get(host) as { errors?: string[]; warnings?: string[] } | undefined
    if (outcome?.state === 'ok' && result !== undefined) {
      return { host, errors: result.errors ?? [], warnings: result.warnings ?? [] }
    }
    const why = outcome !== undefined && 'message' in outcome ? `: ${outcome.message}` : ''
    return { host, errors: [`Ansible says ${outcome?.state ?? 'nothing'}${why}`], warnings: [] }
  })
}

async function explainUnassigned(
  { elasticsearch }: Look,
  map: ShardMap,
): Promise<readonly AllocationExplanation[]> {
  const unassigned = map.indices.flatMap(({ name, shards }) =>
    shards.flatMap(({ number, copies }) =>
      copies
        .filter(({ state }) => state === 'UNASSIGNED')
        .map(({ primary }) => ({ index: name, shard: number, primary })),
    ),
  )
  const explanations: AllocationExplanation[] = []
  for (const copy of unassigned.slice(0, explainAtMost)) explanations.push(await elasticsearch.explain(copy))
  return explanations
}
