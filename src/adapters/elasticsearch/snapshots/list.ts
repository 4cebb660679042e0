// The snapshots of a repository, and how far one of them is. Reads only. A snapshot that cannot be read fails the whole
// list: one that is passed over would be missed by nobody.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { JsonObject } from '../../../ports/json.ts'
import type { SnapshotInfo, SnapshotProgress } from '../../../ports/snapshots.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { masterPatience, readingMs } from './limits.ts'
import { pathOf } from './repositories.ts'

const failure = z.object({
  index: z.string().default(''),
  shard_id: z.number().default(-1),
  reason: z.string(),
})
const snapshot = z.object({
  snapshot: z.string(),
  uuid: z.string(),
  version: z.string().optional(),
  indices: z.array(z.string()).default([]),
  feature_states: z.array(z.object({ feature_name: z.string() })).default([]),
  include_global_state: z.boolean().default(false),
  metadata: z.record(z.string(), z.unknown()).default({}),
  state: z.enum(['IN_PROGRESS', 'SUCCESS', 'PARTIAL', 'FAILED', 'INCOMPATIBLE']),
  start_time_in_millis: z.number().default(0),
  end_time_in_millis: z.number().default(0),
  failures: z.array(failure).default([]),
  shards: z
    .object({ total: z.number(), successful: z.number(), failed: z.number() })
    .default({ total: 0, successful: 0, failed: 0 }),
})
const listAnswer = z.object({
  snapshots: z.array(snapshot).default([]),
  // Servers before 8.15 answer 200 and put here what they could not read.
  failures: z.record(z.string(), z.object({ type: z.string(), reason: z.string() })).default({}),
})

export async function listSnapshots(pool: Pool, repository: string): Promise<readonly SnapshotInfo[]> {
  const query = { ...masterPatience, ignore_unavailable: 'false', sort: 'start_time', order: 'asc' }
  const path = `${pathOf(repository)}/_all`
  const answer = await pool.read({ method: 'GET', path, query, limitMs: readingMs })
  const { snapshots, failures } = parse(listAnswer, answer)
  const [problem] = Object.values(failures)
  if (problem !== undefined)
    throw new OpsError('REPOSITORY_BROKEN', {
      message: `the snapshots of ${repository} cannot be read: ${problem.type}: ${problem.reason}`,
      hint: 'see that every node has the repository mounted and that its files are whole',
    })
  return snapshots.map(one => toInfo(repository, one))
}

const toInfo = (repository: string, one: z.output<typeof snapshot>): SnapshotInfo => ({
  repository,
  name: one.snapshot,
  uuid: one.uuid,
  state: one.state,
  version: one.version ?? null,
  indices: [...one.indices].sort(),
  featureStates: one.feature_states.map(({ feature_name }) => feature_name).sort(),
  globalState: one.include_global_state,
  startedAtMs: one.start_time_in_millis,
  endedAtMs: one.state === 'IN_PROGRESS' || one.end_time_in_millis === 0 ? null : one.end_time_in_millis,
  shards: one.shards,
  failures: one.failures.map(({ index, shard_id, reason }) => ({ index, shard: shard_id, reason })),
  metadata: one.metadata as JsonObject,
})

/** Names only: no file of a snapshot is read. */
export async function listNames(pool: Pool, repository: string): Promise<readonly string[]> {
  const query = { ...masterPatience, verbose: 'false', filter_path: 'snapshots.snapshot' }
  const path = `${pathOf(repository)}/_all`
  const answer = await pool.read({ method: 'GET', path, query, limitMs: readingMs })
  const names = z.object({ snapshots: z.array(z.object({ snapshot: z.string() })).default([]) })
  return parse(names, answer).snapshots.map(one => one.snapshot)
}

const size = z.object({ size_in_bytes: z.number() })
const nothing = { size_in_bytes: 0 }
const stats = z.object({
  incremental: size.default(nothing),
  processed: size.optional(),
  total: size.default(nothing),
})
const shardCounts = z.object({
  initializing: z.number(),
  started: z.number(),
  finalizing: z.number(),
  done: z.number(),
  failed: z.number(),
  total: z.number(),
})
const statusAnswer = z.object({
  snapshots: z.tuple([
    z.object({
      state: z.string(),
      shards_stats: shardCounts,
      stats,
      indices: z
        .record(z.string(), z.object({ shards_stats: z.object({ total: z.number() }), stats }))
        .default({}),
    }),
  ]),
})
const statusFields = [
  'state',
  'shards_stats',
  'stats',
  'indices.*.shards_stats.total',
  'indices.*.stats.total',
]

export async function readProgress(pool: Pool, repository: string, name: string): Promise<SnapshotProgress> {
  const filter_path = statusFields.map(field => `snapshots.${field}`).join(',')
  const path = `${pathOf(repository, name)}/_status`
  const answer = await pool.read({
    method: 'GET',
    path,
    query: { ...masterPatience, filter_path: `${filter_path},error` },
    limitMs: readingMs,
  })
  const [found] = parse(statusAnswer, answer).snapshots
  return {
    state: found.state,
    shards: found.shards_stats,
    totalBytes: found.stats.total.size_in_bytes,
    incrementalBytes: found.stats.incremental.size_in_bytes,
    // Left out once everything is there.
    processedBytes: (found.stats.processed ?? found.stats.incremental).size_in_bytes,
    indices: Object.entries(found.indices).map(([index, one]) => ({
      index,
      shards: one.shards_stats.total,
      bytes: one.stats.total.size_in_bytes,
    })),
  }
}
