// What lies in snapshot repositories, as plain JSON. A store is the place itself (a directory, a bucket): it outlives the
// cluster and may be registered under several names. Nothing here may be a class, a function or a Map.

/** A registration: the place is `settings.location`. */
export interface FakeRepository {
  name: string
  type: string
  settings: Record<string, string>
}

export interface FakeStore {
  snapshots: FakeSnapshot[]
  trouble: StoreTrouble
  /** What failed snapshots have left behind. */
  orphans: { bytes: number; blobs: number }
}

export interface StoreTrouble {
  /** Names of the nodes that do not have the place: they fail to verify it, and so do their shards. */
  missingOn: string[]
  notWritable: boolean
  full: boolean
  /** Its table of contents cannot be read. */
  unreadable: boolean
  /** Indices whose shards stand still while they are snapshotted, `*` for all. Goes on when it is taken away. */
  stalls: string[]
  /** Shards that lose a file while they are snapshotted: `index[0]`, an index, or `*`. */
  losesBlobs: string[]
}

export interface FakeSnapshot {
  name: string
  uuid: string
  version: string
  globalState: boolean
  metadata: Record<string, unknown>
  state: 'IN_PROGRESS' | 'SUCCESS' | 'PARTIAL' | 'FAILED'
  startedAtMs: number
  endedAtMs: number | null
  indices: FakeFrozenIndex[]
}

/** An index as it was when the snapshot began. */
export interface FakeFrozenIndex {
  name: string
  uuid: string
  /** What is restored from it is as old. */
  createdAtMs: number
  replicas: number
  tier: string
  settings: Record<string, string>
  aliases: string[]
  mappingHash: string
  docs: number
  bytes: number
  documents: FakeDocuments
  shards: FakeFrozenShard[]
}

export interface FakeFrozenShard {
  number: number
  bytes: number
  /** Those that no earlier snapshot has. */
  newBytes: number
  /** Name of the node that has the primary. */
  node: string
  state: 'initializing' | 'started' | 'done' | 'failed'
  reason: string | null
  /** When it ends; `null` until it has started, and while it stands still. */
  endsAtMs: number | null
  /** Its restore fails. */
  corrupt: boolean
}

/**
 * Which documents an index has: all of `seed`, from number 0 to the count of the index, but for these exceptions by
 * number: another hash, or `null` for one that is gone.
 */
export interface FakeDocuments {
  seed: string
  /** `@timestamp` of the first one; each later one is a second younger. */
  fromMs: number
  exceptions: Record<string, string | null>
}

/** A snapshot that is being deleted. */
export interface FakeDeletion {
  repository: string
  snapshots: string[]
  endsAtMs: number
}

/** A restore on the master's list. */
export interface FakeRestore {
  repository: string
  snapshot: string
  indices: string[]
}

/** Where the primary of a restored index comes from. */
export interface FakeSource {
  repository: string
  snapshot: string
  bytes: number
  corrupt: boolean
  /** One that has failed is not tried again. */
  state: 'waiting' | 'done' | 'failed'
}

/** Changes of stores that tests make or schedule. */
export type StoreAction =
  | { do: 'store'; repository: string; trouble: Partial<StoreTrouble> }
  | { do: 'corrupt'; repository: string; snapshot: string; index: string; shard: number }
  /** Of a frozen index: what is restored from it differs, and nobody is told. */
  | {
      do: 'spoil-snapshot'
      repository: string
      snapshot: string
      index: string
      document: number
      how: 'changed' | 'gone'
    }
  | { do: 'spoil-document'; index: string; document: number; how: 'changed' | 'gone' }
