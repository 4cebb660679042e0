// The manifest of a snapshot: what a restore of it must hold, index by index. Pure data, kept as evidence under
// `REPOSITORY/SNAPSHOT` and beside the repository's files. It never holds a document, only hashes of some.
import type { DocumentHash } from '#sdk'

/** How many documents of each index are remembered by hash. */
export const samplesPerIndex = 200

export type ManifestIndex = {
  readonly index: string
  /** Of the index that was snapshotted. */
  readonly uuid: string
  readonly shards: number
  /** Before the snapshot began and after it had ended: the same number where nobody wrote. */
  readonly docs: { readonly least: number; readonly most: number }
  /** Of the primaries, before. */
  readonly bytes: number
  /** Least and greatest `@timestamp` before; epoch milliseconds. */
  readonly fromMs: number | null
  readonly untilMs: number | null
  readonly mappingHash: string
  /** Chosen before the snapshot began, so each of them is in it; sorted by id. */
  readonly samples: readonly DocumentHash[]
}

export type Manifest = {
  readonly version: 1
  readonly repository: string
  readonly snapshot: string
  readonly snapshotUuid: string
  readonly cluster: { readonly name: string; readonly uuid: string; readonly version: string }
  readonly run: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly indices: readonly ManifestIndex[]
}

export const manifestKey = (repository: string, snapshot: string): string => `${repository}/${snapshot}`
