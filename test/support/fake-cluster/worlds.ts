// Bad worlds by name, one change each: what gates must refuse, stop conditions must see and errors must name. A world
// changes one thing only, so that a test knows which gate it was for.
import { createIndex, unassigned } from './indices.ts'
import { stopNode } from './nodes.ts'
import { eachCopy } from './shards.ts'
import type { FakeNode, FakeShard, FakeState } from './state.ts'

type BadWorld = (state: FakeState) => void

const firstWith = ({ nodes }: FakeState, role: string): FakeNode => {
  const node = nodes.find(({ joined, roles }) => joined && roles.includes(role))
  if (node === undefined) throw new Error(`no node has the role ${role}`)
  return node
}
const dataNode = (state: FakeState): FakeNode =>
  state.nodes.find(({ roles }) => roles.some(role => role.startsWith('data'))) ?? firstWith(state, 'master')

/** A shard with a replica, of an index that does not fit itself to the nodes. */
function firstShard(state: FakeState): FakeShard {
  const index = state.indices.find(({ autoExpand, replicas }) => autoExpand === null && replicas > 0)
  const shard = index?.shards[0]
  if (shard === undefined) throw new Error('no index has a replica')
  return shard
}

export const badWorlds = {
  unreachable: state => {
    state.world.unreachable = ['*']
  },
  onlyOneEndpoint: state => {
    state.world.unreachable = state.endpoints.slice(1)
  },
  endpointOfAnotherCluster: state => {
    state.world.strangers = state.endpoints.slice(-1)
  },
  wrongCa: state => {
    state.world.failure = { code: 'CLUSTER_TLS', message: 'self-signed certificate' }
  },
  wrongPassword: state => {
    state.world.failure = { code: 'CLUSTER_AUTH', message: 'refused' }
  },
  forbidden: state => {
    state.world.failure = { code: 'CLUSTER_FORBIDDEN', message: 'no privilege' }
  },
  anotherName: state => {
    state.clusterName = 'another-cluster'
  },
  anotherUuid: state => {
    state.clusterUuid = 'another-uuid'
  },

  red: state => void createIndex(state, { name: 'homeless', tier: 'data_nowhere', replicas: 0 }),
  unassignedReplica: state =>
    void createIndex(state, { name: 'too-many-copies', tier: 'data_hot', replicas: 9 }),
  /** Settled, but on no node that anybody would restart. */
  replicaThatWaits: state => {
    const copy = firstShard(state).copies.find(({ primary }) => !primary)
    if (copy)
      Object.assign(copy, {
        ...unassigned('NODE_LEFT'),
        lastNode: 'id-long-gone',
        delayedUntilMs: state.atMs + 3_600_000,
      })
  },
  relocating: state => {
    const { copies } = firstShard(state)
    if (copies[0])
      Object.assign(copies[0], { state: 'RELOCATING', relocatingTo: firstWith(state, 'master').id })
  },
  initializing: state => {
    const copy = firstShard(state).copies.find(({ primary }) => !primary)
    const recovery = { beginMs: state.atMs, endMs: state.atMs + 3_600_000, bytes: 1000, reused: 0 }
    if (copy) Object.assign(copy, { state: 'INITIALIZING', recovery })
  },
  /** The replica is there and started, but has missed writes. */
  staleReplica: state => {
    const shard = firstShard(state)
    shard.inSync = shard.copies.flatMap(({ primary, allocationId }) => (primary && allocationId) || [])
  },
  zeroReplicas: state =>
    void createIndex(state, { name: 'no-replica', tier: 'data_hot', replicas: 0, written: true }),
  closedIndex: state => void createIndex(state, { name: 'closed', tier: 'data_hot', closed: true }),
  searchableSnapshot: state =>
    void createIndex(state, { name: 'mounted', tier: 'data_hot', replicas: 0, searchableSnapshot: true }),

  nodeMissing: state => void stopNode(state, dataNode(state).name),
  unknownNode: state => {
    const copyOf = structuredClone(dataNode(state))
    state.nodes.push({ ...copyOf, id: 'id-stranger', name: 'es-stranger', roles: [] })
  },
  duplicateNames: state => {
    const copyOf = structuredClone(dataNode(state))
    state.nodes.push({ ...copyOf, id: 'id-twin', ephemeralId: 'eph-twin' })
  },
  mixedVersions: state => {
    dataNode(state).version = '8.9.2'
  },
  pluginDifference: state => {
    dataNode(state).plugins = ['analysis-icu@8.10.4']
  },
  diskAboveLow: state => {
    dataNode(state).availableBytes = 100 * 1024 ** 3
  },
  floodBlock: state => void state.indices[1]?.blocks.push('read_only_allow_delete'),
  watermarksOff: state => {
    state.settings.persistent['cluster.routing.allocation.disk.threshold_enabled'] = 'false'
  },
  highHeap: state => {
    dataNode(state).heapPercent = 92
  },
  highCpu: state => {
    for (const node of state.nodes) node.cpuPercent = 80
  },
  rejectionsGrow: state => {
    dataNode(state).rejectedPerSecond = 10
  },

  pendingTasks: state => void Object.assign(state.world, { pendingTasks: 12, oldestPendingTaskMs: 45_000 }),
  healthTimesOut: state => {
    state.world.healthTimesOut = true
  },
  fetching: state => {
    state.world.inFlightFetches = 3
  },
  masterUnstable: state => {
    state.world.masterStable = 'yellow'
  },
  noMaster: state => void Object.assign(state, { elected: null, electionEndsMs: null }),
  votingExclusion: state => {
    const { id, name } = firstWith(state, 'master')
    state.world.votingExclusions = [{ nodeId: id, nodeName: name }]
  },
  twoMasters: state => {
    state.committed = state.committed.slice(0, 2)
  },

  allocationDisabled: state => {
    state.settings.persistent['cluster.routing.allocation.enable'] = 'none'
  },
  rebalanceDisabled: state => {
    state.settings.transient['cluster.routing.rebalance.enable'] = 'none'
  },
  nodeExcluded: state => {
    state.settings.persistent['cluster.routing.allocation.exclude._name'] = dataNode(state).name
  },
  clusterReadOnly: state => {
    state.settings.persistent['cluster.blocks.read_only'] = 'true'
  },
  slowRecovery: state => {
    state.settings.persistent['indices.recovery.max_bytes_per_sec'] = '100kb'
  },
  foreignShutdown: state => {
    state.world.capabilities.nodeShutdown = true
    const nodeId = dataNode(state).id
    state.shutdowns.push({ nodeId, type: 'remove', reason: 'somebody else', allocationDelayMs: 0 })
  },
  restrictedIndex: state => {
    state.world.unchangeable = ['.security-7']
  },

  runningSnapshot: state => {
    state.world.snapshots = [{ repository: 'elk_backup', snapshot: 'daily_2025-04-10' }]
  },
  snapshotSoon: state => {
    state.world.capabilities.slm = true
    const next = { policy: 'nightly', repository: 'elk_backup', atMs: state.atMs + 60_000 }
    state.world.slm = { mode: 'RUNNING', nextRuns: [next] }
  },
  ilmBusy: state => {
    state.world.capabilities.ilm = true
    const index = state.indices[1]?.name ?? ''
    state.world.ilm = {
      mode: 'RUNNING',
      busy: [{ index, action: 'forcemerge', step: 'segment-count' }],
      errors: [],
    }
  },
  longTask: state => {
    const node = dataNode(state).name
    const action = 'indices:data/write/reindex'
    state.world.longTasks = [{ node, action, description: 'reindex from [a] to [b]', runningMs: 7_200_000 }]
  },

  nodeThatNeverJoins: state => {
    dataNode(state).trouble = 'never-joins'
  },
  nodeThatDies: state => {
    dataNode(state).trouble = 'dies'
  },
  nodeThatRefuses: state => {
    dataNode(state).trouble = 'refuses'
  },
  nodeWithAnotherId: state => {
    dataNode(state).trouble = 'other-id'
  },
  nodeWithAnotherVersion: state => {
    dataNode(state).trouble = 'other-version'
  },
  nodeWithOtherRoles: state => {
    dataNode(state).trouble = 'other-roles'
  },
  /** While the first data node is down. */
  masterLostMidRun: state => {
    const master = state.nodes.find(({ id }) => id === state.elected) ?? firstWith(state, 'master')
    const action = { do: 'stop-node', node: master.name } as const
    state.happenings.push({ when: { stopped: dataNode(state).name }, afterMs: 500, action })
  },
  anotherNodeLostMidRun: state => {
    const [first, second] = state.nodes.filter(
      ({ roles }) => roles.includes('data_warm') || roles.includes('data_hot'),
    )
    if (!first || !second) throw new Error('two data nodes are needed')
    const action = { do: 'stop-node', node: second.name } as const
    state.happenings.push({ when: { stopped: first.name }, afterMs: 500, action })
  },
  /** Its copies lie on the two hot nodes, one of which may still wait for its turn. */
  indexCreatedMidRun: state => {
    const index = { name: 'made-mid-run', tier: 'data_hot', replicas: 1, written: true }
    state.happenings.push({
      when: { stopped: dataNode(state).name },
      afterMs: 0,
      action: { do: 'create-index', index },
    })
  },
  canaryFails: state => {
    state.world.canaryFails = true
  },
} satisfies Record<string, BadWorld>

export type BadWorldName = keyof typeof badWorlds

/** Nodes by role, for tests that go on from a bad world. */
export const firstDataNode = (state: FakeState): string => dataNode(state).name

/** Every copy, for assertions: `index[shard] node state`. */
export function listCopies(state: FakeState): string[] {
  const lines: string[] = []
  eachCopy(state, (copy, shard, index) => {
    const node = state.nodes.find(({ id }) => id === copy.node)?.name ?? '-'
    lines.push(`${index.name}[${shard.number}] ${copy.primary ? 'p' : 'r'} ${node} ${copy.state}`)
  })
  return lines
}
