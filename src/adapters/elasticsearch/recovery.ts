// How far copies of shards are on their way back, and what they had to copy. Reads only.
import { z } from 'zod'
import type { RecoveryOutcome, RecoveryProgress } from '../../ports/elasticsearch.ts'
import { chunkNames } from './chunks.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

/** Of one copy. */
export const recoverySize = z.object({
  total_in_bytes: z.number(),
  reused_in_bytes: z.number(),
  recovered_in_bytes: z.number(),
})
const recoveryAnswer = z.record(
  z.string(),
  z.object({
    shards: z.array(
      z.object({
        id: z.number(),
        stage: z.string(),
        target: z.object({ name: z.string() }),
        index: z.object({ size: recoverySize }),
        translog: z.object({ recovered: z.number() }),
      }),
    ),
  }),
)
const fields = ['id', 'stage', 'target.name', 'index.size', 'translog.recovered']
const filter = fields.map(field => `*.shards.${field}`).join(',')

export async function readRecovery(pool: Pool): Promise<RecoveryProgress> {
  const query = { active_only: 'true', filter_path: filter }
  const answer = await pool.read({ method: 'GET', path: '/_recovery', query })
  const shards = Object.values(parse(recoveryAnswer, answer)).flatMap(index => index.shards)
  const sum = (pick: (shard: (typeof shards)[number]) => number) =>
    shards.reduce((total, shard) => total + pick(shard), 0)
  return {
    active: shards.length,
    recoveredBytes: sum(shard => shard.index.size.recovered_in_bytes),
    reusedBytes: sum(shard => shard.index.size.reused_in_bytes),
    totalBytes: sum(shard => shard.index.size.total_in_bytes),
    translogOps: sum(shard => shard.translog.recovered),
  }
}

/** The last recovery of every copy that is on the node now and was not made there from nothing. */
export async function readRecoveredOnto(
  pool: Pool,
  node: string,
  indices: readonly string[],
): Promise<readonly RecoveryOutcome[]> {
  const outcomes: RecoveryOutcome[] = []
  for (const { path } of chunkNames(indices)) {
    const query = { ignore_unavailable: 'true', expand_wildcards: 'all', filter_path: filter }
    const answer = await pool.read({ method: 'GET', path: `/${path}/_recovery`, query })
    for (const [index, { shards }] of Object.entries(parse(recoveryAnswer, answer)))
      for (const shard of shards)
        if (shard.target.name === node && shard.stage === 'DONE')
          outcomes.push({
            index,
            shard: shard.id,
            targetNode: node,
            copiedBytes: shard.index.size.recovered_in_bytes,
            reusedBytes: shard.index.size.reused_in_bytes,
          })
  }
  return outcomes
}
