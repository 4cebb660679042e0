// Copies on the disks of members: every node is asked, so only about the indices that matter. Reads only.
import { z } from 'zod'
import type { ShardStore } from '../../../ports/allocation.ts'
import { chunkNames } from '../chunks.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'
import { problem, readProblem } from './problem.ts'

/** Beside these fields a store has one whose name is the id of its node. */
const store = z.looseObject({
  allocation_id: z.string().optional(),
  allocation: z.enum(['primary', 'replica', 'unused']),
  store_exception: problem.optional(),
})
const shards = z.record(z.string(), z.object({ stores: z.array(store).default([]) }))
const storesAnswer = z.object({
  indices: z.record(z.string(), z.object({ shards: shards.default({}) })).default({}),
})

const fields = ['*.name', 'allocation_id', 'allocation', 'store_exception']
  .map(field => `indices.*.shards.*.stores.${field}`)
  .join(',')

/** Every node looks at its disks. */
const readingMs = 20_000

export async function readStores(pool: Pool, indices: readonly string[]): Promise<readonly ShardStore[]> {
  const found: ShardStore[] = []
  for (const { path } of chunkNames(indices)) {
    const answer = await pool.read({
      method: 'GET',
      path: `/${path}/_shard_stores`,
      limitMs: readingMs,
      // It knows no `master_timeout`.
      query: {
        status: 'all',
        expand_wildcards: 'all',
        ignore_unavailable: 'true',
        filter_path: fields,
      },
    })
    found.push(...listStores(answer))
  }
  return found
}

const named = z.object({ name: z.string() })

const listStores = (answer: Answer): ShardStore[] =>
  Object.entries(parse(storesAnswer, answer).indices).flatMap(([index, its]) =>
    Object.entries(its.shards).flatMap(([number, { stores }]) =>
      stores.flatMap(({ allocation_id, allocation, store_exception, ...rest }) => {
        const [node] = Object.entries(rest).flatMap(([id, value]) => {
          const parsed = named.safeParse(value)
          return parsed.success ? [{ node: parsed.data.name, nodeId: id }] : []
        })
        if (node === undefined) return []
        const allocationId = allocation_id ?? null
        return [
          {
            index,
            shard: Number(number),
            ...node,
            allocationId,
            use: allocation,
            problem: readProblem(store_exception),
          },
        ]
      }),
    ),
  )
