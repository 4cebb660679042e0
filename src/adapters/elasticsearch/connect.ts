// One cluster as the ports see it, composed from a file per topic. No request is made before the first method is called.
import type { AllocationPort } from '../../ports/allocation.ts'
import type { ElasticsearchPort } from '../../ports/elasticsearch.ts'
import type { IndicesPort } from '../../ports/indices.ts'
import type { MembershipPort } from '../../ports/membership.ts'
import type { SettingsPort } from '../../ports/settings.ts'
import type { SnapshotsPort } from '../../ports/snapshots.ts'
import { openAllocation } from './allocation/port.ts'
import { removeCanary, runCanary } from './canary.ts'
import { readCapabilities } from './capabilities.ts'
import { readClusterSettings, readWatermarks } from './cluster-settings.ts'
import { readBlocks, readCounts } from './counts.ts'
import { type ElasticsearchCredentials, openCredentials } from './credentials/port.ts'
import { findCanaries, leaveCanaries, removeCanaries } from './drill-canaries.ts'
import { explainCopy } from './explain.ts'
import { flushIndices } from './flush.ts'
import { readHealth, readTraffic } from './health.ts'
import { askEveryEndpoint, readIdentity } from './identity.ts'
import { openIndices } from './indices/port.ts'
import { readLifecycle } from './lifecycle.ts'
import { readAppliedVersions, readCoordination, readMaster } from './master.ts'
import { openMembership } from './membership/port.ts'
import { readDisk, readOpenConnections, readPressure } from './node-stats.ts'
import { readMembers, readNodes } from './nodes.ts'
import type { ConnectOptions } from './options.ts'
import { openPool } from './pool.ts'
import { readRecoveredOnto, readRecovery } from './recovery.ts'
import { openSettings } from './settings.ts'
import { readShardMap } from './shard-map.ts'
import { announceRestart, readShutdowns, withdrawRestart } from './shutdown.ts'
import { openSnapshots } from './snapshots/port.ts'
import { readRunningSnapshots } from './snapshots.ts'
import { countInFlight, readLongTasks } from './tasks.ts'
import { listUnchangeable } from './unchangeable.ts'

export interface ElasticsearchConnection extends ElasticsearchPort {
  readonly settings: SettingsPort
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
  readonly allocation: AllocationPort
  readonly membership: MembershipPort
  readonly credentials: ElasticsearchCredentials
  close(): Promise<void>
}

/** Every method throws OpsError CLUSTER_TLS while the CA file cannot be read. */
export function connectElasticsearch(options: ConnectOptions): ElasticsearchConnection {
  const pool = openPool(options)
  return {
    identity: () => readIdentity(pool),
    endpoints: () => askEveryEndpoint(pool.wires),
    health: limit => readHealth(pool, limit),
    master: () => readMaster(pool),
    coordination: () => readCoordination(pool),
    appliedVersions: () => readAppliedVersions(pool.wires),
    nodes: () => readNodes(pool),
    members: () => readMembers(pool),
    shardMap: () => readShardMap(pool),
    clusterSettings: () => readClusterSettings(pool),
    watermarks: () => readWatermarks(pool),
    capabilities: () => readCapabilities(pool),
    shutdowns: () => readShutdowns(pool),
    explain: copy => explainCopy(pool, copy),
    disk: () => readDisk(pool),
    pressure: () => readPressure(pool),
    runningSnapshots: () => readRunningSnapshots(pool),
    lifecycle: () => readLifecycle(pool),
    longTasks: () => readLongTasks(pool),
    recovery: () => readRecovery(pool),
    recoveredOnto: (node, indices) => readRecoveredOnto(pool, node, indices),
    counts: () => readCounts(pool),
    blocks: () => readBlocks(pool),
    traffic: () => readTraffic(pool),
    openConnections: node => readOpenConnections(pool, node),
    inFlight: node => countInFlight(pool, node),
    unchangeable: indices => listUnchangeable(pool, indices),
    flush: (indices, limit) => flushIndices(pool, indices, limit),
    announceRestart: node => announceRestart(pool, node),
    withdrawRestart: nodeId => withdrawRestart(pool, nodeId),
    canary: id => runCanary(pool, id),
    removeCanary: () => removeCanary(pool),
    leaveCanaries: ids => leaveCanaries(pool, ids),
    findCanaries: ids => findCanaries(pool, ids),
    removeCanaries: () => removeCanaries(pool),
    adopt: async clusterUuid => pool.adopt(clusterUuid),
    settings: openSettings(pool),
    snapshots: openSnapshots(pool),
    indices: openIndices(pool),
    allocation: openAllocation(pool),
    membership: openMembership(pool, options),
    credentials: openCredentials(pool, options),
    close: () => pool.close(),
  }
}
