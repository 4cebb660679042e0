// Gates on what else is going on: other operators, snapshots, lifecycle, long tasks, and what dead runs left.

import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { judgeLags } from '../consumer-lag.ts'
import type { RestartFacts } from '../facts.ts'
import type { RestartParams } from '../params.ts'
import { sayShutdowns } from '../say-shutdowns.ts'
import { sizeBytes } from '../watermarks.ts'
import { plannedFor } from '../world.ts'

type RestartGate = Gate<RestartFacts, RestartParams>

const reshaping = new Set(['shrink', 'forcemerge', 'downsample', 'searchable_snapshot'])
const tinyRecoveryBytes = 1024 ** 2
const recoverySettings = [
  'node_concurrent_recoveries',
  'node_concurrent_incoming_recoveries',
  'node_concurrent_outgoing_recoveries',
].map(name => `cluster.routing.allocation.${name}`)

export const operationGates: readonly RestartGate[] = [
  {
    name: 'no_node_is_marked_for_shutdown',
    prevents: 'Two operators, or an operator and a cloud controller, taking nodes down at the same time.',
    waivable: 'reason',
    check: ({ shutdowns, nodes }) => refuseAny(sayShutdowns(shutdowns, nodes), 'no shutdown record'),
  },
  {
    name: 'allocation_is_enabled',
    prevents:
      'Waiting for ever for copies that somebody has forbidden, or ending a change that somebody is in the middle of.',
    waivable: 'never',
    check: ({ settings }) => {
      const found = ['cluster.routing.allocation.enable', 'cluster.routing.rebalance.enable']
        .flatMap(name => explicit(settings, name).map(value => ({ name, value })))
        .filter(({ value }) => value !== 'all')
        .map(({ name, value }) => `${name} is ${value}`)
      return refuseAny(found, 'allocation and rebalancing are at their defaults')
    },
  },
  {
    name: 'no_node_is_filtered_out',
    prevents:
      'Shards moving, or copies that find no place, because of a drain that is under way or was forgotten.',
    waivable: 'reason',
    check: ({ settings }) => {
      const filters = [...Object.entries(settings.persistent), ...Object.entries(settings.transient)]
        .filter(
          ([name, value]) =>
            /^cluster\.routing\.allocation\.(exclude|include|require)\./.test(name) && value !== '',
        )
        .map(([name, value]) => `${name} is ${value}`)
      return refuseAny(filters, 'no allocation filter')
    },
  },
  {
    name: 'cluster_is_writable',
    prevents: 'Calling a restart good when the cluster accepted no write before it either.',
    waivable: 'reason',
    check: ({ settings }) => {
      const blocks = ['cluster.blocks.read_only', 'cluster.blocks.read_only_allow_delete'].filter(name =>
        explicit(settings, name).includes('true'),
      )
      return refuseAny(
        blocks.map(name => `${name} is set`),
        'no cluster-wide block',
      )
    },
  },
  {
    name: 'no_run_left_settings_behind',
    prevents: "Taking a dead run's temporary setting for the wanted one, and giving that back at the end.",
    waivable: 'never',
    check: ({ leftovers }) =>
      refuseAny(
        leftovers.map(
          ({ run, name, targets }) =>
            `run ${run} has not given back ${name} (${targets.length}): ops abort ${run}`,
        ),
        'nothing left over',
      ),
  },
  {
    name: 'no_snapshot_is_running',
    prevents: 'A snapshot that ends PARTIAL because the node with the primary went away.',
    waivable: 'reason',
    check: ({ snapshots }) =>
      refuseAny(
        snapshots.map(({ repository, snapshot }) => `${repository}/${snapshot} is running`),
        'no snapshot is running',
      ),
  },
  {
    name: 'no_snapshot_starts_meanwhile',
    prevents: 'The nightly snapshot starting in the middle of the restart.',
    waivable: 'reason',
    check: (facts, params) => {
      const slm = facts.lifecycle.slm
      if (slm === null) return pass('this cluster has no SLM')
      const endMs = facts.nowMs + plannedFor(facts, params).expectedSeconds * 1000
      const soon =
        slm.mode === 'RUNNING' ? slm.nextRuns.filter(({ atMs }) => atMs >= facts.nowMs && atMs <= endMs) : []
      return refuseAny(
        soon.map(
          ({ policy, atMs }) =>
            `SLM policy ${policy} starts at ${new Date(atMs).toISOString()}, before the expected end`,
        ),
        `SLM is ${slm.mode}; nothing starts before the expected end`,
      )
    },
  },
  {
    name: 'lifecycle_is_not_reshaping_an_index',
    prevents: 'A shrink or force merge that has to start again because its node went away.',
    waivable: 'reason',
    check: ({ lifecycle: { ilm } }) => {
      if (ilm === null) return pass('this cluster has no ILM')
      const busy = ilm.busy.filter(({ action }) => reshaping.has(action))
      return refuseAny(
        busy.map(({ index, action, step }) => `${index}: ${action}, ${step}`),
        `ILM is ${ilm.mode}, ${ilm.errors.length} indices in error`,
      )
    },
  },
  {
    name: 'no_long_task_runs_on_a_node_to_restart',
    prevents: 'Killing hours of reindexing, force merging or restoring.',
    waivable: 'reason',
    check: ({ longTasks, targets }) =>
      refuseAny(
        longTasks
          .filter(({ node }) => targets.includes(node))
          .map(({ node, action, runningMs }) => `${node}: ${action} for ${Math.round(runningMs / 1000)} s`),
        'no long task on these nodes',
      ),
  },
  {
    name: 'consumers_of_kafka_keep_up',
    prevents: 'A slower cluster on top of a lag that already grows.',
    waivable: 'reason',
    check: ({ lags }) => judgeLags(lags),
  },
  {
    name: 'recoveries_have_bandwidth',
    prevents: 'A restart that takes days because copies may only trickle.',
    waivable: 'reason',
    check: ({ settings }) => {
      const none = recoverySettings.find(name => explicit(settings, name)[0] === '0')
      if (none !== undefined) return refuse(`${none} is 0`)
      const [limit] = explicit(settings, 'indices.recovery.max_bytes_per_sec')
      if (limit === undefined) return pass('recovery speed is at its default')
      const bytes = sizeBytes(limit) ?? 0
      const evidence = `indices.recovery.max_bytes_per_sec is ${limit}`
      // Zero or less switches the limit off.
      return bytes > 0 && bytes < tinyRecoveryBytes ? refuse(evidence) : pass(evidence)
    },
  },
]

/** Explicit values of a setting, the stronger transient one first. */
function explicit({ persistent, transient }: RestartFacts['settings'], name: string): readonly string[] {
  return [transient[name], persistent[name]].filter(value => value !== undefined)
}
