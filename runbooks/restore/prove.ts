// Compares what was restored with the manifest, index by index, so that no more than one is in memory. Reads only.
import { OpsError, type Run, sayBytes, sayCount } from '#sdk'
import type { ManifestIndex } from '../snapshot/manifest.ts'
import type { Made } from './batch.ts'
import { decideContent } from './content.ts'

export type ContentVerdict = Made & {
  readonly docs: number
  /** Empty where nothing differs. */
  readonly differences: readonly string[]
  /** There was a manifest to compare with. */
  readonly compared: boolean
}

const pollMs = 1000
const stallMs = 120_000

/** Patient with shards that do not answer at once; a part of an answer is none. */
export function proveContent(run: Run, made: Made, wanted: ManifestIndex | null): Promise<ContentVerdict> {
  return run.wait({
    subject: made.name,
    title: 'is compared',
    everyMs: pollMs,
    stallMs,
    ceilingMs: 5 * stallMs,
    poll: async () => ({ done: await compare(run, made, wanted) }),
    orElse: lastSeen =>
      new OpsError('CONTENT_DIFFERS', {
        message: `${made.name} cannot be read, so nothing of it is proven: ${lastSeen}`,
        hint: 'see the nodes that hold its shards',
      }),
  })
}

export async function compare(
  { indices }: Pick<Run, 'indices'>,
  made: Made,
  wanted: ManifestIndex | null,
): Promise<ContentVerdict> {
  const facts = (await indices.find([made.name])).find(({ name }) => name === made.name)
  if (facts === undefined || facts.uuid !== made.uuid) return unread(made, 'it is not there any more')
  if (!facts.open) return unread(made, 'it is closed, so nothing in it can be compared')
  const content = (await indices.content([made.name])).find(({ index }) => index === made.name)
  if (content === undefined) return unread(made, 'its content is not told')
  const { docs, fromMs, untilMs } = content
  if (wanted === null) return { ...made, docs, differences: [], compared: false }
  const hashes = await indices.hashes(
    made.name,
    wanted.samples.map(({ id }) => id),
  )
  const { shards, mappingHash } = facts
  const differences = decideContent(wanted, { docs, shards, fromMs, untilMs, mappingHash, hashes })
  return { ...made, docs, differences, compared: true }
}

const unread = (made: Made, why: string): ContentVerdict => ({
  ...made,
  docs: 0,
  differences: [why],
  compared: true,
})

export function sayVerdict({ index, docs, bytes, differences, compared }: ContentVerdict): string {
  if (differences.length > 0) return `${index} differs from the manifest: ${differences.join('; ')}`
  const size = `${sayCount(docs)} documents, ${sayBytes(bytes)}`
  return compared
    ? `${index}: ${size}, as the manifest says`
    : `${index}: ${size}, every shard restored; its content was not compared`
}

/** @throws OpsError CONTENT_DIFFERS naming every index that differs, and how */
export function checkVerdicts(verdicts: readonly ContentVerdict[]): void {
  const bad = verdicts.filter(({ differences }) => differences.length > 0)
  if (bad.length === 0) return
  const shown = bad.slice(0, 5).map(sayVerdict)
  const more = bad.length > shown.length ? `; and ${bad.length - shown.length} more indices` : ''
  throw new OpsError('CONTENT_DIFFERS', {
    message: `${shown.join('; ')}${more}`,
    hint: 'restore from an older snapshot: --snapshot NAME',
  })
}
