// Cases of the gates on what else is going on.
import { casesOf, type GateCase } from './case.ts'

const marked = casesOf('no_node_is_marked_for_shutdown')
const allocation = casesOf('allocation_is_enabled')
const filtered = casesOf('no_node_is_filtered_out')
const writable = casesOf('cluster_is_writable')
const leftovers = casesOf('no_run_left_settings_behind')
const running = casesOf('no_snapshot_is_running')
const meanwhile = casesOf('no_snapshot_starts_meanwhile')
const reshaping = casesOf('lifecycle_is_not_reshaping_an_index')
const tasks = casesOf('no_long_task_runs_on_a_node_to_restart')
const consumers = casesOf('consumers_of_kafka_keep_up')
const bandwidth = casesOf('recoveries_have_bandwidth')

/** A group that reads nothing any more while ten thousand records a second come in. */
const stuck = (records: number) => [{ group: 'logstash', records, written: 1_000_000 + records }]
const hour = 3_600_000
const nightly = (atMs: number) => [{ policy: 'nightly', repository: 'backup', atMs }]

export const operationCases: readonly GateCase[] = [
  marked.passes('there is no record', /no shutdown record/),
  marked.refuses('somebody takes a node down', /^es-data01: REMOVE, "disk swap"$/, ({ shutdowns }) => {
    shutdowns.push({ nodeId: 'id-es-data01', type: 'REMOVE', reason: 'disk swap', status: 'IN_PROGRESS' })
  }),
  marked.refuses('the node of a record has gone', /^id-gone: RESTART/, ({ shutdowns }) => {
    shutdowns.push({ nodeId: 'id-gone', type: 'RESTART', reason: 'x', status: 'COMPLETE' })
  }),

  allocation.passes('nobody has set it', /at their defaults/),
  allocation.passes('it is set to all', /at their defaults/, ({ settings }) => {
    settings.persistent['cluster.routing.allocation.enable'] = 'all'
  }),
  allocation.refuses('it is off', /^cluster\.routing\.allocation\.enable is none$/, ({ settings }) => {
    settings.persistent['cluster.routing.allocation.enable'] = 'none'
  }),
  allocation.refuses(
    'rebalancing is off',
    /^cluster\.routing\.rebalance\.enable is none$/,
    ({ settings }) => {
      settings.transient['cluster.routing.rebalance.enable'] = 'none'
    },
  ),

  filtered.passes('an old filter is empty', /no allocation filter/, ({ settings }) => {
    settings.persistent['cluster.routing.allocation.exclude._name'] = ''
  }),
  ...['exclude._name', 'include._ip', 'require.zone'].map(filter =>
    filtered.refuses(`there is a filter ${filter}`, new RegExp(`${filter} is somewhere`), ({ settings }) => {
      settings.transient[`cluster.routing.allocation.${filter}`] = 'somewhere'
    }),
  ),

  writable.passes('the block is off', /no cluster-wide block/, ({ settings }) => {
    settings.persistent['cluster.blocks.read_only'] = 'false'
  }),
  ...['read_only', 'read_only_allow_delete'].map(block =>
    writable.refuses(`${block} is on`, new RegExp(`^cluster\\.blocks\\.${block} is set$`), ({ settings }) => {
      settings.transient[`cluster.blocks.${block}`] = 'true'
    }),
  ),

  leftovers.passes('no run has left any', /nothing left over/),
  leftovers.refuses(
    'a dead run has left one',
    /run 2026-x has not given back delay \(2\): ops abort/,
    facts => {
      facts.leftovers.push({ run: '2026-x', kind: 'elasticsearch.index', name: 'delay', targets: ['a', 'b'] })
    },
  ),

  running.passes('none is running', /no snapshot/),
  running.refuses('one is running', /^backup\/nightly-7 is running$/, ({ snapshots }) => {
    snapshots.push({ repository: 'backup', snapshot: 'nightly-7' })
  }),

  meanwhile.passes('the cluster has no SLM', /no SLM/, ({ lifecycle }) => {
    lifecycle.slm = null
  }),
  meanwhile.passes('the next one is in the night', /SLM is RUNNING/, ({ lifecycle, nowMs }) => {
    lifecycle.slm = { mode: 'RUNNING', nextRuns: nightly(nowMs + 9 * hour) }
  }),
  meanwhile.passes('SLM is stopped', /SLM is STOPPED/, ({ lifecycle, nowMs }) => {
    lifecycle.slm = { mode: 'STOPPED', nextRuns: nightly(nowMs + 1000) }
  }),
  meanwhile.refuses(
    'one starts in a minute',
    /nightly starts at 2026-03-03T14:01:00/,
    ({ lifecycle, nowMs }) => {
      lifecycle.slm = { mode: 'RUNNING', nextRuns: nightly(nowMs + 60_000) }
    },
  ),

  reshaping.passes('the cluster has no ILM', /no ILM/, ({ lifecycle }) => {
    lifecycle.ilm = null
  }),
  reshaping.passes('an index only rolls over', /ILM is RUNNING, 0 indices in error/, ({ lifecycle }) => {
    lifecycle.ilm?.busy.push({ index: 'logs', action: 'rollover', step: 'check-rollover-ready' })
  }),
  ...['shrink', 'forcemerge', 'downsample', 'searchable_snapshot'].map(action =>
    reshaping.refuses(`an index is in ${action}`, new RegExp(`^logs: ${action}, busy$`), ({ lifecycle }) => {
      lifecycle.ilm?.busy.push({ index: 'logs', action, step: 'busy' })
    }),
  ),

  tasks.passes('one runs on a node that stays up', /no long task/, facts => {
    facts.targets = ['es-data02']
    facts.longTasks.push({ node: 'es-data01', action: 'reindex', description: '', runningMs: 90_000 })
  }),
  tasks.refuses('one runs on a node to restart', /^es-data01: reindex for 90 s$/, ({ longTasks }) => {
    longTasks.push({ node: 'es-data01', action: 'reindex', description: '', runningMs: 90_000 })
  }),

  consumers.passes('there is no Kafka', /no Kafka in the inventory/),
  consumers.passes('no group reads', /no consumer group/, facts => {
    facts.lags = { before: [], after: [] }
  }),
  consumers.passes('a group catches up', /^logstash is 20000 records behind$/, facts => {
    facts.lags = { before: stuck(50_000), after: stuck(20_000) }
  }),
  consumers.passes('a group is behind by a batch', /^logstash is 9000 records behind$/, facts => {
    facts.lags = { before: stuck(1000), after: stuck(9000) }
  }),
  consumers.refuses(
    'a group falls back',
    /^logstash is 50000 records behind, 30000 more than a moment ago$/,
    facts => {
      facts.lags = { before: stuck(20_000), after: stuck(50_000) }
    },
  ),
  consumers.refuses('Kafka does not answer', /^nobody knows .* connection refused$/, facts => {
    facts.lags = { problem: 'connection refused' }
  }),

  bandwidth.passes('nobody has set a limit', /at its default/),
  ...['40mb', '40m', '1tb', '0b', '-1'].map(limit =>
    bandwidth.passes(`the limit is ${limit}`, new RegExp(`is ${limit}$`), ({ settings }) => {
      settings.persistent['indices.recovery.max_bytes_per_sec'] = limit
    }),
  ),
  ...['500kb', '900k', '100b'].map(limit =>
    bandwidth.refuses(`the limit is ${limit}`, new RegExp(`is ${limit}$`), ({ settings }) => {
      settings.persistent['indices.recovery.max_bytes_per_sec'] = limit
    }),
  ),
  bandwidth.refuses('no recovery may run at all', /node_concurrent_recoveries is 0$/, ({ settings }) => {
    settings.transient['cluster.routing.allocation.node_concurrent_recoveries'] = '0'
  }),
]
