// Elasticsearch as runbooks see it: parsed, named for what it means, no vendor type. Times are milliseconds, sizes bytes.
// Every method throws OpsError CLUSTER_UNREACHABLE, CLUSTER_TLS, CLUSTER_AUTH, CLUSTER_FORBIDDEN, CLUSTER_BUSY or
// CLUSTER_REJECTED; writes may also throw OUTCOME_UNKNOWN, which the caller resolves by reading, never by repeating.

/** `GET /` */
export interface ClusterIdentity {
  readonly clusterName: string
  readonly clusterUuid: string
  readonly version: string
  /** Name of the node that answered. */
  readonly answeredBy: string
}

/** `GET /` on one configured address. */
export interface EndpointAnswer {
  readonly host: string
  readonly url: string
  readonly identity: ClusterIdentity | null
  /** Why there was no identity. */
  readonly problem: string | null
}

/** `GET _cluster/health?wait_for_events=languid` */
export interface ClusterHealth {
  readonly status: 'green' | 'yellow' | 'red'
  readonly timedOut: boolean
  readonly nodes: number
  readonly dataNodes: number
  readonly initializingShards: number
  readonly relocatingShards: number
  readonly unassignedShards: number
  readonly delayedUnassignedShards: number
  readonly inFlightFetches: number
  readonly pendingTasks: number
  readonly oldestPendingTaskMs: number
}

/** `GET _health_report/master_is_stable` and `GET _cat/master` */
export interface MasterState {
  readonly stable: 'green' | 'yellow' | 'red' | 'unknown'
  readonly symptom: string
  /** Name of the elected master, `null` when there is none. */
  readonly elected: string | null
}

/** `GET _cluster/state/metadata?filter_path=metadata.cluster_coordination`; node ids. */
export interface Coordination {
  readonly committed: readonly string[]
  readonly accepted: readonly string[]
  readonly exclusions: readonly { readonly nodeId: string; readonly nodeName: string }[]
}

/** `GET _nodes` */
export interface NodeInfo {
  readonly id: string
  /** New at every start of the process. */
  readonly ephemeralId: string
  readonly name: string
  readonly host: string
  readonly httpAddress: string | null
  readonly version: string
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  /** Server-side start time, epoch milliseconds. */
  readonly startedAtMs: number
  readonly mlockall: boolean
  /** `name@version`, sorted. */
  readonly plugins: readonly string[]
}

/** `GET _cluster/state/nodes`: a member, as the elected master has it. It may hang all the same. */
export type MemberInfo = Pick<NodeInfo, 'id' | 'ephemeralId' | 'name'>

/** One copy of a shard as the routing table has it. */
export interface ShardCopy {
  /** Node id, `null` while unassigned. */
  readonly node: string | null
  readonly allocationId: string | null
  readonly primary: boolean
  readonly state: 'STARTED' | 'INITIALIZING' | 'RELOCATING' | 'UNASSIGNED'
  readonly relocatingTo: string | null
  /** Where unassigned: reason such as NODE_LEFT. */
  readonly unassignedReason: string | null
}

export interface ShardState {
  readonly number: number
  /** Allocation ids of the copies that hold every acknowledged write. */
  readonly inSync: readonly string[]
  readonly copies: readonly ShardCopy[]
}

export interface IndexState {
  readonly name: string
  readonly uuid: string
  readonly state: 'open' | 'close'
  readonly replicas: number
  /** `index.auto_expand_replicas`, `null` where off. */
  readonly autoExpand: string | null
  readonly searchableSnapshot: boolean
  readonly createdAtMs: number
  readonly shards: readonly ShardState[]
}

/** `GET _cluster/state/metadata,routing_table`, filtered. */
export interface ShardMap {
  /** Cluster state version the map was read at. */
  readonly version: number
  readonly indices: readonly IndexState[]
}

/** `GET _cluster/settings?flat_settings=true`, with defaults of the named settings. */
export interface ClusterSettings {
  readonly persistent: Readonly<Record<string, string>>
  readonly transient: Readonly<Record<string, string>>
  readonly defaults: Readonly<Record<string, string>>
}

/** `GET _nodes/shutdown` */
export interface ShutdownRecord {
  readonly nodeId: string
  readonly type: string
  readonly reason: string
  readonly status: string
}

/** `POST _cluster/allocation/explain` for one copy. */
export interface AllocationExplanation {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  /** yes, throttled, awaiting_info, allocation_delayed, no_valid_shard_copy, no_attempt, no, worse_balance */
  readonly canAllocate: string
  readonly explanation: string
  /** Deciders that said NO on some node, sorted, unique. */
  readonly deciders: readonly string[]
}

/** `GET _nodes/stats/fs` */
export interface DiskUse {
  readonly node: string
  readonly totalBytes: number
  readonly availableBytes: number
}

/** Effective disk watermarks, as bytes that must stay free on a disk of `totalBytes` (max_headroom applied). */
export interface Watermarks {
  readonly enabled: boolean
  readonly low: string
  readonly high: string
  readonly flood: string
  readonly lowMaxHeadroom: string | null
  readonly highMaxHeadroom: string | null
  readonly floodMaxHeadroom: string | null
}

/** `GET _nodes/stats/jvm,breaker,thread_pool,indexing_pressure,process`; counters only grow while a node lives. */
export interface NodePressure {
  readonly node: string
  readonly heapPercent: number
  readonly oldGcCount: number
  readonly oldGcMs: number
  readonly parentBreakerTrips: number
  readonly writeRejected: number
  readonly searchRejected: number
  readonly searchQueue: number
  readonly indexingPressureRejected: number
  /** Share of the machine's CPU that the node's own process uses. */
  readonly cpuPercent: number
}

/** `GET _snapshot/_all/_current` */
export interface RunningSnapshot {
  readonly repository: string
  readonly snapshot: string
}

/** SLM and ILM; `null` where the cluster has no such module. */
export interface LifecycleState {
  readonly slm: {
    readonly mode: string
    readonly nextRuns: readonly {
      readonly policy: string
      readonly repository: string
      readonly atMs: number
    }[]
  } | null
  readonly ilm: {
    readonly mode: string
    readonly busy: readonly { readonly index: string; readonly action: string; readonly step: string }[]
    readonly errors: readonly { readonly index: string; readonly step: string; readonly message: string }[]
  } | null
}

/** `GET _tasks?detailed&actions=*reindex*,*byquery*,*forcemerge*,*restore*` */
export interface LongTask {
  readonly node: string
  readonly action: string
  readonly description: string
  readonly runningMs: number
}

/** `GET _recovery?active_only=true`, summed over all copies that are being recovered. */
export interface RecoveryProgress {
  readonly active: number
  readonly recoveredBytes: number
  readonly reusedBytes: number
  readonly totalBytes: number
  readonly translogOps: number
}

/** `GET _recovery` of the named indices: what each finished recovery onto the node copied and reused. */
export interface RecoveryOutcome {
  readonly index: string
  readonly shard: number
  readonly targetNode: string
  readonly copiedBytes: number
  readonly reusedBytes: number
}

/** What this cluster can do, found out by asking it. */
export interface Capabilities {
  readonly nodeShutdown: boolean
  readonly slm: boolean
  readonly ilm: boolean
  readonly machineLearning: boolean
  readonly healthReport: boolean
}

/** Cluster-wide counters for rates: `GET _stats/indexing` and `GET _cluster/health`. */
export interface TrafficSample {
  readonly status: 'green' | 'yellow' | 'red'
  readonly nodes: number
  readonly indexedTotal: number
  readonly indexTimeMs: number
}

export interface IndexCounts {
  readonly index: string
  readonly uuid: string
  readonly docs: number
  readonly storeBytes: number
  /** Blocks such as `write` or `read_only_allow_delete` that are set. */
  readonly blocks: readonly string[]
}

export interface ElasticsearchPort {
  identity(): Promise<ClusterIdentity>
  /** Asks every address of the inventory by itself; never throws for an endpoint that is down. */
  endpoints(): Promise<readonly EndpointAnswer[]>
  health(limit: { readonly timeoutMs: number }): Promise<ClusterHealth>
  master(): Promise<MasterState>
  coordination(): Promise<Coordination>
  /** The cluster state that every configured address has applied; `null` for one that does not answer. */
  appliedVersions(): Promise<readonly { readonly host: string; readonly version: number | null }[]>
  /** Members that answer: asks every one of them. */
  nodes(): Promise<readonly NodeInfo[]>
  /** Members, whether they answer or not: asks the master only. */
  members(): Promise<readonly MemberInfo[]>
  shardMap(): Promise<ShardMap>
  clusterSettings(): Promise<ClusterSettings>
  watermarks(): Promise<Watermarks>
  capabilities(): Promise<Capabilities>
  /** Empty where the API is missing. */
  shutdowns(): Promise<readonly ShutdownRecord[]>
  explain(copy: {
    readonly index: string
    readonly shard: number
    readonly primary: boolean
  }): Promise<AllocationExplanation>
  disk(): Promise<readonly DiskUse[]>
  pressure(): Promise<readonly NodePressure[]>
  runningSnapshots(): Promise<readonly RunningSnapshot[]>
  lifecycle(): Promise<LifecycleState>
  longTasks(): Promise<readonly LongTask[]>
  recovery(): Promise<RecoveryProgress>
  recoveredOnto(node: string, indices: readonly string[]): Promise<readonly RecoveryOutcome[]>
  counts(): Promise<readonly IndexCounts[]>
  /** Blocks that are set, by index; an index without any is left out. */
  blocks(): Promise<ReadonlyMap<string, readonly string[]>>
  traffic(): Promise<TrafficSample>
  /** Open HTTP connections of one node (`_nodes/NAME/stats/http` current_open). */
  openConnections(node: string): Promise<number>
  /** In-flight bulk and search tasks that one node coordinates. */
  inFlight(node: string): Promise<number>
  /**
   * Of these indices, the ones whose settings this user may not change (`.security-7` as a rule). `SettingsPort.write`
   * on one of them sets all others and then throws CLUSTER_FORBIDDEN, so ask first and say what will happen to them.
   */
  unchangeable(indices: readonly string[]): Promise<readonly string[]>

  /** Best effort, in chunks of 100 names; says which indices failed. */
  flush(
    indices: readonly string[],
    limit: { readonly timeoutMs: number },
  ): Promise<{ readonly failed: readonly string[] }>
  /** `PUT _nodes/ID/shutdown {type: restart}` and reads it back. */
  announceRestart(node: {
    readonly id: string
    readonly reason: string
    readonly allocationDelayMs: number
  }): Promise<void>
  /** `DELETE _nodes/ID/shutdown`; no error where there is none. */
  withdrawRestart(nodeId: string): Promise<void>
  /** Writes one document to the canary index, reads it back by id, deletes it. `ms` is the round trip. */
  canary(id: string): Promise<{ readonly ms: number }>
  /** Deletes the canary index; no error where there is none. */
  removeCanary(): Promise<void>
  /**
   * Leaves one document for each id in an index of the drill, none in place of another. Ids that are acknowledged, now or
   * before; one that the cluster had no time for is left out.
   */
  leaveCanaries(ids: readonly string[]): Promise<readonly string[]>
  /** Those of `ids` that can be read. */
  findCanaries(ids: readonly string[]): Promise<readonly string[]>
  /** Deletes the index of the drill; no error where there is none. */
  removeCanaries(): Promise<void>
  /** The cluster was lost and formed anew: from now on this one is meant, and no other. Asks nobody. */
  adopt(clusterUuid: string): Promise<void>
}
