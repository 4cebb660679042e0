// Copies that no node has. The server is asked for its list of these alone: among ten thousand copies it costs what they cost. Reads only.
import { z } from 'zod'
import type { UnassignedCopy } from '../../../ports/allocation.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { withoutTrace } from './without-trace.ts'

const copy = z.object({
  index: z.string(),
  shard: z.number(),
  primary: z.boolean(),
  recovery_source: z.object({ type: z.string() }).optional(),
  unassigned_info: z.object({
    reason: z.string(),
    at: z.string(),
    failed_attempts: z.number().default(0),
    delayed: z.boolean().default(false),
    last_node: z.string().optional(),
    details: z.string().optional(),
    allocation_status: z.string().default('no_attempt'),
  }),
})
const stateAnswer = z.object({
  nodes: z.record(z.string(), z.object({ name: z.string() })).default({}),
  routing_nodes: z.object({ unassigned: z.array(copy).default([]) }).optional(),
})

const fields = [
  ...['index', 'shard', 'primary', 'recovery_source.type', 'unassigned_info'].map(
    field => `routing_nodes.unassigned.${field}`,
  ),
  'nodes.*.name',
].join(',')

const longestDetails = 2000
/** Details are stack traces: thousands of them are megabytes. */
const readingMs = 20_000

export async function readUnassigned(pool: Pool): Promise<readonly UnassignedCopy[]> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/routing_nodes,nodes',
    viaMaster: 'read',
    query: { filter_path: fields },
    limitMs: readingMs,
  })
  const { nodes, routing_nodes } = parse(stateAnswer, answer)
  return (routing_nodes?.unassigned ?? []).map(({ unassigned_info: info, recovery_source, ...rest }) => ({
    index: rest.index,
    shard: rest.shard,
    primary: rest.primary,
    reason: info.reason,
    sinceMs: Date.parse(info.at),
    failedAttempts: info.failed_attempts,
    delayed: info.delayed,
    lastStatus: info.allocation_status,
    details: info.details === undefined ? null : withoutTrace(info.details).slice(0, longestDetails),
    recoverySource: recovery_source?.type ?? 'PEER',
    lastNode: info.last_node === undefined ? null : (nodes[info.last_node]?.name ?? info.last_node),
  }))
}
