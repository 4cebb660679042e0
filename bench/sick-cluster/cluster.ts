// A cluster of 10,000 copies of which 2,000 are unassigned in five ways, as the answers that Elasticsearch 8.19 gives to the requests of a
// triage. Only what the requests ask for by `filter_path` is in them, as it is on a real server. Pure.

export const dataNodes = Array.from({ length: 12 }, (_, at) => `es-data${String(at + 1).padStart(2, '0')}`)
/** Not a member: 600 replicas left with it. */
export const awayNode = 'es-data13'
export const masters = ['es-master01', 'es-master02', 'es-master03']
export const clusterName = 'ovh-prod-elk'
export const clusterUuid = 'b3nchCluster-b3nchCluste'

const indexCount = 2500
const shardsEach = 2
const day = 86_400_000
const now = Date.UTC(2026, 10, 29)
const idOf = (node: string): string => `${node}-id-abcdefghijk`.slice(0, 22)

type Way = 'away' | 'filter' | 'disk' | 'red' | 'retries' | 'well'

export interface Index {
  readonly name: string
  readonly way: Way
  readonly at: number
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const word = (at: number): string => `svc-${letters[at % 26]}${letters[Math.floor(at / 26) % 26]}`

/** Copies by way: 600 + 500 + 400 + 400 (200 primaries and their replicas) + 100. */
const plan: readonly [Way, number][] = [
  ['away', 300],
  ['filter', 250],
  ['disk', 200],
  ['red', 100],
  ['retries', 50],
]

const ways = plan.flatMap(([way, count]) => Array.from({ length: count }, () => way))

export const indices: readonly Index[] = Array.from({ length: indexCount }, (_, at) => {
  const way = ways[at] ?? 'well'
  const date = new Date(now - (at % 60) * day).toISOString().slice(0, 10).replaceAll('-', '.')
  return { name: `${word(at % 40)}.${at}-${date}`, way, at }
})

interface Copy {
  readonly index: Index
  readonly shard: number
  readonly primary: boolean
  readonly node: string | null
}

const copiesOf = (index: Index): readonly Copy[] =>
  Array.from({ length: shardsEach }, (_, shard) => shard).flatMap(shard => {
    const first = dataNodes[(index.at + shard) % dataNodes.length] ?? ''
    const second = dataNodes[(index.at + shard + 1) % dataNodes.length] ?? ''
    return [
      { index, shard, primary: true, node: index.way === 'red' ? null : first },
      { index, shard, primary: false, node: index.way === 'well' ? second : null },
    ]
  })
const copies = indices.flatMap(copiesOf)

const stack = `failed shard on node [${idOf('es-data01')}]: failed to create shard, failure java.io.IOException: ${'at org.elasticsearch.index.shard.IndexShard.recover(IndexShard.java:1234) '.repeat(40)}`
const infoOf: Readonly<Record<Way, { reason: string; status: string; details?: string; failed?: number }>> = {
  away: { reason: 'NODE_LEFT', status: 'no_attempt', details: `node_left [${idOf(awayNode)}]` },
  filter: { reason: 'REPLICA_ADDED', status: 'no_attempt' },
  disk: { reason: 'REPLICA_ADDED', status: 'no_attempt' },
  red: { reason: 'NODE_LEFT', status: 'no_valid_shard_copy', details: `node_left [${idOf('es-data01')}]` },
  retries: { reason: 'ALLOCATION_FAILED', status: 'no_attempt', details: stack, failed: 5 },
  well: { reason: '', status: '' },
}

const unassignedInfo = ({ way }: Index) => {
  const { reason, status, details, failed } = infoOf[way]
  return {
    reason,
    at: '2026-11-28T22:14:07.123Z',
    ...(failed === undefined ? {} : { failed_attempts: failed }),
    delayed: false,
    ...(details === undefined ? {} : { details }),
    allocation_status: status,
  }
}

const members = [...masters, ...dataNodes]
const rolesOf = (node: string): string[] =>
  node.startsWith('es-master') ? ['master'] : ['data_content', 'data_hot', 'ingest']

export const stateNodes = () => ({
  nodes: Object.fromEntries(
    members.map(name => [
      idOf(name),
      {
        name,
        ephemeral_id: `eph-${name}`,
        roles: rolesOf(name),
        attributes: { zone: 'a', 'xpack.installed': 'true' },
      },
    ]),
  ),
})

export const nodesInfo = () => ({
  nodes: Object.fromEntries(
    members.map((name, at) => [
      idOf(name),
      {
        name,
        host: `10.0.0.${at}`,
        version: '8.19.21',
        roles: rolesOf(name),
        attributes: {},
        http: { publish_address: `10.0.0.${at}:9200` },
        jvm: { start_time_in_millis: now - 10 * day },
        process: { mlockall: true },
        plugins: [],
      },
    ]),
  ),
})

export const shardMap = () => ({
  version: 4711,
  metadata: {
    indices: Object.fromEntries(
      indices.map(({ name, at }) => [
        name,
        {
          state: 'open',
          settings: {
            index: {
              uuid: `uuid-${at}-abcdefghijk`,
              creation_date: `${now - (at % 60) * day}`,
              number_of_replicas: '1',
            },
          },
          in_sync_allocations: {
            0: [`alloc-${at}-0-p`, `alloc-${at}-0-r`],
            1: [`alloc-${at}-1-p`, `alloc-${at}-1-r`],
          },
        },
      ]),
    ),
  },
  routing_table: {
    indices: Object.fromEntries(
      indices.map(index => [
        index.name,
        {
          shards: Object.fromEntries(
            Array.from({ length: shardsEach }, (_, shard) => [
              shard,
              copiesOf(index)
                .filter(copy => copy.shard === shard)
                .map(({ primary, node }) => ({
                  state: node === null ? 'UNASSIGNED' : 'STARTED',
                  primary,
                  node: node === null ? null : idOf(node),
                  relocating_node: null,
                  ...(node === null
                    ? { unassigned_info: { reason: infoOf[index.way].reason } }
                    : { allocation_id: { id: `alloc-${index.at}-${shard}-${primary ? 'p' : 'r'}` } }),
                })),
            ]),
          ),
        },
      ]),
    ),
  },
})

export const unassigned = () => ({
  ...stateNodes(),
  routing_nodes: {
    unassigned: copies
      .filter(({ node }) => node === null)
      .map(({ index, shard, primary }) => ({
        index: index.name,
        shard,
        primary,
        recovery_source: { type: primary ? 'EXISTING_STORE' : 'PEER' },
        unassigned_info: unassignedInfo(index),
      })),
  },
})

export const catShards = () =>
  copies.map(({ index, shard, primary, node }) => ({
    index: index.name,
    shard: `${shard}`,
    prirep: primary ? 'p' : 'r',
    state: node === null ? 'UNASSIGNED' : 'STARTED',
    node,
    store: node === null ? null : '21474836480',
    docs: node === null ? null : '31415926',
  }))

export const catAllocation = () => [
  ...dataNodes.map(node => ({
    node,
    shards: '667',
    'disk.indices': '14316557653333',
    'disk.avail': node === 'es-data02' ? '1300000000000' : '8000000000000',
    'disk.total': '16000000000000',
  })),
  { node: 'UNASSIGNED', shards: '2000', 'disk.indices': null, 'disk.avail': null, 'disk.total': null },
]

/** As each way has it on the nodes: who says no, and in which words. */
const against: Readonly<Record<Way, readonly [string, string]>> = {
  away: ['throttling', 'reached the limit of incoming shard recoveries [2]'],
  filter: [
    'filter',
    'node does not match index setting [index.routing.allocation.require] filters [box:"gone"]',
  ],
  disk: [
    'disk_threshold',
    'the node is above the low watermark cluster setting [cluster.routing.allocation.disk.watermark.low=85%]',
  ],
  red: ['', ''],
  retries: [
    'max_retry',
    'shard has exceeded the maximum number of retries [5] on failed allocation attempts',
  ],
  well: ['', ''],
}

export function explain(asked: {
  readonly index: string
  readonly shard: number
  readonly primary: boolean
}) {
  const index = indices.find(({ name }) => name === asked.index)
  const way = index?.way ?? 'well'
  const [decider, explanation] = against[way]
  return {
    ...asked,
    current_state: 'unassigned',
    unassigned_info: index === undefined ? {} : unassignedInfo(index),
    can_allocate: way === 'red' ? 'no_valid_shard_copy' : way === 'away' ? 'throttled' : 'no',
    allocate_explanation:
      'Elasticsearch is not allowed to allocate this shard to any of the nodes in the cluster.',
    node_allocation_decisions: dataNodes.map((node, at) => ({
      node_id: idOf(node),
      node_name: node,
      transport_address: `10.0.0.${at}:9300`,
      node_attributes: { zone: 'a' },
      roles: rolesOf(node),
      node_decision: 'no',
      weight_ranking: at + 1,
      ...(way === 'red' ? { store: { found: false } } : {}),
      deciders: [
        ...(decider === ''
          ? []
          : [{ decider, decision: decider === 'throttling' ? 'THROTTLE' : 'NO', explanation }]),
        ...(way !== 'red' && index !== undefined && at === index.at % dataNodes.length
          ? [
              {
                decider: 'same_shard',
                decision: 'NO',
                explanation: 'a copy of this shard is already allocated to this node',
              },
            ]
          : []),
      ],
    })),
  }
}

/** `GET _all/_settings/NAMES` */
export const indexSettings = () =>
  Object.fromEntries(
    indices.map(({ name, way }) => [
      name,
      {
        settings: {
          'index.number_of_replicas': '1',
          'index.routing.allocation.include._tier_preference': 'data_hot',
          ...(way === 'filter' ? { 'index.routing.allocation.require.box': 'gone' } : {}),
        },
      },
    ]),
  )

export const snapshots = () => ({
  snapshots: Array.from({ length: 30 }, (_, at) => ({
    snapshot: `nightly-${at}`,
    uuid: `snapshot-${at}`,
    version: '8.19.21',
    indices: indices.map(({ name }) => name),
    include_global_state: false,
    state: 'SUCCESS',
    start_time_in_millis: now - (30 - at) * day,
    end_time_in_millis: now - (30 - at) * day + 3_600_000,
    failures: [],
    shards: { total: 5000, failed: 0, successful: 5000 },
  })),
})

export const health = {
  status: 'red',
  timed_out: false,
  number_of_nodes: members.length,
  number_of_data_nodes: dataNodes.length,
  initializing_shards: 0,
  relocating_shards: 0,
  unassigned_shards: 2000,
  delayed_unassigned_shards: 0,
  number_of_in_flight_fetch: 0,
  number_of_pending_tasks: 0,
  task_max_waiting_in_queue_millis: 0,
}

const disk = 'cluster.routing.allocation.disk.'
export const clusterSettings = {
  persistent: {},
  transient: {},
  defaults: {
    [`${disk}threshold_enabled`]: 'true',
    [`${disk}watermark.low`]: '85%',
    [`${disk}watermark.high`]: '90%',
    [`${disk}watermark.flood_stage`]: '95%',
    [`${disk}watermark.low.max_headroom`]: '200GB',
    [`${disk}watermark.high.max_headroom`]: '150GB',
    [`${disk}watermark.flood_stage.max_headroom`]: '100GB',
    'cluster.routing.allocation.node_concurrent_recoveries': '2',
    'cluster.max_shards_per_node': '1000',
  },
}
