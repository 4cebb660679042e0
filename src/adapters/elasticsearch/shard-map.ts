// Every copy of every shard and which of them are in sync, read in one request from one cluster state version, so that
// it never mixes two moments. Filtered on the server: it is read every second or two.
import { z } from 'zod'
import type { IndexState, ShardCopy, ShardMap } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const copy = z.object({
  state: z.enum(['STARTED', 'INITIALIZING', 'RELOCATING', 'UNASSIGNED']),
  primary: z.boolean(),
  node: z.string().nullable(),
  relocating_node: z.string().nullable(),
  allocation_id: z.object({ id: z.string() }).optional(),
  unassigned_info: z.object({ reason: z.string() }).optional(),
})
const metadata = z.object({
  state: z.enum(['open', 'close']),
  settings: z.object({
    index: z.object({
      uuid: z.string(),
      creation_date: z.coerce.number(),
      number_of_replicas: z.coerce.number(),
      auto_expand_replicas: z.string().optional(),
      store: z.object({ type: z.string().optional() }).optional(),
    }),
  }),
  in_sync_allocations: z.record(z.string(), z.array(z.string())).default({}),
})
const stateAnswer = z.object({
  version: z.number(),
  metadata: z.object({ indices: z.record(z.string(), metadata).default({}) }).optional(),
  routing_table: z
    .object({
      indices: z.record(z.string(), z.object({ shards: z.record(z.string(), z.array(copy)) })).default({}),
    })
    .optional(),
})

const settings = ['uuid', 'creation_date', 'number_of_replicas', 'auto_expand_replicas', 'store.type']
const shard = ['state', 'primary', 'node', 'relocating_node', 'allocation_id.id', 'unassigned_info.reason']
const fields = [
  'version',
  'metadata.indices.*.state',
  'metadata.indices.*.in_sync_allocations',
  ...settings.map(name => `metadata.indices.*.settings.index.${name}`),
  ...shard.map(name => `routing_table.indices.*.shards.*.${name}`),
].join(',')

export async function readShardMap(pool: Pool): Promise<ShardMap> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/version,metadata,routing_table',
    viaMaster: 'read',
    query: { filter_path: fields },
  })
  const state = parse(stateAnswer, answer)
  const tables = state.routing_table?.indices ?? {}
  const indices = Object.entries(state.metadata?.indices ?? {}).map(([name, index]) =>
    toIndex(name, index, tables[name]?.shards ?? {}),
  )
  return { version: state.version, indices }
}

type Copies = Record<string, z.output<typeof copy>[]>

function toIndex(name: string, index: z.output<typeof metadata>, copies: Copies): IndexState {
  const { uuid, creation_date, number_of_replicas, auto_expand_replicas, store } = index.settings.index
  const numbers = new Set([...Object.keys(index.in_sync_allocations), ...Object.keys(copies)])
  return {
    name,
    uuid,
    state: index.state,
    replicas: number_of_replicas,
    autoExpand:
      auto_expand_replicas === undefined || auto_expand_replicas === 'false' ? null : auto_expand_replicas,
    searchableSnapshot: store?.type === 'snapshot',
    createdAtMs: creation_date,
    shards: [...numbers]
      .sort((a, b) => Number(a) - Number(b))
      .map(number => ({
        number: Number(number),
        inSync: index.in_sync_allocations[number] ?? [],
        copies: (copies[number] ?? []).map(toCopy),
      })),
  }
}

function toCopy(found: z.output<typeof copy>): ShardCopy {
  return {
    node: found.node,
    allocationId: found.allocation_id?.id ?? null,
    primary: found.primary,
    state: found.state,
    relocatingTo: found.relocating_node,
    unassignedReason: found.unassigned_info?.reason ?? null,
  }
}
