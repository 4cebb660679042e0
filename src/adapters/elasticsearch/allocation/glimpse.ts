// What can be read of indices that are not whole: how many documents, and from when until when. An index whose documents this user may
// not read is counted by its statistics, without times. No document is read.
import { z } from 'zod'
import type { Glimpse } from '../../../ports/allocation.ts'
import { chunkNames } from '../chunks.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

type Found = Pick<Glimpse, 'docs' | 'fromMs' | 'untilMs'>
type Shards = Pick<Glimpse, 'shardsAnswered' | 'shardsTotal'>

/** An index that is closed, or has gone, is left out by each request. */
const lenient = { expand_wildcards: 'all', ignore_unavailable: 'true', allow_no_indices: 'true' }

export async function readGlimpses(pool: Pool, indices: readonly string[]): Promise<readonly Glimpse[]> {
  const glimpses: Glimpse[] = []
  for (const { names, path } of chunkNames(indices)) {
    const [found, shards] = await Promise.all([searchChunk(pool, names.length, path), readShards(pool, path)])
    const counted = names.every(name => found.has(name)) ? null : await countChunk(pool, path)
    for (const index of names) {
      const its = shards.get(index)
      const docs = { docs: counted?.get(index) ?? 0, fromMs: null, untilMs: null }
      if (its !== undefined) glimpses.push({ index, ...(found.get(index) ?? docs), ...its })
    }
  }
  return glimpses
}

const time = z.object({ value: z.number().nullish() })
const searchAnswer = z.object({
  aggregations: z
    .object({
      indices: z.object({
        buckets: z
          .array(z.object({ key: z.string(), doc_count: z.number(), from: time, until: time }))
          .default([]),
      }),
    })
    .optional(),
})

/** Of the shards that answer. Where none does (503) or nothing may be read (403) there is nothing. */
async function searchChunk(pool: Pool, size: number, path: string): Promise<ReadonlyMap<string, Found>> {
  const answer = await pool.read({
    method: 'POST',
    path: `/${path}/_search`,
    query: {
      ...lenient,
      allow_partial_search_results: 'true',
      request_cache: 'false',
      filter_path: 'aggregations',
    },
    body: {
      size: 0,
      timeout: '5s',
      aggs: {
        indices: {
          terms: { field: '_index', size },
          aggs: { from: { min: { field: '@timestamp' } }, until: { max: { field: '@timestamp' } } },
        },
      },
    },
    accept: [403, 503],
  })
  if (answer.status >= 400) return new Map()
  const buckets = parse(searchAnswer, answer).aggregations?.indices.buckets ?? []
  return new Map(
    buckets.map(({ key, doc_count, from, until }) => [
      key,
      { docs: doc_count, fromMs: from.value ?? null, untilMs: until.value ?? null },
    ]),
  )
}

const stateAnswer = z.object({
  routing_table: z
    .object({
      indices: z
        .record(
          z.string(),
          z.object({ shards: z.record(z.string(), z.array(z.object({ state: z.string() }))) }),
        )
        .default({}),
    })
    .optional(),
})

/** A shard answers where some copy of it has started. Asked of any node: a cluster without a master has shards too. */
async function readShards(pool: Pool, path: string): Promise<ReadonlyMap<string, Shards>> {
  const answer = await pool.read({
    method: 'GET',
    path: `/_cluster/state/routing_table/${path}`,
    query: { ...lenient, local: 'true', filter_path: 'routing_table.indices.*.shards.*.state' },
  })
  const tables = Object.entries(parse(stateAnswer, answer).routing_table?.indices ?? {})
  const answers = (copies: readonly { state: string }[]) =>
    copies.some(({ state }) => state === 'STARTED' || state === 'RELOCATING')
  return new Map(
    tables.map(([index, { shards }]) => [
      index,
      {
        shardsAnswered: Object.values(shards).filter(answers).length,
        shardsTotal: Object.keys(shards).length,
      },
    ]),
  )
}

const statsAnswer = z.object({
  indices: z
    .record(z.string(), z.object({ primaries: z.object({ docs: z.object({ count: z.number() }) }) }))
    .default({}),
})

async function countChunk(pool: Pool, path: string): Promise<ReadonlyMap<string, number>> {
  const answer = await pool.read({
    method: 'GET',
    path: `/${path}/_stats/docs`,
    query: { ...lenient, filter_path: 'indices.*.primaries.docs.count' },
  })
  const found = Object.entries(parse(statsAnswer, answer).indices)
  return new Map(found.map(([index, { primaries }]) => [index, primaries.docs.count]))
}
