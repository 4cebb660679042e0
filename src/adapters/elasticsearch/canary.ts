// One document written, read back and deleted: proof that the cluster takes writes at this moment. It lives in an index
// of its own and touches no other.
import { z } from 'zod'
import { OpsError } from '#errors'
import { rejected } from './errors.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

export const canaryIndex = 'ops-canary'

/** Copies stay in place during restarts by themselves, as if the run had set the delay. */
const settings = {
  'index.number_of_shards': 1,
  'index.number_of_replicas': 1,
  'index.hidden': true,
  'index.unassigned.node_left.delayed_timeout': '10m',
}
/** The server's patience with a shard that is not there; it ends before ours does, so that the answer says what is wrong. */
const timeout = '7s'

export async function runCanary(pool: Pool, id: string): Promise<{ readonly ms: number }> {
  const begin = performance.now()
  const path = `/${canaryIndex}/_doc/${encodeURIComponent(id)}`
  const doc = { at: new Date().toISOString() }
  // Sent again after a lost answer it does the same once more, so it counts as a read for the pool.
  const put = () =>
    pool.read({ method: 'PUT', path, query: { timeout, require_alias: 'false' }, body: doc, accept: [404] })
  if (!(await exists(pool))) await create(pool)
  const written = await put()
  if (written.status === 404) throw rejected(written.request, 404, written.body)
  const got = await pool.read({ method: 'GET', path, query: { realtime: 'true' }, accept: [404] })
  const found = parse(z.object({ found: z.boolean().default(false) }), got).found
  if (!found) {
    const message = `a document that was just acknowledged cannot be read back from ${canaryIndex}`
    throw new OpsError('CLUSTER_REJECTED', { message, hint: 'stop and look at the copies of that index' })
  }
  await pool.read({ method: 'DELETE', path, query: { timeout }, accept: [404] })
  return { ms: performance.now() - begin }
}

async function exists(pool: Pool): Promise<boolean> {
  const query = { filter_path: '*.settings.index.uuid' }
  const answer = await pool.read({
    method: 'GET',
    path: `/${canaryIndex}/_settings`,
    viaMaster: 'read',
    query,
    accept: [404],
  })
  return answer.status !== 404
}

async function create(pool: Pool): Promise<void> {
  const request = {
    method: 'PUT',
    path: `/${canaryIndex}`,
    viaMaster: 'change',
    body: { settings },
    accept: [400],
  } as const
  const answer = await pool.read({ ...request, query: { wait_for_active_shards: '1' } })
  const already = JSON.stringify(answer.body).includes('resource_already_exists_exception')
  if (answer.status === 400 && !already) throw rejected(request, 400, answer.body)
}

export async function removeCanary(pool: Pool): Promise<void> {
  await pool.read({
    method: 'DELETE',
    path: `/${canaryIndex}`,
    viaMaster: 'change',
    query: { ignore_unavailable: 'true' },
    accept: [404],
  })
}
