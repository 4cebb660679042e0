// The platform on a quiet afternoon: ten nodes, every copy in sync, room everywhere. Each case changes one thing. It must
// stay a cluster that every gate lets pass.
import type { RestartFacts } from '../../../runbooks/rolling-restart/facts.ts'
import { params, type RestartParams } from '../../../runbooks/rolling-restart/params.ts'
import type { IndexState, Leftover, NodeInfo, ShardState } from '../../../src/sdk/index.ts'

/** The same type with everything in it writable. */
export type Draft<T> = T extends object ? { -readonly [Key in keyof T]: Draft<T[Key]> } : T
export type FactsDraft = Draft<Omit<RestartFacts, 'leftovers'>> & { leftovers: Leftover[] }

const gib = 2 ** 30
const nowMs = Date.UTC(2026, 2, 3, 14)

const rolesByNode: Readonly<Record<string, readonly string[]>> = {
  'es-master01': ['master'],
  'es-master02': ['master'],
  'es-master03': ['master'],
  'es-data01': ['data_content', 'data_hot', 'ingest'],
  'es-data02': ['data_content', 'data_hot', 'ingest'],
  'es-data03': ['data_warm'],
  'es-data04': ['data_warm'],
  'es-data05': ['data_warm'],
  'es-coord01': [],
  'es-coord02': [],
}
export const nodeNames = Object.keys(rolesByNode)

/** A calm cluster; `change` makes it less so. */
export function calmFacts(change: (facts: FactsDraft) => void = () => {}): RestartFacts {
  const facts = buildFacts()
  change(facts)
  return facts
}

export const paramsOf = (given: Partial<RestartParams> = {}): RestartParams => params.parse(given)

export const idOf = (name: string): string => `id-${name}`

export function nodeOf(name: string, given: Partial<Draft<NodeInfo>> = {}): Draft<NodeInfo> {
  return {
    id: idOf(name),
    ephemeralId: `eph-${name}-0`,
    name,
    host: `10.0.0.${nodeNames.indexOf(name) + 1}`,
    httpAddress: `10.0.0.${nodeNames.indexOf(name) + 1}:9200`,
    version: '8.19.21',
    roles: [...(rolesByNode[name] ?? [])],
    attributes: {},
    startedAtMs: nowMs - 86_400_000,
    mlockall: true,
    plugins: [],
    ...given,
  }
}

/** An index of one shard whose copies are on these nodes, the primary first; all of them in sync. */
export function indexOn(
  name: string,
  holders: readonly string[],
  given: Partial<Draft<IndexState>> = {},
): Draft<IndexState> {
  return {
    name,
    uuid: `uuid-${name}`,
    state: 'open',
    replicas: Math.max(0, holders.length - 1),
    autoExpand: null,
    searchableSnapshot: false,
    createdAtMs: nowMs - 86_400_000,
    shards: [shardOn(name, holders)],
    ...given,
  }
}

/** One shard: `null` for a copy that is unassigned. */
export function shardOn(index: string, holders: readonly (string | null)[], number = 0): Draft<ShardState> {
  const allocationId = (holder: string) => `${index}-${number}-${holder}`
  return {
    number,
    inSync: holders.filter(holder => holder !== null).map(allocationId),
    copies: holders.map((holder, at) => ({
      node: holder === null ? null : idOf(holder),
      allocationId: holder === null ? null : allocationId(holder),
      primary: at === 0,
      state: holder === null ? 'UNASSIGNED' : 'STARTED',
      relocatingTo: null,
      unassignedReason: holder === null ? 'NODE_LEFT' : null,
    })),
  }
}

function buildFacts(): FactsDraft {
  const nodes = nodeNames.map(name => nodeOf(name))
  const identity = {
    clusterName: 'prod-elk',
    clusterUuid: 'uuid-of-prod-elk',
    version: '8.19.21',
    answeredBy: 'es-coord01',
  }
  const masters = nodeNames.filter(name => name.startsWith('es-master')).map(idOf)
  return {
    nowMs,
    inventory: {
      clusterName: identity.clusterName,
      clusterUuid: identity.clusterUuid,
      nodes: nodes.map(({ name, host }) => ({ name, groups: ['elasticsearch'], machine: host })),
    },
    targets: [...nodeNames],
    identity,
    endpoints: nodes.map(({ name, host }) => ({
      host: name,
      url: `https://${host}:9200`,
      identity: { ...identity, answeredBy: name },
      problem: null,
    })),
    health: {
      status: 'green',
      timedOut: false,
      nodes: nodes.length,
      dataNodes: 5,
      initializingShards: 0,
      relocatingShards: 0,
      unassignedShards: 0,
      delayedUnassignedShards: 0,
      inFlightFetches: 0,
      pendingTasks: 0,
      oldestPendingTaskMs: 0,
    },
    master: { stable: 'green', symptom: 'The cluster has a stable master node', elected: 'es-master01' },
    coordination: { committed: [...masters], accepted: [...masters], exclusions: [] },
    nodes,
    map: { version: 7, indices: calmIndices() },
    unchangeable: [],
    explanations: [],
    settings: { persistent: {}, transient: {}, defaults: { 'cluster.routing.allocation.enable': 'all' } },
    watermarks: {
      enabled: true,
      low: '85%',
      high: '90%',
      flood: '95%',
      lowMaxHeadroom: '200gb',
      highMaxHeadroom: '150gb',
      floodMaxHeadroom: '100gb',
    },
    capabilities: { nodeShutdown: false, slm: true, ilm: true, machineLearning: false, healthReport: true },
    shutdowns: [],
    disk: nodeNames
      .filter(name => name.startsWith('es-data'))
      .map(node => ({ node, totalBytes: 1000 * gib, availableBytes: 600 * gib })),
    pressure: [nodeNames.map(calmPressure), nodeNames.map(calmPressure)],
    lags: null,
    snapshots: [],
    lifecycle: {
      slm: { mode: 'RUNNING', nextRuns: [] },
      ilm: { mode: 'RUNNING', busy: [], errors: [] },
    },
    longTasks: [],
    counts: calmIndices().map(({ name, uuid }) => ({
      index: name,
      uuid,
      docs: 1000,
      storeBytes: 2 ** 20,
      blocks: [],
    })),
    lint: nodeNames.map(host => ({ host, errors: [], warnings: [] })),
    leftovers: [],
    secondsPerNode: null,
  }
}

const calmIndices = (): Draft<IndexState>[] => [
  indexOn('.security-7', ['es-data01', 'es-data02'], { autoExpand: '0-1' }),
  indexOn('nginx-today', ['es-data01', 'es-data02']),
  indexOn('nginx-old', ['es-data03', 'es-data04']),
  indexOn('mysql-old', ['es-data04', 'es-data05']),
]

const calmPressure = (node: string) => ({
  node,
  heapPercent: 45,
  oldGcCount: 3,
  oldGcMs: 120,
  parentBreakerTrips: 1,
  writeRejected: 7,
  searchRejected: 2,
  searchQueue: 0,
  indexingPressureRejected: 0,
  cpuPercent: 20,
})
