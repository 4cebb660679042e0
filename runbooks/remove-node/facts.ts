// Everything that gates and plan look at before a node is let go. Reads only.
import {
  type Capabilities,
  type ClusterHealth,
  type ClusterIdentity,
  type ClusterSettings,
  type Coordination,
  type EndpointAnswer,
  type IndexFacts,
  type InventoryPreview,
  type Leftover,
  type Look,
  type MasterState,
  type NodeInfo,
  OpsError,
  type RunningSnapshot,
  type ShardMap,
  type ShutdownRecord,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import { type AskedCluster, askCluster } from './ask-cluster.ts'
import { decideFeasible, type Feasibility, type FeasibleWorld } from './decide-feasible.ts'
import { lookAtShippers, type ShipperFacts } from './logstash/facts.ts'
import { namesIn, type RemoveParams } from './params.ts'
import { previewRemoval } from './preview.ts'
import { worldOf } from './world.ts'

export interface RemoveFacts {
  readonly nowMs: number
  /** What the inventory was read from. */
  readonly source: string
  readonly inventory: NamedCluster & { readonly hosts: readonly string[] }
  /** Hosts to take out, in the order of the inventory. */
  readonly targets: readonly string[]
  /** Hosts whose configuration names members, without the targets. */
  readonly named: readonly string[]
  readonly identity: ClusterIdentity
  readonly endpoints: readonly EndpointAnswer[]
  readonly health: ClusterHealth
  readonly master: MasterState
  readonly coordination: Coordination
  readonly nodes: readonly NodeInfo[]
  /** Names of all members, whether they answer or not. */
  readonly members: readonly string[]
  readonly map: ShardMap
  readonly settings: ClusterSettings
  readonly capabilities: Capabilities
  readonly shutdowns: readonly ShutdownRecord[]
  readonly snapshots: readonly RunningSnapshot[]
  readonly indices: readonly Pick<IndexFacts, 'name' | 'settings'>[]
  readonly budget: { readonly perNode: number; readonly dataNodes: number; readonly open: number }
  readonly world: FeasibleWorld
  readonly feasibility: Feasibility
  /** What the cluster itself says to the places that were found. */
  readonly asked: AskedCluster
  /** The change of the inventory; `null` with the reason where it cannot be made. */
  readonly written: InventoryPreview | null
  readonly writeProblem: string | null
  readonly leftovers: readonly Leftover[]
}

export type AnyFacts = { readonly nodes: RemoveFacts } | { readonly shippers: ShipperFacts }

const healthTimeoutMs = 30_000
/** Groups whose hosts name the members of the cluster in their configuration. */
const groupsThatName = ['elasticsearch', 'logstash', 'kibana']

/** Nodes of the cluster, or hosts of the Logstash fleet; not both in one run. */
export async function lookAt(look: Look, params: Pick<RemoveParams, 'name'>): Promise<AnyFacts> {
  const inventory = await look.ansible.inventory()
  const names = namesIn(params.name)
  const shippers = inventory.hosts
    .filter(({ name, groups }) => names.includes(name) && groups.includes('logstash'))
    .map(({ name }) => name)
  if (shippers.length === 0) return { nodes: await lookAtRemoval(look, params) }
  if (shippers.length === names.length) return { shippers: await lookAtShippers(look, inventory, shippers) }
  throw new OpsError('USAGE', {
    message: `${shippers.join(', ')} of logstash cannot be removed in one run with other hosts`,
    hint: `first: ops run remove-node --name ${shippers.join(',')}`,
  })
}

export async function lookAtRemoval(look: Look, { name }: Pick<RemoveParams, 'name'>): Promise<RemoveFacts> {
  const { elasticsearch: es, allocation } = look
  const { inventory, source, targets, named } = await chooseTargets(look, namesIn(name))
  const identity = await es.identity()
  const [endpoints, health, master, coordination, nodes, members, map, settings, watermarks] =
    await Promise.all([
      es.endpoints(),
      es.health({ timeoutMs: healthTimeoutMs }),
      es.master(),
      es.coordination(),
      es.nodes(),
      es.members(),
      es.shardMap(),
      es.clusterSettings(),
      es.watermarks(),
    ])
  const [capabilities, shutdowns, snapshots, indices, budget, rooms, copies] = await Promise.all([
    es.capabilities(),
    es.shutdowns(),
    es.runningSnapshots(),
    look.indices.find(['*']),
    look.indices.shardBudget(),
    allocation.nodes(),
    allocation.copies(),
  ])
  const world = worldOf({ nodes, rooms, copies, map, settings, indices, watermarks, targets })
  const feasibility = decideFeasible(world)
  return {
    ...{ nowMs: look.clock.now().getTime(), source, inventory, targets, named, identity, endpoints, health },
    ...{ master, coordination, nodes, members: members.map(one => one.name), map, settings, capabilities },
    ...{ shutdowns, snapshots, budget, world, feasibility },
    indices: indices.map(({ name: index, settings: own }) => ({ name: index, settings: own })),
    asked: await askCluster(allocation, feasibility, world),
    ...(await previewRemoval(look, targets)),
    leftovers: await look.leftovers(),
  }
}

async function chooseTargets({ ansible }: Look, wanted: readonly string[]) {
  const found = await ansible.inventory()
  const { hosts, source } = found
  const own = hosts.filter(({ groups }) => groups.includes('elasticsearch')).map(({ name }) => name)
  const unknown = wanted.filter(name => !own.includes(name))
  if (unknown.length > 0) {
    throw new OpsError('NO_HOSTS_MATCHED', {
      message: `inventory ${source} has no Elasticsearch host ${unknown.join(', ')}`,
      hint: `hosts: ${own.join(', ')}`,
    })
  }
  return {
    source,
    inventory: { ...nameCluster(found), hosts: own },
    targets: own.filter(name => wanted.includes(name)),
    named: hosts
      .filter(
        ({ name, groups }) => !wanted.includes(name) && groups.some(one => groupsThatName.includes(one)),
      )
      .map(({ name }) => name),
  }
}
