// Indices and what is in them, as far as a backup has to know it. Times are epoch milliseconds, sizes bytes.
// Errors as in elasticsearch.ts. Content of a document never leaves this port: what leaves is its SHA-256.

/** `GET NAME` and `_cat/indices`, open and closed ones, hidden ones too. */
export interface IndexFacts {
  readonly name: string
  readonly uuid: string
  readonly open: boolean
  readonly createdAtMs: number
  readonly shards: number
  readonly replicas: number
  readonly aliases: readonly string[]
  /** Explicit settings, flat: `index.lifecycle.name`, `index.blocks.write`, ... */
  readonly settings: Readonly<Record<string, string>>
  /** SHA-256 (hex) of the mapping with its keys sorted. */
  readonly mappingHash: string
}

/** What is in one index now; every shard has answered. */
export interface IndexContent {
  readonly index: string
  readonly docs: number
  /** Of the primaries. A node measures a shard at most every 10 s: one that was just filled may read as it was before. */
  readonly bytes: number
  /** Least and greatest `@timestamp`, `null` where no document has one. */
  readonly fromMs: number | null
  readonly untilMs: number | null
}

export interface DocumentHash {
  readonly id: string
  /** SHA-256 (hex) of `_source` with its keys sorted, as JSON. */
  readonly hash: string
}

/** Explicit settings of one index, flat. */
export type IndexSettings = Readonly<Record<string, string>>

export interface IndicesPort {
  /** Those that match one of the patterns (`*` allowed); a pattern that matches nothing gives nothing. */
  find(patterns: readonly string[]): Promise<readonly IndexFacts[]>
  /** Of every index that this user may see: those settings whose names match one of the patterns. One request, however many there are. */
  settings(names: readonly string[]): Promise<ReadonlyMap<string, IndexSettings>>
  /** Refreshes, then counts. @throws OpsError CLUSTER_BUSY when a shard did not answer: a part is no answer */
  content(indices: readonly string[]): Promise<readonly IndexContent[]>
  /** At most `count` documents, chosen evenly at random by `seed`; all where there are fewer. Sorted by id. */
  sample(index: string, count: number, seed: number): Promise<readonly DocumentHash[]>
  /** Those of `ids` that are there, sorted by id. */
  hashes(index: string, ids: readonly string[]): Promise<readonly DocumentHash[]>
  /** Deletes exactly these, and only where the uuid is the same; says which were gone or were another. */
  remove(
    indices: readonly { readonly name: string; readonly uuid: string }[],
  ): Promise<{ readonly passedOver: readonly string[] }>
  /**
   * In one cluster state: removes the index called `alias` (uuid checked just before; `null`: there is none) and makes `alias`
   * an alias of `to`.
   */
  replaceByAlias(change: {
    readonly alias: string
    readonly uuid: string | null
    readonly to: string
  }): Promise<void>
  /** `_cluster/settings` `cluster.max_shards_per_node` and how many shards are open now. */
  shardBudget(): Promise<{ readonly perNode: number; readonly dataNodes: number; readonly open: number }>
}
