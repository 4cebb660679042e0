// Disk, memory, queues and connections of each node that answers within five seconds; nodes go by their names here.
// Reads only, and only the fields that gates look at.
import { z } from 'zod'
import type { DiskUse, NodePressure } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const nodes = <S extends z.ZodType>(node: S) => z.object({ nodes: z.record(z.string(), node).default({}) })

async function readStats<S extends z.ZodType>(
  pool: Pool,
  metrics: string,
  node: S,
  fields: readonly string[],
) {
  const query = { timeout: '5s', filter_path: fields.map(field => `nodes.*.${field}`).join(',') }
  const answer = await pool.read({ method: 'GET', path: `/_nodes/${metrics}`, query })
  return Object.values(parse(nodes(node), answer).nodes)
}

const diskNode = z.object({
  name: z.string(),
  roles: z.array(z.string()).default([]),
  fs: z.object({ total: z.object({ total_in_bytes: z.number(), available_in_bytes: z.number() }) }),
})

/** Nodes that hold data; the others have no shard to lose to a full disk. */
export async function readDisk(pool: Pool): Promise<readonly DiskUse[]> {
  const fields = ['name', 'roles', 'fs.total.total_in_bytes', 'fs.total.available_in_bytes']
  const found = await readStats(pool, 'stats/fs', diskNode, fields)
  return found
    .filter(({ roles }) => roles.some(role => role === 'data' || role.startsWith('data_')))
    .map(({ name, fs }) => ({
      node: name,
      totalBytes: fs.total.total_in_bytes,
      availableBytes: fs.total.available_in_bytes,
    }))
}

const pressureNode = z.object({
  name: z.string(),
  process: z.object({ cpu: z.object({ percent: z.number() }) }),
  jvm: z.object({
    mem: z.object({ heap_used_percent: z.number() }),
    gc: z.object({
      collectors: z
        .object({
          old: z.object({ collection_count: z.number(), collection_time_in_millis: z.number() }).optional(),
        })
        .default({}),
    }),
  }),
  breakers: z.object({ parent: z.object({ tripped: z.number() }) }),
  thread_pool: z.object({
    write: z.object({ rejected: z.number() }),
    search: z.object({ rejected: z.number(), queue: z.number() }),
  }),
  indexing_pressure: z.object({
    memory: z.object({
      total: z.object({
        coordinating_rejections: z.number(),
        primary_rejections: z.number(),
        replica_rejections: z.number(),
      }),
    }),
  }),
})
const pressureFields = [
  'name',
  'process.cpu.percent',
  'jvm.mem.heap_used_percent',
  'jvm.gc.collectors.old',
  'breakers.parent.tripped',
  'thread_pool.write.rejected',
  'thread_pool.search.rejected',
  'thread_pool.search.queue',
  'indexing_pressure.memory.total.*_rejections',
]

export async function readPressure(pool: Pool): Promise<readonly NodePressure[]> {
  const metrics = 'stats/jvm,breaker,thread_pool,indexing_pressure,process'
  const found = await readStats(pool, metrics, pressureNode, pressureFields)
  return found.map(node => {
    const { total } = node.indexing_pressure.memory
    return {
      node: node.name,
      heapPercent: node.jvm.mem.heap_used_percent,
      oldGcCount: node.jvm.gc.collectors.old?.collection_count ?? 0,
      oldGcMs: node.jvm.gc.collectors.old?.collection_time_in_millis ?? 0,
      parentBreakerTrips: node.breakers.parent.tripped,
      writeRejected: node.thread_pool.write.rejected,
      searchRejected: node.thread_pool.search.rejected,
      searchQueue: node.thread_pool.search.queue,
      indexingPressureRejected:
        total.coordinating_rejections + total.primary_rejections + total.replica_rejections,
      cpuPercent: Math.max(0, node.process.cpu.percent),
    }
  })
}

const httpNode = z.object({ http: z.object({ current_open: z.number() }) })

export async function readOpenConnections(pool: Pool, node: string): Promise<number> {
  const found = await readStats(pool, `${encodeURIComponent(node)}/stats/http`, httpNode, [
    'http.current_open',
  ])
  return found.reduce((sum, { http }) => sum + http.current_open, 0)
}
