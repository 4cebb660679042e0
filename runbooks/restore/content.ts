// Is what was restored what the manifest says? Pure. One difference is enough; what cannot be compared counts as different,
// never as equal.
import { type DocumentHash, sayCount, sayFew, sayTime } from '#sdk'
import type { ManifestIndex } from '../snapshot/manifest.ts'

export interface FoundContent {
  readonly docs: number
  readonly shards: number
  readonly fromMs: number | null
  readonly untilMs: number | null
  readonly mappingHash: string
  /** Of the documents that the manifest has samples of; those that are not there are left out. */
  readonly hashes: readonly DocumentHash[]
}

/** What differs, one sentence each; empty where it is proven equal. */
export function decideContent(wanted: ManifestIndex, found: FoundContent): readonly string[] {
  const quiet = wanted.docs.least === wanted.docs.most
  return [
    ...explainDocs(wanted, found.docs),
    ...(found.shards === wanted.shards ? [] : [`${found.shards} shards instead of ${wanted.shards}`]),
    ...explainTime('oldest', wanted.fromMs, found.fromMs, (want, got) =>
      quiet ? got === want : got <= want,
    ),
    ...explainTime('newest', wanted.untilMs, found.untilMs, (want, got) =>
      quiet ? got === want : got >= want,
    ),
    ...(found.mappingHash === wanted.mappingHash ? [] : ['its mapping is another one']),
    ...explainSamples(wanted.samples, found.hashes),
  ]
}

function explainDocs({ docs: { least, most } }: ManifestIndex, found: number): string[] {
  if (found >= least && found <= most) return []
  const wanted = least === most ? sayCount(least) : `${sayCount(least)} to ${sayCount(most)}`
  return [`${sayCount(found)} documents instead of ${wanted}`]
}

/** While it was written to, older and newer documents may have come in after the manifest was begun. */
function explainTime(
  which: 'oldest' | 'newest',
  wanted: number | null,
  found: number | null,
  fits: (wanted: number, found: number) => boolean,
): string[] {
  if (wanted === null) return []
  if (found === null) return [`no document has a @timestamp, the ${which} was of ${sayTime(wanted)}`]
  if (fits(wanted, found)) return []
  return [`the ${which} document is of ${sayTime(found)} instead of ${sayTime(wanted)}`]
}

function explainSamples(wanted: readonly DocumentHash[], found: readonly DocumentHash[]): string[] {
  const hashes = new Map(found.map(({ id, hash }) => [id, hash]))
  const missing = wanted.filter(({ id }) => !hashes.has(id)).map(({ id }) => id)
  const changed = wanted
    .filter(({ id, hash }) => hashes.has(id) && hashes.get(id) !== hash)
    .map(({ id }) => id)
  return [
    ...(missing.length === 0 ? [] : [`documents are missing: ${sayFew(missing, 3)}`]),
    ...(changed.length === 0 ? [] : [`documents are others: ${sayFew(changed, 3)}`]),
  ]
}
