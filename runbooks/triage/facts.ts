// Everything that a triage looks at, read once and as much of it at a time as the cluster can bear. Reads only, and goes on whatever
// does not answer: a part that is `null` has a line in `blind`.
import type {
  ClusterBlocks,
  ClusterHealth,
  ClusterIdentity,
  ClusterSettings,
  Coordination,
  DanglingIndex,
  EndpointAnswer,
  Explanation,
  IndexSettings,
  Leftover,
  LifecycleState,
  Look,
  MasterState,
  MemberInfo,
  NodeAllocation,
  NodeInfo,
  PendingTasks,
  RunningSnapshot,
  ShardMap,
  ShutdownRecord,
  SizedCopy,
  UnassignedCopy,
  Watermarks,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import type { Group } from './group-copies.ts'
import { lookAtCopies } from './look-at-copies.ts'
import { lookAtRed, type RedFacts } from './look-at-red.ts'
import { type Eyes, openEyes } from './open-eyes.ts'

export interface TriageHost {
  readonly name: string
  readonly groups: readonly string[]
}

/** What only a cluster with a master can say. */
export interface ClusterFacts {
  readonly health: ClusterHealth | null
  readonly members: readonly MemberInfo[] | null
  readonly nodes: readonly NodeInfo[] | null
  readonly shardMap: ShardMap | null
  readonly settings: ClusterSettings | null
  readonly watermarks: Watermarks | null
  readonly shutdowns: readonly ShutdownRecord[] | null
  readonly coordination: Coordination | null
  readonly lifecycle: LifecycleState | null
  /** Blocks that are set, by index. */
  readonly indexBlocks: Readonly<Record<string, readonly string[]>> | null
  readonly unassigned: readonly UnassignedCopy[] | null
  readonly copies: readonly SizedCopy[] | null
  readonly disks: readonly NodeAllocation[] | null
  readonly blocks: ClusterBlocks | null
  readonly pendingTasks: PendingTasks | null
  readonly dangling: readonly DanglingIndex[] | null
  readonly snapshots: readonly RunningSnapshot[] | null
  readonly budget: { readonly perNode: number; readonly dataNodes: number; readonly open: number } | null
}

export interface Explained extends Group {
  /** `null` where nobody was asked, or it was not answered. */
  readonly explanation: Explanation | null
}

export interface TriageFacts extends ClusterFacts, RedFacts {
  readonly nowMs: number
  readonly inventory: NamedCluster
  /** Of the group `elasticsearch`. */
  readonly hosts: readonly TriageHost[]
  readonly identity: ClusterIdentity | null
  readonly endpoints: readonly EndpointAnswer[]
  readonly master: MasterState | null
  readonly leftovers: readonly Leftover[]
  readonly groups: readonly Explained[]
  /** Of indices with unassigned copies, by name: those that decide on places. */
  readonly indexSettings: Readonly<Record<string, IndexSettings>>
  readonly blind: readonly string[]
  readonly requests: number
}

export async function lookAtTriage(look: Look): Promise<TriageFacts> {
  const eyes = openEyes()
  const { elasticsearch: es } = look
  const inventory = await look.ansible.inventory()
  const hosts = inventory.hosts.filter(({ groups }) => groups.includes('elasticsearch'))
  // A host that hangs answers nobody for ten seconds; the others are not to wait for it, for it may be dropped meanwhile.
  const meanwhile = Promise.all([
    eyes.see('settings of earlier runs', 0, () => look.leftovers()),
    eyes.see('addresses of the inventory', hosts.length, () => es.endpoints()),
    eyes.see('identity', 2, () => es.identity()),
  ])
  const master = await eyes.see('master', 2, () => es.master())
  const cluster = master?.elected === null ? await withoutMaster(look, eyes) : await lookAtCluster(look, eyes)
  const { groups, indexSettings } = await lookAtCopies(look, eyes, cluster, hosts)
  const red = await lookAtRed(look, eyes, cluster, inventory.hosts)
  const [leftovers, endpoints, identity] = await meanwhile
  return {
    nowMs: look.clock.now().getTime(),
    inventory: nameCluster(inventory),
    hosts: hosts.map(({ name, groups: its }) => ({ name, groups: its })),
    identity,
    endpoints: endpoints ?? [],
    master,
    leftovers: leftovers ?? [],
    ...cluster,
    groups,
    indexSettings,
    ...red,
    blind: eyes.blind,
    requests: eyes.requests,
  }
}

async function lookAtCluster(look: Look, eyes: Eyes): Promise<ClusterFacts> {
  const { elasticsearch: es, allocation } = look
  const [health, members, nodes, shardMap, settings, watermarks, shutdowns, coordination, lifecycle] =
    await Promise.all([
      eyes.see('health', 1, () => es.health({ timeoutMs: healthTimeoutMs })),
      eyes.see('members', 1, () => es.members()),
      eyes.see('nodes', 2, () => es.nodes()),
      eyes.see('map of shards', 1, () => es.shardMap()),
      eyes.see('cluster settings', 1, () => es.clusterSettings()),
      eyes.see('watermarks', 1, () => es.watermarks()),
      eyes.see('shutdowns', 1, () => es.shutdowns()),
      eyes.see('voting configuration', 1, () => es.coordination()),
      eyes.see('lifecycle', 4, () => es.lifecycle()),
    ])
  const [indexBlocks, unassigned, copies, disks, blocks, pendingTasks, dangling, snapshots, budget] =
    await Promise.all([
      eyes.see('blocks of indices', 1, async () => Object.fromEntries(await es.blocks())),
      eyes.see('unassigned copies', 2, () => allocation.unassigned()),
      eyes.see('sizes of copies', 1, () => allocation.copies()),
      eyes.see('disks', 2, () => allocation.nodes()),
      eyes.see('blocks of the cluster', 1, () => allocation.blocks()),
      eyes.see('pending tasks', 1, () => allocation.pendingTasks()),
      eyes.see('dangling indices', 1, () => allocation.dangling()),
      eyes.see('running snapshots', 1, () => es.runningSnapshots()),
      eyes.see('limit of shards', 3, () => look.indices.shardBudget()),
    ])
  return {
    ...{ health, members, nodes, shardMap, settings, watermarks, shutdowns, coordination, lifecycle },
    ...{ indexBlocks, unassigned, copies, disks, blocks, pendingTasks, dangling, snapshots, budget },
  }
}

/** A queue of tasks that does not end must not keep the triage waiting. */
const healthTimeoutMs = 2000

/** Every other question would only wait until it is refused. */
async function withoutMaster({ allocation }: Look, eyes: Eyes): Promise<ClusterFacts> {
  eyes.leaveOut('shards, settings and disks', 'not asked, since only an elected master can say')
  return { ...nothingKnown, blocks: await eyes.see('blocks of the cluster', 1, () => allocation.blocks()) }
}

const nothingKnown: ClusterFacts = {
  ...{ health: null, members: null, nodes: null, shardMap: null, settings: null, watermarks: null },
  ...{ shutdowns: null, coordination: null, lifecycle: null, indexBlocks: null, unassigned: null },
  ...{ copies: null, disks: null, blocks: null, pendingTasks: null, dangling: null, snapshots: null },
  budget: null,
}
