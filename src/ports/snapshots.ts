// Snapshots and restores as runbooks see them: parsed, no vendor type. Times are epoch milliseconds, sizes bytes.
// Errors as in elasticsearch.ts; besides: REPOSITORY_MISSING, REPOSITORY_BROKEN (not verified, unreadable, read-only, full),
// SNAPSHOT_MISSING, SNAPSHOT_EXISTS. A write whose answer is lost throws OUTCOME_UNKNOWN: look it up, never repeat it.
import type { JsonObject } from './json.ts'

/** `GET _snapshot` */
export interface Repository {
  readonly name: string
  /** fs, s3, ... */
  readonly type: string
  /** Flat, as the server has them: `location`, `max_snapshot_bytes_per_sec`, ... */
  readonly settings: Readonly<Record<string, string>>
  /** Registered read-only: nothing can be written through it. */
  readonly readOnly: boolean
}

export type SnapshotOutcome = 'IN_PROGRESS' | 'SUCCESS' | 'PARTIAL' | 'FAILED' | 'INCOMPATIBLE'

/** `GET _snapshot/REPOSITORY/_all` */
export interface SnapshotInfo {
  readonly repository: string
  readonly name: string
  readonly uuid: string
  readonly state: SnapshotOutcome
  /** Of the cluster that took it; `null` where the server cannot tell. */
  readonly version: string | null
  readonly indices: readonly string[]
  readonly featureStates: readonly string[]
  readonly globalState: boolean
  readonly startedAtMs: number
  /** `null` while it is being taken. */
  readonly endedAtMs: number | null
  readonly shards: { readonly total: number; readonly successful: number; readonly failed: number }
  readonly failures: readonly { readonly index: string; readonly shard: number; readonly reason: string }[]
  /** As it was given; `{}` where there is none. */
  readonly metadata: JsonObject
}

/** `GET _snapshot/REPOSITORY/NAME/_status`: for one that runs and for one that has ended. */
export interface SnapshotProgress {
  /** STARTED, SUCCESS, FAILED, ... */
  readonly state: string
  readonly shards: {
    readonly initializing: number
    readonly started: number
    readonly finalizing: number
    readonly done: number
    readonly failed: number
    readonly total: number
  }
  /** All bytes of the snapshot, the new ones among them, and how many of those are in the repository. */
  readonly totalBytes: number
  readonly incrementalBytes: number
  readonly processedBytes: number
  /** How many shards of each index, and their bytes. */
  readonly indices: readonly { readonly index: string; readonly shards: number; readonly bytes: number }[]
}

/** Whatever works on a repository now: `GET _snapshot/_all/_current`, `_cluster/state` snapshot_deletions and repository_cleanup. */
export interface RepositoryWork {
  readonly kind: 'create' | 'delete' | 'cleanup'
  readonly repository: string
  /** Names of the snapshots concerned; empty for a cleanup. */
  readonly snapshots: readonly string[]
}

export interface SnapshotRequest {
  readonly repository: string
  readonly name: string
  /** Exact names; a missing one is an error. */
  readonly indices: readonly string[]
  readonly globalState: boolean
  readonly metadata: JsonObject
}

export interface RestoreRequest {
  readonly repository: string
  readonly snapshot: string
  /** Exact names as they are in the snapshot. */
  readonly indices: readonly string[]
  /** Put before every name; empty restores under the same names. */
  readonly prefix: string
  /** `null` keeps that of the snapshot. */
  readonly replicas: number | null
  /** Settings that are set, and settings that are left out (patterns allowed), such as `index.lifecycle.name`. */
  readonly settings: Readonly<Record<string, string>>
  readonly without: readonly string[]
  readonly globalState: boolean
}

/** One copy as `GET _recovery` has it. The list forgets what failed: it proves nothing alone. */
export interface ShardRecovery {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
  /** EMPTY_STORE, EXISTING_STORE, PEER, SNAPSHOT, LOCAL_SHARDS */
  readonly type: string
  /** INIT, INDEX, VERIFY_INDEX, TRANSLOG, FINALIZE, DONE */
  readonly stage: string
  /** `null` unless type is SNAPSHOT. */
  readonly fromSnapshot: string | null
  readonly recoveredBytes: number
  readonly totalBytes: number
}

/** A restore that the master still has on its list: `_cluster/state/customs` `restore`. */
export interface RunningRestore {
  readonly repository: string
  readonly snapshot: string
  readonly state: string
  readonly shards: readonly { readonly index: string; readonly shard: number; readonly state: string }[]
}

export interface SnapshotsPort {
  repositories(): Promise<readonly Repository[]>
  /** `POST _snapshot/NAME/_verify`: names of the nodes that can write to it. @throws OpsError REPOSITORY_BROKEN naming nodes */
  verify(repository: string): Promise<readonly string[]>
  register(repository: Repository, verify: boolean): Promise<void>
  /** Oldest first, those that are being taken among them. */
  list(repository: string): Promise<readonly SnapshotInfo[]>
  progress(repository: string, snapshot: string): Promise<SnapshotProgress>
  work(): Promise<readonly RepositoryWork[]>
  /** Begins and does not wait for its end. */
  create(request: SnapshotRequest): Promise<void>
  /** Waits for its end. No error where it is gone already. */
  remove(repository: string, snapshots: readonly string[]): Promise<void>
  /** Deletes what no snapshot refers to any more. */
  cleanUp(repository: string): Promise<{ readonly bytes: number; readonly blobs: number }>
  /** Begins and does not wait for its end. */
  restore(request: RestoreRequest): Promise<void>
  restores(): Promise<readonly RunningRestore[]>
  /** Of the named indices, missing ones passed over. */
  recoveries(indices: readonly string[]): Promise<readonly ShardRecovery[]>
}
