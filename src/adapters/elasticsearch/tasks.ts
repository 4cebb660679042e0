// Work that is going on in the cluster: long jobs that a restart would break, and what one node coordinates right now.
// It must never cancel anything.
import { z } from 'zod'
import type { LongTask } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const task = z.object({
  action: z.string(),
  description: z.string().optional(),
  running_time_in_nanos: z.number(),
  parent_task_id: z.string().optional(),
})
const tasksAnswer = z.object({
  nodes: z
    .record(z.string(), z.object({ name: z.string().optional(), tasks: z.record(z.string(), task) }))
    .default({}),
})

async function readTasks(pool: Pool, query: Record<string, string>) {
  const answer = await pool.read({ method: 'GET', path: '/_tasks', query: { ...query, timeout: '5s' } })
  return Object.entries(parse(tasksAnswer, answer).nodes)
}

const longActions = ['*reindex*', '*byquery*', '*forcemerge*', '*restore*']

export async function readLongTasks(pool: Pool): Promise<readonly LongTask[]> {
  const found = await readTasks(pool, { detailed: 'true', actions: longActions.join(',') })
  return found.flatMap(([id, { name, tasks }]) =>
    Object.values(tasks).map(one => ({
      node: name ?? id,
      action: one.action,
      description: one.description ?? '',
      runningMs: Math.round(one.running_time_in_nanos / 1e6),
    })),
  )
}

const clientActions = ['indices:data/write/bulk', 'indices:data/read/search']

/** Tasks with a parent are parts of what another node coordinates. */
export async function countInFlight(pool: Pool, node: string): Promise<number> {
  const found = await readTasks(pool, { nodes: node, actions: clientActions.join(',') })
  return found
    .flatMap(([, { tasks }]) => Object.values(tasks))
    .filter(({ parent_task_id: parent }) => parent === undefined).length
}
