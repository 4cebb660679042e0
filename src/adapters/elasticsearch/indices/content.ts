// What is in indices: counts, times, and hashes of documents. An answer in which one shard is missing is no answer. No
// document is kept, logged or handed on.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { DocumentHash, IndexContent } from '../../../ports/indices.ts'
import { chunkNames } from '../chunks.ts'
import { busy, nameRequest } from '../errors.ts'
import { hashJson } from '../hash-json.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'

/** Counting and choosing look at every document. */
const searchMs = 300_000
/** A copy that was just made has to be read from disk. */
const refreshMs = 120_000

const shardsAnswer = z.object({
  timed_out: z.boolean().default(false),
  _shards: z.object({ total: z.number(), failed: z.number() }),
})

/** @throws OpsError CLUSTER_BUSY when some shard has not answered */
function requireEveryShard(answer: Answer): void {
  const { timed_out, _shards } = parse(shardsAnswer, answer)
  if (!timed_out && _shards.failed === 0) return
  throw new OpsError('CLUSTER_BUSY', {
    message: `${nameRequest(answer.request)} was answered without ${_shards.failed} of ${_shards.total} shards`,
    hint: 'wait until every shard is started: GET _cluster/health',
  })
}

export async function readContent(pool: Pool, indices: readonly string[]): Promise<readonly IndexContent[]> {
  const found: IndexContent[] = []
  for (const { names, path } of chunkNames(indices)) found.push(...(await readChunk(pool, names, path)))
  return found
}

async function readChunk(pool: Pool, names: readonly string[], path: string): Promise<IndexContent[]> {
  // A refresh would wait for a whole minute for a primary that is not there; a search says so at once.
  await search(pool, path, { size: 0, track_total_hits: false })
  const refresh = { method: 'POST', path: `/${path}/_refresh`, limitMs: refreshMs } as const
  requireEveryShard(await pool.read(refresh))
  const [counts, bytes] = [await countDocuments(pool, names, path), await readBytes(pool, path)]
  return names.map(index => ({
    index,
    ...(counts.get(index) ?? { docs: 0, fromMs: null, untilMs: null }),
    bytes: bytes.get(index) ?? 0,
  }))
}

const time = z.object({ value: z.number().nullable() })
const countAnswer = z.object({
  aggregations: z
    .object({
      indices: z.object({
        buckets: z.array(z.object({ key: z.string(), doc_count: z.number(), from: time, until: time })),
      }),
    })
    .optional(),
})

async function countDocuments(pool: Pool, names: readonly string[], path: string) {
  const aggregations = {
    indices: {
      terms: { field: '_index', size: names.length },
      aggs: { from: { min: { field: '@timestamp' } }, until: { max: { field: '@timestamp' } } },
    },
  }
  const answer = await search(pool, path, { size: 0, aggs: aggregations })
  const buckets = parse(countAnswer, answer).aggregations?.indices.buckets ?? []
  return new Map(
    buckets.map(({ key, doc_count, from, until }) => [
      key,
      { docs: doc_count, fromMs: from.value, untilMs: until.value },
    ]),
  )
}

const statsAnswer = z.object({
  indices: z
    .record(z.string(), z.object({ primaries: z.object({ store: z.object({ size_in_bytes: z.number() }) }) }))
    .default({}),
})

async function readBytes(pool: Pool, path: string): Promise<ReadonlyMap<string, number>> {
  const filter_path = '_shards.total,_shards.failed,indices.*.primaries.store.size_in_bytes'
  const answer = await pool.read({ method: 'GET', path: `/${path}/_stats/store`, query: { filter_path } })
  requireEveryShard(answer)
  const found = Object.entries(parse(statsAnswer, answer).indices)
  return new Map(found.map(([index, one]) => [index, one.primaries.store.size_in_bytes]))
}

/** The most that one search hands out (`index.max_result_window`). */
const window = 10_000

/** Their order depends on the seed, the index and each document's `_seq_no`, which an update changes. */
export const sampleDocuments = (
  pool: Pool,
  index: string,
  count: number,
  seed: number,
): Promise<readonly DocumentHash[]> =>
  hashHits(pool, index, {
    size: Math.min(count, window),
    query: {
      function_score: {
        query: { match_all: {} },
        random_score: { seed, field: '_seq_no' },
        boost_mode: 'replace',
      },
    },
  })

const idsAtOnce = 1000

export async function hashDocuments(
  pool: Pool,
  index: string,
  ids: readonly string[],
): Promise<readonly DocumentHash[]> {
  const wanted = [...new Set(ids)]
  const found: DocumentHash[] = []
  for (let at = 0; at < wanted.length; at += idsAtOnce) {
    const values = wanted.slice(at, at + idsAtOnce)
    found.push(...(await hashHits(pool, index, { size: values.length, query: { ids: { values } } })))
  }
  return found.sort(byId)
}

const byId = (a: DocumentHash, b: DocumentHash) => (a.id < b.id ? -1 : 1)

const hitsAnswer = z.object({
  hits: z.object({
    hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()).default({}) })),
  }),
})

async function hashHits(pool: Pool, index: string, query: object): Promise<readonly DocumentHash[]> {
  const answer = await search(pool, encodeURIComponent(index), { ...query, _source: true })
  return parse(hitsAnswer, answer)
    .hits.hits.map(({ _id, _source }) => ({ id: _id, hash: hashJson(_source) }))
    .sort(byId)
}

async function search(pool: Pool, path: string, body: object): Promise<Answer> {
  const answer = await pool.read({
    method: 'POST',
    path: `/${path}/_search`,
    query: { allow_partial_search_results: 'false', request_cache: 'false' },
    body,
    limitMs: searchMs,
    // A shard without a copy: another endpoint would say the same.
    accept: [503],
  })
  if (answer.status === 503) throw busy(answer.request, answer.status, answer.body)
  requireEveryShard(answer)
  return answer
}
