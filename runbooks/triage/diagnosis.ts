// What a triage comes to, as plain data: causes, the truest first, and for each what mends it, the safest first. No reads here.
// `reroute` takes the remedies; nothing in a diagnosis may hold the content of a document.

/** How much a remedy can harm: nothing, nothing that cannot be taken back, load on the cluster, or what nobody has elsewhere. */
export type Risk = 'none' | 'reversible' | 'moves-data' | 'loses-data'

export type CopyName = { readonly index: string; readonly shard: number; readonly primary: boolean }

/** One thing to do. `text` says it to a person, `command` is what to type or send where `reroute` is not used. */
export type Remedy = { readonly risk: Risk; readonly text: string; readonly command: string | null } & (
  | { readonly do: 'start-node'; readonly nodes: readonly string[] }
  | { readonly do: 'wait'; readonly forMs: number }
  | {
      readonly do: 'clear-cluster-setting'
      readonly name: string
      readonly scope: 'persistent' | 'transient'
    }
  /** For the length of the run; given back afterwards. */
  | { readonly do: 'lend-cluster-setting'; readonly name: string; readonly value: string }
  | { readonly do: 'clear-index-setting'; readonly name: string; readonly indices: readonly string[] }
  | {
      readonly do: 'set-index-setting'
      readonly name: string
      readonly value: string
      readonly indices: readonly string[]
    }
  | { readonly do: 'withdraw-shutdown'; readonly nodeId: string; readonly node: string }
  | { readonly do: 'clear-voting-exclusions' }
  | { readonly do: 'retry-failed' }
  | { readonly do: 'retry-lifecycle'; readonly indices: readonly string[] }
  | {
      readonly do: 'move'
      readonly index: string
      readonly shard: number
      readonly from: string
      readonly to: string
    }
  | {
      readonly do: 'restore'
      readonly indices: readonly string[]
      readonly repository: string
      readonly snapshot: string
    }
  | { readonly do: 'import-dangling'; readonly uuid: string; readonly index: string }
  | {
      readonly do: 'allocate-stale'
      readonly index: string
      readonly shard: number
      readonly node: string
      readonly nodeId: string
      readonly allocationId: string
    }
  | { readonly do: 'allocate-empty'; readonly index: string; readonly shard: number; readonly node: string }
  /** Nothing that `ops` does: a person, or another runbook. */
  | { readonly do: 'advise' }
)

export const causeIds = [
  'no_master',
  'master_unstable',
  'voting_exclusions',
  'node_missing',
  'node_hung',
  'cluster_block',
  'disk_full',
  'no_valid_copy',
  'copy_corrupt',
  'allocation_disabled',
  'allocation_filter',
  'tier_missing',
  'too_many_copies',
  'shards_limit',
  'awareness',
  'disk_watermark',
  'retries_exhausted',
  'delayed',
  'fetching',
  'throttled',
  'shutting_down',
  'version_mixed',
  'snapshot_running',
  'restore_failed',
  'resize_source',
  'repository_missing',
  'follower_bootstrap',
  'frozen_role',
  'write_load',
  'primary_first',
  'cluster_shard_limit',
  'dangling',
  'lifecycle_error',
  'lifecycle_overdue',
  'unknown_decider',
] as const
export type CauseId = (typeof causeIds)[number]

export type Cause = {
  readonly id: CauseId
  /** One sentence that names nodes, settings or indices: what is wrong, not what was seen. */
  readonly sentence: string
  /** What was seen, one line each. */
  readonly evidence: readonly string[]
  /** Copies that this keeps unassigned; empty where it is about the cluster. At most 1,000, `copyCount` has all. */
  readonly copies: readonly CopyName[]
  readonly copyCount: number
  readonly indices: readonly string[]
  /** The safest first. Never empty: where nothing without loss of data can heal it, the first one says so. */
  readonly remedies: readonly Remedy[]
}

/** Where what is missing of one red index could come from. */
export type Recoverable = {
  readonly index: string
  readonly from: readonly ('node' | 'kafka' | 'snapshot')[]
  /** Why, one line for each source, those that do not serve among them. */
  readonly because: readonly string[]
  /** ISO 8601; of what can be read. `null` where nothing answers. */
  readonly lastDocument: string | null
  readonly docs: number | null
  readonly bytes: number | null
  readonly snapshot: { readonly repository: string; readonly name: string; readonly takenAt: string } | null
}

export type Diagnosis = {
  readonly cluster: string
  readonly status: 'green' | 'yellow' | 'red' | 'unknown'
  readonly seenAt: string
  readonly copies: { readonly total: number; readonly unassigned: number }
  /** The first one is to be seen to first. */
  readonly causes: readonly Cause[]
  readonly recoverable: readonly Recoverable[]
  /** What could not be looked at, and why: `snapshots: no answer in time`. */
  readonly blind: readonly string[]
  /** How many requests the look took. */
  readonly requests: number
}
