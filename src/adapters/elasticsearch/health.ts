// Health of the cluster and the sample that rates are made from. Asks the elected master and changes nothing.
import { z } from 'zod'
import type { ClusterHealth, TrafficSample } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'
import { defaultTimeoutMs } from './wire.ts'

const status = z.enum(['green', 'yellow', 'red'])

const healthAnswer = z
  .object({
    status,
    timed_out: z.boolean(),
    number_of_nodes: z.number(),
    number_of_data_nodes: z.number(),
    initializing_shards: z.number(),
    relocating_shards: z.number(),
    unassigned_shards: z.number(),
    delayed_unassigned_shards: z.number(),
    number_of_in_flight_fetch: z.number(),
    number_of_pending_tasks: z.number(),
    task_max_waiting_in_queue_millis: z.number(),
  })
  .transform(
    (answer): ClusterHealth => ({
      status: answer.status,
      timedOut: answer.timed_out,
      nodes: answer.number_of_nodes,
      dataNodes: answer.number_of_data_nodes,
      initializingShards: answer.initializing_shards,
      relocatingShards: answer.relocating_shards,
      unassignedShards: answer.unassigned_shards,
      delayedUnassignedShards: answer.delayed_unassigned_shards,
      inFlightFetches: answer.number_of_in_flight_fetch,
      pendingTasks: answer.number_of_pending_tasks,
      oldestPendingTaskMs: answer.task_max_waiting_in_queue_millis,
    }),
  )

/** Waits until the master has worked off what was queued; 408 is its way of saying that it did not in time. */
export async function readHealth(pool: Pool, { timeoutMs }: { timeoutMs: number }): Promise<ClusterHealth> {
  const query = { wait_for_events: 'languid', timeout: `${timeoutMs}ms`, level: 'cluster' }
  const request = {
    method: 'GET',
    path: '/_cluster/health',
    query,
    viaMaster: 'read',
    limitMs: timeoutMs + defaultTimeoutMs,
    accept: [408],
  } as const
  return parse(healthAnswer, await pool.read(request))
}

const briefAnswer = z.object({ status, number_of_nodes: z.number() })
const indexingAnswer = z.object({
  _all: z
    .object({
      primaries: z.object({
        indexing: z.object({ index_total: z.number(), index_time_in_millis: z.number() }),
      }),
    })
    .optional(),
})

export async function readTraffic(pool: Pool): Promise<TrafficSample> {
  const [health, stats] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_cluster/health',
      viaMaster: 'read',
      query: { filter_path: 'status,number_of_nodes' },
    }),
    pool.read({
      method: 'GET',
      path: '/_stats/indexing',
      query: {
        level: 'cluster',
        filter_path: '_all.primaries.indexing.index_total,_all.primaries.indexing.index_time_in_millis',
      },
    }),
  ])
  const { status, number_of_nodes: nodes } = parse(briefAnswer, health)
  const indexing = parse(indexingAnswer, stats)._all?.primaries.indexing
  return {
    status,
    nodes,
    indexedTotal: indexing?.index_total ?? 0,
    indexTimeMs: indexing?.index_time_in_millis ?? 0,
  }
}
