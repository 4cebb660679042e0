// Taking and deleting snapshots. Indices are always named: an empty list would mean all of them to the server.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { SnapshotRequest } from '../../../ports/snapshots.ts'
import { chunkNames } from '../chunks.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { deletingMs, masterPatience, readingMs } from './limits.ts'
import { listNames } from './list.ts'
import { pathOf } from './repositories.ts'

/** @throws OpsError BUG */
export function refuseNone(indices: readonly string[], what: string): void {
  if (indices.length === 0) throw new OpsError('BUG', { message: `${what} was asked for without any index` })
}

export async function createSnapshot(pool: Pool, request: SnapshotRequest): Promise<void> {
  const { repository, name, indices, globalState, metadata } = request
  refuseNone(indices, `the snapshot ${name}`)
  const answer = await pool.write({
    method: 'PUT',
    path: pathOf(repository, name),
    query: { ...masterPatience, wait_for_completion: 'false' },
    body: {
      indices,
      ignore_unavailable: false,
      // It does not begin without a primary, and no index of it may be deleted meanwhile.
      partial: false,
      include_global_state: globalState,
      ...(globalState ? {} : { feature_states: ['none'] }),
      metadata,
    },
    limitMs: readingMs,
  })
  parse(z.object({ accepted: z.literal(true) }), answer)
}

/** The server deletes all or, where one is missing, none of a request; so only those that are there are sent. */
export async function removeSnapshots(
  pool: Pool,
  repository: string,
  snapshots: readonly string[],
): Promise<void> {
  const there = await listNames(pool, repository)
  for (const { names, path } of chunkNames(snapshots.filter(name => there.includes(name))))
    await removeChunk(pool, repository, names, path)
}

async function removeChunk(pool: Pool, repository: string, names: readonly string[], path: string) {
  const { status } = await pool.write({
    method: 'DELETE',
    path: `${pathOf(repository)}/${path}`,
    query: masterPatience,
    limitMs: deletingMs,
    accept: [404],
  })
  // Somebody else was faster with one of them: the others are still there.
  if (status === 404 && names.length > 1)
    for (const name of names) await removeChunk(pool, repository, [name], encodeURIComponent(name))
}
