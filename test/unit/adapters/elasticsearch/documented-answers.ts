// Answers as Elastic's reference documents them, for APIs that the lab's servers lack. They show that the adapter reads the
// documented form; they are no proof of what a server does.

/** https://www.elastic.co/guide/en/elasticsearch/reference/8.10/get-shutdown.html */
export const shutdownRecord = {
  node_id: 'USpTGYaBSIKbgSUJR2Z9lg',
  type: 'RESTART',
  reason: 'Demonstrating how the node shutdown API works',
  shutdown_startedmillis: 1624406108685,
  allocation_delay: '10m',
  status: 'COMPLETE',
  shard_migration: {
    status: 'COMPLETE',
    shard_migrations_remaining: 0,
    explanation: 'no shard relocation is necessary for a node restart',
  },
  persistent_tasks: { status: 'COMPLETE' },
  plugins: { status: 'COMPLETE' },
}

/** What a server without the API answers: it takes `shutdown` for the name of a node. Seen on a real one. */
export const shutdownAsNodeName = {
  _nodes: { total: 0, successful: 0, failed: 0 },
  cluster_name: 'elk',
  nodes: {},
}

/** https://www.elastic.co/guide/en/elasticsearch/reference/8.10/slm-api-get-policy.html */
export const slmPolicies = {
  'daily-snapshots': {
    version: 1,
    modified_date: '2099-05-06T01:30:00.000Z',
    modified_date_millis: 4081757400000,
    policy: {
      schedule: '0 30 1 * * ?',
      name: '<daily-snap-{now/d}>',
      repository: 'my_repository',
      config: { indices: ['data-*', 'important'], ignore_unavailable: false, include_global_state: false },
      retention: { expire_after: '30d', min_count: 5, max_count: 50 },
    },
    stats: {
      policy: 'daily-snapshots',
      snapshots_taken: 0,
      snapshots_failed: 0,
      snapshots_deleted: 0,
      snapshot_deletion_failures: 0,
    },
    next_execution: '2099-05-07T01:30:00.000Z',
    next_execution_millis: 4081843800000,
  },
}

/** https://www.elastic.co/guide/en/elasticsearch/reference/8.10/slm-api-get-status.html and .../ilm-get-status.html */
export const operationMode = { operation_mode: 'RUNNING' }

/** https://www.elastic.co/guide/en/elasticsearch/reference/8.10/ilm-explain-lifecycle.html */
export const ilmExplain = {
  indices: {
    'my-index-000020': {
      index: 'my-index-000020',
      managed: true,
      policy: 'my_lifecycle3',
      age: '4.12m',
      phase: 'hot',
      action: 'rollover',
      step: 'ERROR',
      failed_step: 'check-rollover-ready',
      is_auto_retryable_error: true,
      failed_step_retry_count: 1,
      step_info: {
        type: 'cluster_block_exception',
        reason:
          'index [my-index-000057/H7lF9n36Rzqa-KfKcnGQMg] blocked by: [FORBIDDEN/5/index read-only (api)]',
      },
    },
    'shrink-1': {
      index: 'shrink-1',
      managed: true,
      phase: 'warm',
      action: 'shrink',
      step: 'shrunk-shards-allocated',
      step_info: { message: 'Waiting for shrunk index to be allocated', shrink_index_exists: true },
    },
    'resting-1': { index: 'resting-1', managed: true, phase: 'warm', action: 'complete', step: 'complete' },
    'hot-1': {
      index: 'hot-1',
      managed: true,
      phase: 'hot',
      action: 'rollover',
      step: 'check-rollover-ready',
    },
  },
}

/** https://www.elastic.co/guide/en/elasticsearch/reference/8.10/get-ml-info.html */
export const mlInfo = { defaults: {}, upgrade_mode: false, limits: {} }

/** Machine learning with a basic licence. */
export const licenceRefusal = {
  error: {
    type: 'security_exception',
    reason: 'current license is non-compliant for [ml]',
    'license.expired.feature': 'ml',
  },
  status: 403,
}
