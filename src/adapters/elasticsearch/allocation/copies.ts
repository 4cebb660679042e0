// Every copy with its size, and every data node with what it holds: one request each, and one for ids. Reads only.
import { z } from 'zod'
import type { NodeAllocation, SizedCopy } from '../../../ports/allocation.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

/** `-` and nothing stand for what is not known. */
const count = z
  .string()
  .nullish()
  .transform(text => Number(text ?? 0) || 0)

const copiesAnswer = z.array(
  z.object({
    index: z.string(),
    shard: z.coerce.number(),
    prirep: z.string(),
    state: z.enum(['STARTED', 'INITIALIZING', 'RELOCATING', 'UNASSIGNED']),
    node: z.string().nullish(),
    store: count,
    docs: count,
  }),
)

export async function readCopies(pool: Pool): Promise<readonly SizedCopy[]> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cat/shards',
    viaMaster: 'read',
    query: { format: 'json', bytes: 'b', h: 'index,shard,prirep,state,node,store,docs' },
    limitMs: readingMs,
  })
  return parse(copiesAnswer, answer).map(({ index, shard, prirep, state, node, store, docs }) => ({
    index,
    shard,
    primary: prirep === 'p',
    state,
    // A copy that moves has both: `FROM -> ADDRESS ID TO`.
    node: node?.split(' -> ')[0]?.trim() || null,
    bytes: store,
    docs,
  }))
}

/** All nodes are asked for the sizes of their copies. */
const readingMs = 20_000

const allocationAnswer = z.array(
  z.object({
    node: z.string().nullish(),
    shards: count,
    'disk.indices': count,
    'disk.avail': count,
    'disk.total': count,
  }),
)
const nodesAnswer = z.object({
  nodes: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        roles: z.array(z.string()).default([]),
        attributes: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default({}),
})

/** Attributes that the server gives itself. */
const internal = /^(xpack|ml|transform)\./

export async function readNodeAllocations(pool: Pool): Promise<readonly NodeAllocation[]> {
  const [allocation, nodes] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_cat/allocation',
      viaMaster: 'read',
      query: { format: 'json', bytes: 'b', h: 'node,shards,disk.indices,disk.avail,disk.total' },
      limitMs: readingMs,
    }),
    pool.read({
      method: 'GET',
      path: '/_cluster/state/nodes',
      viaMaster: 'read',
      query: { filter_path: ['name', 'roles', 'attributes'].map(field => `nodes.*.${field}`).join(',') },
    }),
  ])
  const ids = new Map(
    Object.entries(parse(nodesAnswer, nodes).nodes).map(([id, one]) => [one.name, { id, ...one }]),
  )
  // What no node has stands in the list too, under a name that is none.
  return parse(allocationAnswer, allocation).flatMap(row => {
    const node = ids.get(row.node ?? '')
    if (node === undefined) return []
    const attributes = Object.entries(node.attributes).filter(([name]) => !internal.test(name))
    return [
      {
        node: node.name,
        nodeId: node.id,
        roles: node.roles,
        attributes: Object.fromEntries(attributes),
        shards: row.shards,
        shardBytes: row['disk.indices'],
        totalBytes: row['disk.total'],
        availableBytes: row['disk.avail'],
      },
    ]
  })
}
