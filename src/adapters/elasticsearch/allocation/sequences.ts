// How far each copy has come: what a copy that is used in spite of being stale has missed. Reads only.
import { z } from 'zod'
import type { CopySequence } from '../../../ports/allocation.ts'
import { chunkNames } from '../chunks.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'

const copy = z.object({
  routing: z.object({ primary: z.boolean(), node: z.string().nullable() }),
  seq_no: z.object({ max_seq_no: z.number(), global_checkpoint: z.number() }).optional(),
})
const statsAnswer = z.object({
  indices: z
    .record(z.string(), z.object({ shards: z.record(z.string(), z.array(copy)).default({}) }))
    .default({}),
})

const fields = ['routing.primary', 'routing.node', 'seq_no.max_seq_no', 'seq_no.global_checkpoint']
  .map(field => `indices.*.shards.*.${field}`)
  .join(',')

export async function readSequences(
  pool: Pool,
  indices: readonly string[],
): Promise<readonly CopySequence[]> {
  const found: CopySequence[] = []
  for (const { path } of chunkNames(indices)) {
    const answer = await pool.read({
      method: 'GET',
      path: `/${path}/_stats/docs`,
      query: {
        level: 'shards',
        expand_wildcards: 'all',
        ignore_unavailable: 'true',
        filter_path: fields,
      },
    })
    found.push(...listSequences(answer))
  }
  return found
}

const listSequences = (answer: Answer): CopySequence[] =>
  Object.entries(parse(statsAnswer, answer).indices).flatMap(([index, { shards }]) =>
    Object.entries(shards).flatMap(([number, copies]) =>
      copies.flatMap(({ routing: { primary, node }, seq_no }) => {
        if (seq_no === undefined || node === null) return []
        const { max_seq_no: maxSeqNo, global_checkpoint: globalCheckpoint } = seq_no
        return [{ index, shard: Number(number), primary, nodeId: node, maxSeqNo, globalCheckpoint }]
      }),
    ),
  )
