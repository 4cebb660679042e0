// The reading half of the port, answered from the state. It must never change it.
import type * as port from '../../../src/ports/elasticsearch.ts'
import { countDocuments } from './documents.ts'
import { eachCopy, effective, isLive } from './shards.ts'
import type { FakeCopy, FakeNode, FakeState } from './state.ts'

export const members = ({ nodes }: FakeState): FakeNode[] => nodes.filter(({ joined }) => joined)
/** Those of them that answer when all are asked. */
const answering = (state: FakeState): FakeNode[] =>
  members(state).filter(({ name }) => !state.world.silent.includes(name))
const isData = ({ roles }: FakeNode) => roles.some(role => role.startsWith('data'))

export function readStatus(state: FakeState): port.ClusterHealth['status'] {
  let status: port.ClusterHealth['status'] = 'green'
  eachCopy(state, copy => {
    if (isLive(copy)) return
    if (copy.primary) status = 'red'
    else if (status === 'green') status = 'yellow'
  })
  return status
}

export function readHealth(state: FakeState): port.ClusterHealth {
  const count = { STARTED: 0, INITIALIZING: 0, RELOCATING: 0, UNASSIGNED: 0, delayed: 0 }
  eachCopy(state, copy => {
    count[copy.state] += 1
    if (isDelayed(state, copy)) count.delayed += 1
  })
  const { world } = state
  return {
    status: readStatus(state),
    timedOut: world.healthTimesOut,
    nodes: members(state).length,
    dataNodes: members(state).filter(isData).length,
    initializingShards: count.INITIALIZING,
    relocatingShards: count.RELOCATING,
    unassignedShards: count.UNASSIGNED,
    delayedUnassignedShards: count.delayed,
    inFlightFetches: world.inFlightFetches,
    pendingTasks: world.pendingTasks,
    oldestPendingTaskMs: world.oldestPendingTaskMs,
  }
}

const isDelayed = (state: FakeState, copy: FakeCopy) =>
  copy.state === 'UNASSIGNED' && !copy.primary && copy.lastNode !== null && state.atMs < copy.delayedUntilMs

export function readMaster(state: FakeState): port.MasterState {
  const elected = state.nodes.find(({ id }) => id === state.elected)?.name ?? null
  const stable = state.world.masterStable ?? (elected === null ? 'red' : 'green')
  const symptom = stable === 'green' ? 'The cluster has a stable master node' : 'No stable master node'
  return { stable, symptom, elected }
}

export const readMembers = (state: FakeState): port.MemberInfo[] =>
  members(state).map(({ id, ephemeralId, name }) => ({ id, ephemeralId, name }))

export function readNodes(state: FakeState): port.NodeInfo[] {
  return answering(state).map(node => ({
    id: node.id,
    ephemeralId: node.ephemeralId,
    name: node.name,
    host: node.address,
    httpAddress: `${node.address}:9200`,
    version: node.version,
    roles: [...node.roles],
    attributes: { ...node.attributes },
    startedAtMs: node.startedAtMs,
    mlockall: node.mlockall,
    plugins: [...node.plugins].sort(),
  }))
}

export function readShardMap(state: FakeState): port.ShardMap {
  const indices = state.indices.map(index => ({
    name: index.name,
    uuid: index.uuid,
    state: index.state,
    replicas: index.replicas,
    autoExpand: index.autoExpand,
    searchableSnapshot: index.searchableSnapshot,
    createdAtMs: index.createdAtMs,
    shards: index.shards.map(({ number, inSync, copies }) => ({
      number,
      inSync: [...inSync],
      copies: copies.map(({ node, allocationId, primary, state: at, relocatingTo, unassignedReason }) => ({
        node,
        allocationId,
        primary,
        state: at,
        relocatingTo,
        unassignedReason,
      })),
    })),
  }))
  return { version: state.stateVersion, indices }
}

/** What an untouched cluster has, of the settings that gates and estimates look at. */
const defaults: Readonly<Record<string, string>> = {
  'cluster.routing.allocation.enable': 'all',
  'cluster.routing.rebalance.enable': 'all',
  'cluster.routing.allocation.node_concurrent_recoveries': '2',
  'cluster.routing.allocation.disk.threshold_enabled': 'true',
  'cluster.routing.allocation.disk.watermark.low': '85%',
  'cluster.routing.allocation.disk.watermark.high': '90%',
  'cluster.routing.allocation.disk.watermark.flood_stage': '95%',
  'cluster.blocks.read_only': 'false',
  'cluster.blocks.read_only_allow_delete': 'false',
  'indices.recovery.max_bytes_per_sec': '40mb',
}

export function readClusterSettings({ settings }: FakeState): port.ClusterSettings {
  return { persistent: { ...settings.persistent }, transient: { ...settings.transient }, defaults }
}

export function readWatermarks(state: FakeState): port.Watermarks {
  const value = (name: string) => {
    const key = `cluster.routing.allocation.disk.${name}`
    return effective(state, key) ?? defaults[key] ?? null
  }
  /** A mark that somebody has set has none by default. */
  const headroom = (mark: string, usual: string) =>
    value(`${mark}.max_headroom`) ??
    (effective(state, `cluster.routing.allocation.disk.${mark}`) === undefined ? usual : null)
  return {
    enabled: value('threshold_enabled') === 'true',
    low: value('watermark.low') ?? '85%',
    high: value('watermark.high') ?? '90%',
    flood: value('watermark.flood_stage') ?? '95%',
    lowMaxHeadroom: headroom('watermark.low', '200GB'),
    highMaxHeadroom: headroom('watermark.high', '150GB'),
    floodMaxHeadroom: headroom('watermark.flood_stage', '100GB'),
  }
}

export function readDisk(state: FakeState): port.DiskUse[] {
  return answering(state)
    .filter(isData)
    .map(({ name, totalBytes, availableBytes }) => ({ node: name, totalBytes, availableBytes }))
}

export function readPressure(state: FakeState): port.NodePressure[] {
  return answering(state).map(node => ({
    node: node.name,
    heapPercent: node.heapPercent,
    oldGcCount: 0,
    oldGcMs: 0,
    parentBreakerTrips: 0,
    writeRejected: Math.floor(node.rejected),
    searchRejected: 0,
    searchQueue: 0,
    indexingPressureRejected: 0,
    cpuPercent: node.cpuPercent,
  }))
}

export function readRecovery(state: FakeState): port.RecoveryProgress {
  const sum = { active: 0, recoveredBytes: 0, reusedBytes: 0, totalBytes: 0, translogOps: 0 }
  eachCopy(state, ({ state: at, recovery, moving }) => {
    if (moving) {
      const done = (state.atMs - moving.beginMs) / Math.max(1, moving.endMs - moving.beginMs)
      sum.active += 1
      sum.recoveredBytes += Math.floor(moving.bytes * done)
      sum.totalBytes += moving.bytes
    }
    if (at !== 'INITIALIZING' || recovery === null) return
    const share = (state.atMs - recovery.beginMs) / Math.max(1, recovery.endMs - recovery.beginMs)
    sum.active += 1
    sum.recoveredBytes += Math.floor((recovery.bytes - recovery.reused) * share)
    sum.reusedBytes += recovery.reused
    sum.totalBytes += recovery.bytes
    sum.translogOps += Math.floor(100 * share)
  })
  return sum
}

export function readRecoveredOnto(
  state: FakeState,
  name: string,
  indices: readonly string[],
): port.RecoveryOutcome[] {
  const id = state.nodes.find(node => node.name === name)?.id
  const outcomes: port.RecoveryOutcome[] = []
  eachCopy(state, (copy, shard, index) => {
    if (copy.node !== id || !isLive(copy) || copy.recovery === null || !indices.includes(index.name)) return
    const { bytes, reused } = copy.recovery
    outcomes.push({
      index: index.name,
      shard: shard.number,
      targetNode: name,
      copiedBytes: bytes - reused,
      reusedBytes: reused,
    })
  })
  return outcomes
}

export function readCounts(state: FakeState): port.IndexCounts[] {
  return state.indices.map(index => ({
    index: index.name,
    uuid: index.uuid,
    docs: state.world.uncounted.includes(index.name) ? 0 : countDocuments(index),
    storeBytes: index.bytes * (index.replicas + 1),
    blocks: [...index.blocks].sort(),
  }))
}

export function readTraffic(state: FakeState): port.TrafficSample {
  return {
    status: readStatus(state),
    nodes: members(state).length,
    indexedTotal: Math.floor(state.tally.acked),
    indexTimeMs: Math.floor(state.tally.indexTimeMs),
  }
}
