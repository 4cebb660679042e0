// Is every file of the snapshot in the repository? Elasticsearch never looks again at files that an earlier snapshot has brought, so
// that it says SUCCESS although one of them is gone. Reads only.
import { z } from 'zod'
import { type Repository, type Run, type SnapshotInfo, sayBytes, sayCount, toOpsError } from '#sdk'
import { playOnRepository } from './on-repository.ts'
import type { SnapshotDetails } from './plan.ts'

export interface FilesSeen {
  /** What is wrong, one sentence each. */
  readonly troubles: readonly string[]
  /** What was looked at. */
  readonly text: string
}

const handedBack = z.object({
  shards: z.coerce.number(),
  files: z.coerce.number(),
  bytes: z.coerce.number(),
  lost: z.coerce.number(),
  troubles: z.array(
    z.object({ index: z.string(), shard: z.coerce.number().nullable(), file: z.string(), why: z.string() }),
  ),
})

export async function checkFiles(
  look: Parameters<typeof playOnRepository>[0],
  { repository }: { readonly repository: Repository },
  info: Pick<SnapshotInfo, 'uuid' | 'shards'>,
  readBack: boolean,
): Promise<FilesSeen> {
  const vars = { ops_snapshot_uuid: info.uuid, ops_read_back: readBack }
  const played = await playOnRepository(look, repository, 'snapshot_files.yml', vars)
  if (played === null)
    return { troubles: [], text: `nobody has looked at its files: no host has those of ${repository.name}` }
  const seen = handedBack.safeParse(played.result)
  if (!seen.success)
    return { troubles: [`${played.host} does not tell what it found of its files`], text: '' }
  const { shards, files, bytes, lost, troubles } = seen.data
  const unseen = info.shards.total - shards
  return {
    troubles: [
      ...(unseen === 0 ? [] : [`the repository lists ${shards} of ${info.shards.total} shards`]),
      ...troubles.map(({ index, shard, file, why }) =>
        `${index}${shard === null ? '' : `[${shard}]`}: ${file} ${why}`.replace(/^: /, ''),
      ),
      ...(lost > troubles.length ? [`and ${lost - troubles.length} files more`] : []),
    ],
    text: `${sayCount(files)} files (${sayBytes(bytes)}) ${readBack ? 'read back' : 'found'} by ${played.host}`,
  }
}

/** The nodes can still write to it, and the repository can be read: what went away meanwhile is heard of now. */
export async function verifyAgain(run: Run, { repository }: SnapshotDetails): Promise<readonly string[]> {
  try {
    await run.snapshots.verify(repository.name)
    return []
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code !== 'REPOSITORY_BROKEN') throw thrown
    return [message]
  }
}
