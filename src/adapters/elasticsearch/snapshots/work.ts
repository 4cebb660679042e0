// What works on repositories now, and restores that are not over: from the list of running snapshots and the cluster state.
// Reads only.
import { z } from 'zod'
import type { RepositoryWork, RunningRestore } from '../../../ports/snapshots.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { readRunningSnapshots } from '../snapshots.ts'

const deletions = z.object({
  snapshot_deletions: z
    .array(z.object({ repository: z.string(), snapshots: z.array(z.string()) }))
    .default([]),
})
const cleanups = z.object({ repository_cleanup: z.array(z.object({ repository: z.string() })).default([]) })
const restores = z.object({
  snapshots: z
    .array(
      z.object({
        snapshot: z.string(),
        repository: z.string(),
        state: z.string(),
        shards: z
          .array(
            z.object({
              index: z.object({ index_name: z.string() }),
              shard: z.union([z.number(), z.object({ shard: z.number() })]),
              state: z.string(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})
const customsAnswer = z.object({
  snapshot_deletions: deletions.optional(),
  repository_cleanup: cleanups.optional(),
  restore: restores.optional(),
})

async function readCustoms(pool: Pool, filter_path: string) {
  const path = '/_cluster/state/customs'
  return parse(
    customsAnswer,
    await pool.read({ method: 'GET', path, viaMaster: 'read', query: { filter_path } }),
  )
}

export async function readWork(pool: Pool): Promise<readonly RepositoryWork[]> {
  const [running, customs] = await Promise.all([
    readRunningSnapshots(pool),
    readCustoms(pool, 'snapshot_deletions,repository_cleanup'),
  ])
  return [
    ...running.map(({ repository, snapshot }) => ({
      kind: 'create' as const,
      repository,
      snapshots: [snapshot],
    })),
    ...(customs.snapshot_deletions?.snapshot_deletions ?? []).map(({ repository, snapshots }) => ({
      kind: 'delete' as const,
      repository,
      snapshots,
    })),
    ...(customs.repository_cleanup?.repository_cleanup ?? []).map(({ repository }) => ({
      kind: 'cleanup' as const,
      repository,
      snapshots: [],
    })),
  ]
}

export async function readRestores(pool: Pool): Promise<readonly RunningRestore[]> {
  const { restore } = await readCustoms(pool, 'restore')
  return (restore?.snapshots ?? []).map(({ repository, snapshot, state, shards }) => ({
    repository,
    snapshot,
    state,
    shards: shards.map(one => ({
      index: one.index.index_name,
      shard: typeof one.shard === 'number' ? one.shard : one.shard.shard,
      state: one.state,
    })),
  }))
}
