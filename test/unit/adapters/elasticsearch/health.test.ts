// Health, master and recovery in the states that a quiet real cluster does not show.
import { expect } from 'chai'
import { connectTo, type Replay, serve } from './replay-server.ts'

const health = {
  cluster_name: 'elk',
  status: 'yellow',
  timed_out: true,
  number_of_nodes: 10,
  number_of_data_nodes: 5,
  active_primary_shards: 10,
  active_shards: 18,
  relocating_shards: 1,
  initializing_shards: 2,
  unassigned_shards: 3,
  delayed_unassigned_shards: 3,
  number_of_pending_tasks: 4,
  number_of_in_flight_fetch: 5,
  task_max_waiting_in_queue_millis: 600,
  active_shards_percent_as_number: 90,
}
const noMaster: Replay = { status: 503, body: { error: { type: 'master_not_discovered_exception' } } }

describe('health', () => {
  it('takes 408 for an answer: the wait was longer than the limit', async () => {
    await using server = await serve({ 'GET /_cluster/health': { status: 408, body: health } })
    await using es = connectTo([server.url])
    expect(await es.health({ timeoutMs: 50 })).to.deep.equal({
      status: 'yellow',
      timedOut: true,
      nodes: 10,
      dataNodes: 5,
      initializingShards: 2,
      relocatingShards: 1,
      unassignedShards: 3,
      delayedUnassignedShards: 3,
      inFlightFetches: 5,
      pendingTasks: 4,
      oldestPendingTaskMs: 600,
    })
    const [, asked] = server.asked
    expect(asked?.query.get('timeout')).to.equal('50ms')
    expect(asked?.query.get('wait_for_events')).to.equal('languid')
  })

  it('leaves the server time to say that there is no master', async () => {
    await using server = await serve({ 'GET /_cluster/settings': noMaster })
    await using es = connectTo([server.url], { requestTimeoutMs: 10_000 })
    await es.clusterSettings().catch(() => {})
    expect(server.asked[1]?.query.get('master_timeout')).to.equal('7000ms')
  })
})

describe('the master', () => {
  it('is nobody when no endpoint knows one, and unstable then', async () => {
    const indicators = {
      master_is_stable: { status: 'red', symptom: 'No master node observed in the last 30s' },
    }
    await using server = await serve({
      'GET /_cat/master': noMaster,
      'GET /_health_report/master_is_stable': { body: { indicators } },
    })
    await using es = connectTo([server.url])
    expect(await es.master()).to.deep.equal({
      stable: 'red',
      symptom: 'No master node observed in the last 30s',
      elected: null,
    })
  })
})

describe('recovery', () => {
  it('is summed over the copies that are being recovered', async () => {
    const shard = (recovered: number, ops: number) => ({
      id: 0,
      type: 'PEER',
      stage: 'INDEX',
      target: { name: 'es-data01' },
      index: { size: { total_in_bytes: 1000, reused_in_bytes: 400, recovered_in_bytes: recovered } },
      translog: { recovered: ops },
    })
    const body = { one: { shards: [shard(100, 1), shard(200, 2)] }, two: { shards: [shard(300, 3)] } }
    await using server = await serve({ 'GET /_recovery': { body } })
    await using es = connectTo([server.url])
    expect(await es.recovery()).to.deep.equal({
      active: 3,
      recoveredBytes: 600,
      reusedBytes: 1200,
      totalBytes: 3000,
      translogOps: 6,
    })
  })
})
