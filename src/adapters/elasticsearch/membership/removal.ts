// Nodes that are to leave for good, by the node-shutdown API: the cluster moves their copies away and says how far it is. It never stops
// a process.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { MembershipPort, NodeMigration } from '../../../ports/membership.ts'
import { rejected } from '../errors.ts'
import { isMissing, missingApi, parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { hasShutdownApi, readShutdowns } from '../shutdown.ts'

export async function announceRemoval(
  pool: Pool,
  { id, reason, replacedBy }: Parameters<MembershipPort['announceRemoval']>[0],
): Promise<void> {
  // A server without the API would take the request for another one.
  if (!(await hasShutdownApi(pool))) throw unsupported()
  const type = replacedBy === undefined ? 'remove' : 'replace'
  const target = replacedBy === undefined ? {} : { target_node_name: replacedBy }
  const answer = await pool.write({
    method: 'PUT',
    path: pathOf(id),
    body: { type, reason, ...target },
    accept: missingApi,
  })
  if (isMissing(answer)) throw unsupported()
  if (answer.status >= 400) throw rejected(answer.request, answer.status, answer.body)
  const found = (await readShutdowns(pool)).find(one => one.nodeId === id)
  if (found?.type === type && found.reason === reason) return
  throw new OpsError('OUTCOME_UNKNOWN', {
    message: `the removal of node ${id} was announced, but the cluster lists ${found ? `"${found.reason}"` : 'nothing'}`,
    hint: 'see GET _nodes/shutdown; somebody else may be at work on this node',
  })
}

const pathOf = (nodeId: string): string => `/_nodes/${encodeURIComponent(nodeId)}/shutdown`

function unsupported(): OpsError {
  return new OpsError('UNSUPPORTED', {
    message: 'this cluster has no node-shutdown API, or this user may not use it',
    hint: 'plan again: the plan chooses another way to move copies away',
  })
}

const migrationAnswer = z.object({
  nodes: z.array(
    z.object({
      node_id: z.string(),
      shard_migration: z.object({
        status: z.string(),
        shard_migrations_remaining: z.number().default(0),
        explanation: z.string().optional(),
      }),
    }),
  ),
})

export async function readMigration(pool: Pool, nodeId: string): Promise<NodeMigration | null> {
  const answer = await pool.read({ method: 'GET', path: pathOf(nodeId), accept: [400, 403, 404, 405] })
  // A server without the API answers with an object of nodes.
  const known = answer.status < 400 && Array.isArray((answer.body as { nodes?: unknown } | null)?.nodes)
  if (!known) return null
  const found = parse(migrationAnswer, answer).nodes.find(({ node_id }) => node_id === nodeId)
  if (found === undefined) return null
  const { status, shard_migrations_remaining, explanation } = found.shard_migration
  return { status, shardsLeft: shard_migrations_remaining, explanation: explanation ?? null }
}
