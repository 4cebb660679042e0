// Where copies of shards are, why they are not, and how they are put elsewhere. Times are epoch milliseconds, sizes bytes; nodes are
// named unless a field says id. Errors as in elasticsearch.ts. A write whose answer is lost throws OUTCOME_UNKNOWN: look, never repeat.

/** One copy that no node has: `GET _cluster/state/routing_table`, `unassigned_info`. */
export interface UnassignedCopy {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  /** INDEX_CREATED, NODE_LEFT, ALLOCATION_FAILED, NODE_RESTARTING, DANGLING_INDEX_IMPORTED, NEW_INDEX_RESTORED, ... */
  readonly reason: string
  readonly sinceMs: number
  readonly failedAttempts: number
  readonly delayed: boolean
  /** no_attempt, no_valid_shard_copy, deciders_no, deciders_throttled, fetching_shard_data, delayed_allocation */
  readonly lastStatus: string
  /** The server's own text of the last failure, shortened to 2,000 characters. */
  readonly details: string | null
  /** EXISTING_STORE, EMPTY_STORE, PEER, SNAPSHOT, LOCAL_SHARDS */
  readonly recoverySource: string
  /** Name of the node that had it last, where the server says so; an id where that node is gone. */
  readonly lastNode: string | null
}

/** What one decider says of one node. */
export interface Decision {
  readonly decider: string
  readonly decision: 'yes' | 'no' | 'throttle'
  readonly explanation: string
}

/** What is said of one node in an explanation. */
export interface NodeDecision {
  readonly node: string
  readonly nodeId: string
  /** yes, no, throttled, worse_balance, awaiting_info, allocation_delayed, no_valid_shard_copy */
  readonly decision: string
  /** Only those that do not say yes. */
  readonly deciders: readonly Decision[]
  /** The copy on its disk; `null` where it has none. */
  readonly store: {
    readonly inSync: boolean
    readonly allocationId: string | null
    readonly problem: string | null
  } | null
}

/** `POST _cluster/allocation/explain` for one copy, in full. */
export interface Explanation {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  /** unassigned, initializing, started, relocating */
  readonly state: string
  readonly currentNode: string | null
  /** Of an unassigned copy: yes, no, throttled, awaiting_info, allocation_delayed, no_valid_shard_copy, no_attempt. `null` of an assigned one. */
  readonly canAllocate: string | null
  /** Of an assigned copy: yes, no. */
  readonly canRemain: string | null
  /** Deciders by which it may not remain where it is. */
  readonly againstRemaining: readonly Decision[]
  readonly explanation: string
  /** Until a delayed copy is allocated elsewhere. */
  readonly remainingDelayMs: number | null
  readonly nodes: readonly NodeDecision[]
}

/** One copy on a disk of a member: `GET INDEX/_shard_stores?status=all`. */
export interface ShardStore {
  readonly index: string
  readonly shard: number
  readonly node: string
  readonly nodeId: string
  readonly allocationId: string | null
  readonly use: 'primary' | 'replica' | 'unused'
  /** Why it cannot be opened, such as CorruptIndexException. */
  readonly problem: string | null
}

/**
 * `GET _cat/shards?bytes=b`: one copy and its size.
 * A node measures a copy at most every 10 s (`index.store.stats_refresh_interval`): one just made may read 0 bytes.
 */
export interface SizedCopy {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  readonly state: 'STARTED' | 'INITIALIZING' | 'RELOCATING' | 'UNASSIGNED'
  readonly node: string | null
  readonly bytes: number
  readonly docs: number
}

/** Sequence numbers of one copy: `GET INDEX/_stats?level=shards`. */
export interface CopySequence {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  readonly nodeId: string
  readonly maxSeqNo: number
  readonly globalCheckpoint: number
}

/** What can be read of an index whose shards do not all answer. */
export interface Glimpse {
  readonly index: string
  readonly docs: number
  /** Least and greatest `@timestamp` of what answered; `null` where there is none. */
  readonly fromMs: number | null
  readonly untilMs: number | null
  readonly shardsAnswered: number
  readonly shardsTotal: number
}

/** `GET _dangling` */
export interface DanglingIndex {
  readonly name: string
  readonly uuid: string
  readonly createdAtMs: number
  readonly nodes: readonly string[]
}

/** Nodes by name. The last two lose what other copies may have had: they carry `accept_data_loss`. */
export type RerouteCommand =
  | {
      readonly do: 'move'
      readonly index: string
      readonly shard: number
      readonly from: string
      readonly to: string
    }
  | { readonly do: 'allocate_replica'; readonly index: string; readonly shard: number; readonly node: string }
  | { readonly do: 'cancel'; readonly index: string; readonly shard: number; readonly node: string }
  | {
      readonly do: 'allocate_stale_primary' | 'allocate_empty_primary'
      readonly index: string
      readonly shard: number
      readonly node: string
    }

export interface RerouteAnswer {
  /** In the order of the commands: the deciders that do not say yes. */
  readonly decisions: readonly { readonly command: RerouteCommand; readonly against: readonly Decision[] }[]
}

/** `GET _cluster/state/blocks` and the settings that make them. */
export interface ClusterBlocks {
  /** Such as `no master`, `state not recovered / initialized`, `cluster read-only (api)`. */
  readonly cluster: readonly string[]
}

/** `GET _cat/pending_tasks` in short. */
export interface PendingTasks {
  readonly count: number
  readonly oldestMs: number
  /** Of the oldest ten. */
  readonly sources: readonly string[]
}

/** A data node as an allocator sees it: `GET _nodes/stats/fs,indices` and `_cat/allocation`. */
export interface NodeAllocation {
  readonly node: string
  readonly nodeId: string
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  readonly shards: number
  /** Bytes of shards that it holds. */
  readonly shardBytes: number
  readonly totalBytes: number
  readonly availableBytes: number
}

export interface AllocationPort {
  unassigned(): Promise<readonly UnassignedCopy[]>
  /** Works for assigned copies too. @throws OpsError CLUSTER_REJECTED where there is no such copy */
  explain(copy: {
    readonly index: string
    readonly shard: number
    readonly primary: boolean
    /** Of a replica: which one. */
    readonly currentNode?: string
  }): Promise<Explanation>
  stores(indices: readonly string[]): Promise<readonly ShardStore[]>
  copies(): Promise<readonly SizedCopy[]>
  sequences(indices: readonly string[]): Promise<readonly CopySequence[]>
  /** Never throws for a shard that does not answer. */
  glimpse(indices: readonly string[]): Promise<readonly Glimpse[]>
  nodes(): Promise<readonly NodeAllocation[]>
  blocks(): Promise<ClusterBlocks>
  pendingTasks(): Promise<PendingTasks>
  dangling(): Promise<readonly DanglingIndex[]>
  /** Changes nothing: what would become of the commands. */
  tryReroute(commands: readonly RerouteCommand[]): Promise<RerouteAnswer>
  /** `POST _cluster/reroute?metric=none`. @throws OpsError CLUSTER_REJECTED when a decider says no */
  reroute(commands: readonly RerouteCommand[]): Promise<void>
  /** `POST _cluster/reroute?retry_failed=true&metric=none` */
  retryFailed(): Promise<void>
  /** `POST _dangling/UUID?accept_data_loss=true`; waits until the index is in the cluster state. */
  importDangling(uuid: string): Promise<void>
  /** `POST INDEX/_ilm/retry`. @throws OpsError UNSUPPORTED where there is no ILM */
  retryLifecycle(indices: readonly string[]): Promise<void>
  /** Shards that the balancer still means to move, `null` where the server does not say (`GET _internal/desired_balance`). */
  plannedMoves(): Promise<number | null>
}
