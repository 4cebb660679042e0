// What stops the cluster as a whole, and what its master has not got round to. Reads only.
import { z } from 'zod'
import type { ClusterBlocks, PendingTasks } from '../../../ports/allocation.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

const blocksAnswer = z.object({
  blocks: z
    .object({ global: z.record(z.string(), z.object({ description: z.string() })).default({}) })
    .optional(),
})

/** As the node that is asked has it: one without a master says so by a block. */
export async function readClusterBlocks(pool: Pool): Promise<ClusterBlocks> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/blocks',
    query: { local: 'true', filter_path: 'blocks.global.*.description' },
  })
  const found = parse(blocksAnswer, answer).blocks?.global ?? {}
  return { cluster: Object.values(found).map(({ description }) => description) }
}

const tasksAnswer = z.object({
  tasks: z.array(z.object({ source: z.string(), time_in_queue_millis: z.number() })).default([]),
})

const shown = 10

export async function readPendingTasks(pool: Pool): Promise<PendingTasks> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/pending_tasks',
    viaMaster: 'read',
    query: { filter_path: 'tasks.source,tasks.time_in_queue_millis' },
  })
  const tasks = parse(tasksAnswer, answer).tasks.sort(
    (a, b) => b.time_in_queue_millis - a.time_in_queue_millis,
  )
  return {
    count: tasks.length,
    oldestMs: tasks[0]?.time_in_queue_millis ?? 0,
    sources: tasks.slice(0, shown).map(({ source }) => source),
  }
}
