// The node-shutdown API: the cluster keeps the copies of a node in place while it is known to be restarting. Elastic
// supports it for its own orchestrators only, so plans say when it is used. It never stops a process.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { ShutdownRecord } from '../../ports/elasticsearch.ts'
import type { Json } from '../../ports/json.ts'
import { readDuration } from './durations.ts'
import { rejected } from './errors.ts'
import { isMissing, missingApi, parse } from './parse.ts'
import type { Answer, Pool } from './pool.ts'

const record = z.object({
  node_id: z.string(),
  type: z.string(),
  reason: z.string(),
  status: z.string().optional(),
  allocation_delay: z.string().optional(),
})
type Found = z.output<typeof record>
const shutdownAnswer = z.object({ nodes: z.array(record) })

const readRecords = (pool: Pool): Promise<Answer> =>
  pool.read({ method: 'GET', path: '/_nodes/shutdown', accept: [...missingApi, 403] })

/** A server without the API takes `shutdown` for the name of a node and answers with an object of nodes. */
const isAnswered = (answer: Answer) => answer.status < 400 && shutdownAnswer.safeParse(answer.body).success

/** False as well where the user (or an operator-only cluster) may not use it. */
export async function hasShutdownApi(pool: Pool): Promise<boolean> {
  return isAnswered(await readRecords(pool))
}

export async function readShutdowns(pool: Pool): Promise<readonly ShutdownRecord[]> {
  return (await listRecords(pool)).map(toRecord)
}

async function listRecords(pool: Pool): Promise<readonly Found[]> {
  const answer = await readRecords(pool)
  if (answer.status === 403) return readFromState(pool)
  if (isMissing(answer) || !isAnswered(answer)) return []
  return parse(shutdownAnswer, answer).nodes
}

const stateAnswer = z.object({
  metadata: z
    .object({ node_shutdown: z.object({ nodes: z.record(z.string(), record).default({}) }).optional() })
    .optional(),
})

/** Who may not use the API still sees in the cluster state that somebody else did. */
async function readFromState(pool: Pool): Promise<readonly Found[]> {
  const query = { filter_path: 'metadata.node_shutdown' }
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/metadata',
    viaMaster: 'read',
    query,
  })
  return Object.values(parse(stateAnswer, answer).metadata?.node_shutdown?.nodes ?? {})
}

const toRecord = (found: Found): ShutdownRecord => ({
  nodeId: found.node_id,
  type: found.type.toLowerCase(),
  reason: found.reason,
  status: (found.status ?? 'unknown').toLowerCase(),
})

export async function announceRestart(
  pool: Pool,
  node: { readonly id: string; readonly reason: string; readonly allocationDelayMs: number },
): Promise<void> {
  const body = { type: 'restart', reason: node.reason, allocation_delay: `${node.allocationDelayMs}ms` }
  const path = `/_nodes/${encodeURIComponent(node.id)}/shutdown`
  const answer = await pool.write({ method: 'PUT', path, body, accept: missingApi })
  if (isMissing(answer)) throw unsupported()
  if (answer.status >= 400) throw rejected(answer.request, answer.status, answer.body)
  const found = (await readShutdowns(pool)).find(one => one.nodeId === node.id)
  if (found?.type === 'restart' && found.reason === node.reason) return
  throw new OpsError('OUTCOME_UNKNOWN', {
    message: `the restart of node ${node.id} was announced, but the cluster lists ${found ? `"${found.reason}"` : 'nothing'}`,
    hint: 'see GET _nodes/shutdown; somebody else may be at work on this node',
  })
}

export async function withdrawRestart(pool: Pool, nodeId: string): Promise<void> {
  const path = `/_nodes/${encodeURIComponent(nodeId)}/shutdown`
  await pool.write({ method: 'DELETE', path, accept: [404, 405] })
}

/** The announcements of these nodes as a setting that can be given back: `{ reason, allocationDelayMs }` or null. */
export async function readAnnouncements(
  pool: Pool,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  const records = new Map((await listRecords(pool)).map(found => [found.node_id, found]))
  return new Map(nodeIds.map(id => [id, toAnnouncement(records.get(id))]))
}

/** A record of another type is somebody else's, and looks different from ours. */
function toAnnouncement(found: Found | undefined): Json {
  if (found === undefined) return null
  const allocationDelayMs = readDuration(found.allocation_delay ?? '')
  const type = found.type.toLowerCase()
  return { reason: found.reason, allocationDelayMs, ...(type === 'restart' ? {} : { type }) }
}

const announcement = z.strictObject({ reason: z.string(), allocationDelayMs: z.number() })

/** `null` withdraws. */
export async function writeAnnouncements(pool: Pool, nodeIds: readonly string[], value: Json): Promise<void> {
  const wanted = value === null ? null : announcement.safeParse(value)
  if (wanted?.success === false)
    throw new OpsError('BUG', { message: 'this is no announcement of a restart' })
  for (const id of nodeIds) {
    if (wanted === null) await withdrawRestart(pool, id)
    else await announceRestart(pool, { id, ...wanted.data })
  }
}

function unsupported(): OpsError {
  const message = 'this cluster has no node-shutdown API'
  return new OpsError('UNSUPPORTED', {
    message,
    hint: 'plan again: the plan chooses another way to hold copies in place',
  })
}
