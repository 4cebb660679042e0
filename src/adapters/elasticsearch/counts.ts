// Documents, size and blocks of every index, to compare before and after. Reads only.
import { z } from 'zod'
import type { IndexCounts } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const statsAnswer = z.object({
  indices: z
    .record(
      z.string(),
      z.object({
        uuid: z.string(),
        primaries: z.object({ docs: z.object({ count: z.number() }).optional() }).default({}),
        total: z.object({ store: z.object({ size_in_bytes: z.number() }).optional() }).default({}),
      }),
    )
    .default({}),
})
const statsFields = ['uuid', 'primaries.docs.count', 'total.store.size_in_bytes']

const blocksAnswer = z.object({
  blocks: z
    .object({
      indices: z.record(z.string(), z.record(z.string(), z.object({ description: z.string() }))).default({}),
    })
    .optional(),
})

/** Ids of the blocks in the cluster state, by the setting that makes them (`index.blocks.*`). */
const blockNames: Readonly<Record<string, string>> = {
  4: 'closed',
  5: 'read_only',
  7: 'read',
  8: 'write',
  9: 'metadata',
  12: 'read_only_allow_delete',
}

type Blocks = ReadonlyMap<string, readonly string[]>

/** Indices with a block. Asks the master only, so it may be asked often. */
export async function readBlocks(pool: Pool): Promise<Blocks> {
  const state = await pool.read({
    method: 'GET',
    path: '/_cluster/state/blocks',
    viaMaster: 'read',
    query: { filter_path: 'blocks.indices' },
  })
  const found = parse(blocksAnswer, state).blocks?.indices ?? {}
  const named = Object.entries(found).map(([index, blocks]): [string, readonly string[]] => [
    index,
    Object.entries(blocks)
      .map(([id, { description }]) => blockNames[id] ?? description)
      .sort(),
  ])
  return new Map(named)
}

export async function readCounts(pool: Pool): Promise<readonly IndexCounts[]> {
  const [stats, blocks] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_stats/docs,store',
      query: {
        level: 'indices',
        expand_wildcards: 'all',
        filter_path: statsFields.map(field => `indices.*.${field}`).join(','),
      },
    }),
    readBlocks(pool),
  ])
  return Object.entries(parse(statsAnswer, stats).indices).map(([index, { uuid, primaries, total }]) => ({
    index,
    uuid,
    docs: primaries.docs?.count ?? 0,
    storeBytes: total.store?.size_in_bytes ?? 0,
    blocks: blocks.get(index) ?? [],
  }))
}
