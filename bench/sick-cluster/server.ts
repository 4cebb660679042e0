// Serves the sick cluster on one address of loopback for each endpoint, in a process of its own so that its memory is not counted as that of
// `ops`. It answers reads, counts them, and refuses whatever it does not know. Started by bench/triage.ts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as cluster from './cluster.ts'

let requests = 0
const unknown: string[] = []
const body = (made: unknown): Buffer => Buffer.from(JSON.stringify(made))

/** What does not depend on the question is made once: a real server has it in memory. */
const ready = {
  shardMap: body(cluster.shardMap()),
  unassigned: body(cluster.unassigned()),
  catShards: body(cluster.catShards()),
  catAllocation: body(cluster.catAllocation()),
  stateNodes: body(cluster.stateNodes()),
  nodesInfo: body(cluster.nodesInfo()),
  snapshots: body(cluster.snapshots()),
  settings: body(cluster.indexSettings()),
  budget: body({
    metadata: {
      indices: Object.fromEntries(
        cluster.indices.map(({ name }) => [
          name,
          { state: 'open', settings: { index: { number_of_shards: '2', number_of_replicas: '1' } } },
        ]),
      ),
    },
  }),
}

function answer({ url = '/' }: IncomingMessage, sent: string): Buffer | null {
  const { pathname, searchParams } = new URL(url, 'http://elasticsearch')
  const path = decodeURIComponent(pathname)
  const filter = searchParams.get('filter_path') ?? ''
  const named = path.split('/').at(-1)?.split(',') ?? []
  if (path === '/')
    return body({
      name: 'es-data01',
      cluster_name: cluster.clusterName,
      cluster_uuid: cluster.clusterUuid,
      version: { number: '8.19.21' },
      tagline: 'You Know, for Search',
    })
  if (path === '/_health_report/master_is_stable')
    return body({
      indicators: { master_is_stable: { status: 'green', symptom: 'The cluster has a stable master node' } },
    })
  if (path === '/_cat/master') return body([{ node: 'es-master01' }])
  if (path === '/_cluster/health') return body(cluster.health)
  if (path === '/_cluster/settings') return body(cluster.clusterSettings)
  if (path === '/_cluster/state/version,metadata,routing_table') return ready.shardMap
  if (path.startsWith('/_cluster/state/routing_nodes')) return ready.unassigned
  if (path === '/_cluster/state/nodes') return ready.stateNodes
  if (path === '/_cluster/state/blocks') return body({})
  if (path === '/_cluster/state/metadata' && filter.includes('cluster_coordination'))
    return body({
      metadata: {
        cluster_coordination: {
          last_committed_config: cluster.masters,
          last_accepted_config: cluster.masters,
          voting_config_exclusions: [],
        },
      },
    })
  if (path === '/_cluster/state/metadata' && filter.includes('number_of_shards')) return ready.budget
  if (path.startsWith('/_cluster/state/metadata/'))
    return body({ metadata: { indices: Object.fromEntries(named.map(name => [name, { state: 'open' }])) } })
  if (path.startsWith('/_cluster/state/routing_table/'))
    return body({
      routing_table: {
        indices: Object.fromEntries(
          named.map(name => [
            name,
            { shards: { 0: [{ state: 'UNASSIGNED' }], 1: [{ state: 'UNASSIGNED' }] } },
          ]),
        ),
      },
    })
  if (path === '/_cluster/pending_tasks') return body({ tasks: [] })
  if (path === '/_cluster/allocation/explain') return body(cluster.explain(JSON.parse(sent)))
  if (path.startsWith('/_nodes/http')) return ready.nodesInfo
  if (path === '/_nodes/shutdown') return body({ nodes: [] })
  if (path.startsWith('/_all/_settings/')) return ready.settings
  if (path === '/_cat/shards') return ready.catShards
  if (path === '/_cat/allocation') return ready.catAllocation
  if (path === '/_dangling') return body({ dangling_indices: [] })
  if (path === '/_ilm/status' || path === '/_slm/status') return body({ operation_mode: 'RUNNING' })
  if (path === '/*/_ilm/explain') return body({ indices: {} })
  if (path === '/_slm/policy') return body({})
  if (path === '/_snapshot')
    return body({ elk_backup: { type: 'fs', settings: { location: '/srv/elk_backup' } } })
  if (path === '/_snapshot/_all/_current') return body({ snapshots: [] })
  if (path === '/_snapshot/elk_backup/_all') return ready.snapshots
  if (path.endsWith('/_shard_stores')) return body({ indices: {} })
  if (path.endsWith('/_search')) return body({ aggregations: { indices: { buckets: [] } } })
  if (path.endsWith('/_stats/docs')) return body({ indices: {} })
  return null
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url === '/bench/count') return void response.end(JSON.stringify({ requests, unknown }))
    requests += 1
    const found = answer(request, Buffer.concat(chunks).toString())
    if (found === null) unknown.push(`${request.method} ${request.url}`)
    response.writeHead(found === null ? 400 : 200, {
      'content-type': 'application/json',
      'x-elastic-product': 'Elasticsearch',
    })
    response.end(found ?? body({ error: { type: 'unknown', reason: 'the bench does not know this' } }))
  })
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => {
  const at = server.address()
  process.send?.(typeof at === 'object' && at !== null ? at.port : null)
})
process.on('disconnect', () => process.exit(0))
