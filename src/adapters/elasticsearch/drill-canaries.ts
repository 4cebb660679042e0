// Documents that a drill leaves behind while it does harm, and looks for afterwards: what was acknowledged must be there. They
// live in an index of their own, with a copy on every node that holds new indices.
import { z } from 'zod'
import { toOpsError } from '#errors'
import { rejected } from './errors.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const index = 'ops-canary-drill'
/** So many that two hot nodes hold all of them, and three or four have some each. */
const settings = { 'index.number_of_shards': 6, 'index.number_of_replicas': 1, 'index.hidden': true }
/** The server's patience with a shard that is not there. */
const timeout = '5s'

/** Ids that the cluster has acknowledged, now or before. One that it had no time for is left out. */
export async function leaveCanaries(pool: Pool, ids: readonly string[]): Promise<readonly string[]> {
  await create(pool)
  const acked: string[] = []
  for (const id of ids) if (await leave(pool, id)) acked.push(id)
  return acked
}

/** Only ever made, never changed: a second try finds the first one, so it counts as a read for the pool. */
async function leave(pool: Pool, id: string): Promise<boolean> {
  const path = `/${index}/_create/${encodeURIComponent(id)}`
  const body = { at: new Date().toISOString() }
  try {
    await pool.read({ method: 'PUT', path, query: { timeout }, body, accept: [409] })
    return true
  } catch (thrown) {
    const { next } = toOpsError(thrown)
    if (next === 'wait' || next === 'retry') return false
    throw thrown
  }
}

const found = z.object({ docs: z.array(z.object({ _id: z.string(), found: z.boolean().default(false) })) })

/** Those that can be read by id. */
export async function findCanaries(pool: Pool, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const path = `/${index}/_mget`
  const query = { realtime: 'true', _source: 'false' }
  const answer = await pool.read({ method: 'POST', path, query, body: { ids }, accept: [404] })
  if (answer.status === 404) return []
  return parse(found, answer)
    .docs.filter(one => one.found)
    .map(({ _id }) => _id)
}

export async function removeCanaries(pool: Pool): Promise<void> {
  const query = { ignore_unavailable: 'true' }
  await pool.read({ method: 'DELETE', path: `/${index}`, viaMaster: 'change', query, accept: [404] })
}

async function create(pool: Pool): Promise<void> {
  const request = { method: 'PUT', path: `/${index}`, viaMaster: 'change', body: { settings } } as const
  const query = { wait_for_active_shards: '1' }
  const answer = await pool.read({ ...request, query, accept: [400] })
  const already = JSON.stringify(answer.body).includes('resource_already_exists_exception')
  if (answer.status === 400 && !already) throw rejected(request, 400, answer.body)
}
