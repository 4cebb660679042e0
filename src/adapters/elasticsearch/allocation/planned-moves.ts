// How many copies are not where the balancer wants them. The API is internal to the server: where it is missing, nothing is guessed.
import { z } from 'zod'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

const balanceAnswer = z.object({
  stats: z.object({ computation_active: z.boolean().default(false) }).optional(),
  routing_table: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({ current: z.array(z.object({ node_is_desired: z.boolean().nullish() })).default([]) }),
      ),
    )
    .default({}),
})

export async function countPlannedMoves(pool: Pool): Promise<number | null> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_internal/desired_balance',
    viaMaster: 'read',
    query: { filter_path: 'stats.computation_active,routing_table.*.*.current.node_is_desired' },
    accept: [400, 403, 404, 405],
  })
  if (answer.status >= 400) return null
  const { stats, routing_table } = parse(balanceAnswer, answer)
  const undesired = Object.values(routing_table)
    .flatMap(shards => Object.values(shards))
    .flatMap(({ current }) => current)
    .filter(({ node_is_desired }) => node_is_desired === false).length
  // While it computes it may come to more.
  return Math.max(undesired, stats?.computation_active ? 1 : 0)
}
