// Snapshots that are running now. Reads only: a snapshot is never stopped for the sake of a restart.
import { z } from 'zod'
import type { RunningSnapshot } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const currentAnswer = z.object({
  snapshots: z.array(z.object({ snapshot: z.string(), repository: z.string() })).default([]),
})

export async function readRunningSnapshots(pool: Pool): Promise<readonly RunningSnapshot[]> {
  const query = { verbose: 'false', ignore_unavailable: 'true' }
  const answer = await pool.read({
    method: 'GET',
    path: '/_snapshot/_all/_current',
    viaMaster: 'read',
    query,
  })
  return parse(currentAnswer, answer).snapshots.map(({ repository, snapshot }) => ({ repository, snapshot }))
}
