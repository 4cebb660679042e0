// Everything that gates and plan look at, read once. Reads only.
import {
  type AllocationExplanation,
  type ClusterHealth,
  type ClusterIdentity,
  type ClusterSettings,
  type Coordination,
  type EndpointAnswer,
  type InventoryEntry,
  type InventoryHost,
  type InventoryPreview,
  type Leftover,
  type Look,
  type MasterState,
  type NodeAllocation,
  type NodeInfo,
  type NodePressure,
  OpsError,
  type RunningSnapshot,
  type ShardMap,
  type ShutdownRecord,
} from '#sdk'
import { beginLagReading, type LagReadings } from '../rolling-restart/consumer-lag.ts'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import { type Lint, lintHosts } from './lint.ts'
import { lookAtShippers, type ShipperFacts } from './logstash/facts.ts'
import type { AddParams } from './params.ts'
import { chooseHosts, entryOf, type NewHost } from './wanted.ts'

/** What is looked at whatever the service is. */
export interface CommonFacts {
  readonly wanted: readonly NewHost[]
  readonly inventory: NamedCluster & { readonly source: string; readonly hosts: readonly InventoryHost[] }
  readonly entries: readonly InventoryEntry[]
  /** The file as it would become; without a diff where a group is not in it. */
  readonly preview: InventoryPreview & { readonly problem: string | null }
}

export interface NodeFacts extends CommonFacts {
  readonly identity: ClusterIdentity
  readonly health: ClusterHealth
  readonly explanations: readonly AllocationExplanation[]
  readonly master: MasterState
  readonly coordination: Coordination
  readonly nodes: readonly NodeInfo[]
  readonly allocations: readonly NodeAllocation[]
  readonly settings: ClusterSettings
  readonly shutdowns: readonly ShutdownRecord[]
  readonly snapshots: readonly RunningSnapshot[]
  /** Two readings, so that growth can be told. */
  readonly pressure: readonly [readonly NodePressure[], readonly NodePressure[]]
  readonly lags: LagReadings
  readonly leftovers: readonly Leftover[]
  readonly lints: readonly Lint[]
  /** Who answers at the new addresses now; nobody, as a rule. */
  readonly answers: readonly EndpointAnswer[]
}

export type AddFacts = { readonly nodes: NodeFacts } | { readonly shippers: ShipperFacts }

const healthTimeoutMs = 30_000
const readingGapMs = 3000
const explainAtMost = 50

export async function lookAtAddition(look: Look, params: AddParams): Promise<AddFacts> {
  const wanted = await chooseHosts(look, params)
  const services = new Set(wanted.map(serviceOf))
  if (services.size > 1)
    throw new OpsError('USAGE', {
      message: `hosts of ${[...services].join(' and ')} cannot be added in one run`,
      hint: 'choose a group: --group es_data_warm',
    })
  const common = await lookAtInventory(look, wanted)
  return services.has('logstash')
    ? { shippers: await lookAtShippers(look, common) }
    : { nodes: await lookAtNodes(look, common) }
}

const serviceOf = ({ group }: NewHost): string => (group === 'logstash' ? 'logstash' : 'elasticsearch')

export async function lookAtInventory(look: Look, wanted: readonly NewHost[]): Promise<CommonFacts> {
  const inventory = await look.ansible.inventory()
  const changes = wanted.map(one => ({ do: 'add', entry: entryOf(one) }) as const)
  const before = await look.inventoryFile.preview([])
  const preview = await look.inventoryFile.preview(changes).then(
    found => ({ ...found, problem: null }),
    (thrown: unknown) => {
      if (thrown instanceof OpsError && thrown.code === 'INVENTORY_INVALID')
        return { ...before, problem: thrown.message }
      throw thrown
    },
  )
  return {
    wanted,
    inventory: { ...nameCluster(inventory), source: inventory.source, hosts: inventory.hosts },
    entries: await look.inventoryFile.entries(),
    preview,
  }
}

export async function lookAtNodes(look: Look, common: CommonFacts): Promise<NodeFacts> {
  const { elasticsearch: es, allocation, clock } = look
  const identity = await es.identity()
  const [first, readLagsAgain, nodes] = await Promise.all([es.pressure(), beginLagReading(look), es.nodes()])
  const readMs = clock.monotonicMs()
  // Takes longest, so it goes on beside everything else.
  const linting = lintHosts(look, common.wanted, {
    members: nodes.map(({ name }) => name),
    clusterName: identity.clusterName,
    clusterUuid: identity.clusterUuid,
  })
  linting.catch(() => {})
  const [health, master, coordination, map, allocations, settings, shutdowns, snapshots, answers] =
    await Promise.all([
      es.health({ timeoutMs: healthTimeoutMs }),
      es.master(),
      es.coordination(),
      es.shardMap(),
      allocation.nodes(),
      es.clusterSettings(),
      es.shutdowns(),
      es.runningSnapshots(),
      Promise.all(common.wanted.map(one => look.membership.identityAt(urlOf(one, common.inventory.hosts)))),
    ])
  const explanations = await explainUnassigned(look, map)
  const lints = await linting
  const leftMs = readingGapMs - (clock.monotonicMs() - readMs)
  if (leftMs > 0) await clock.sleep(leftMs)
  return {
    ...common,
    ...{ identity, health, explanations, master, coordination, nodes, allocations },
    ...{ settings, shutdowns, snapshots, answers, lints },
    pressure: [first, await es.pressure()],
    lags: await readLagsAgain(),
    leftovers: await look.leftovers(),
  }
}

/** Where a new node will answer: at its own address, as the other nodes do at theirs. */
export function urlOf({ name, address, vars }: NewHost, hosts: readonly InventoryHost[]): string {
  const shared = hosts.find(({ groups }) => groups.includes('elasticsearch'))?.vars ?? {}
  const say = (key: string): string | undefined => {
    const value = vars[key] ?? shared[key]
    return value === undefined || value === null ? undefined : String(value)
  }
  const host = vars.es_http_host === undefined ? address || name : String(vars.es_http_host)
  return `${say('es_http_scheme') ?? 'https'}://${host}:${say('es_http_port') ?? 9200}`
}

async function explainUnassigned(
  { elasticsearch }: Look,
  { indices }: ShardMap,
): Promise<readonly AllocationExplanation[]> {
  const unassigned = indices.flatMap(({ name, shards }) =>
    shards.flatMap(({ number, copies }) =>
      copies
        .filter(({ state }) => state === 'UNASSIGNED')
        .map(({ primary }) => ({ index: name, shard: number, primary })),
    ),
  )
  const found: AllocationExplanation[] = []
  for (const copy of unassigned.slice(0, explainAtMost)) found.push(await elasticsearch.explain(copy))
  return found
}
