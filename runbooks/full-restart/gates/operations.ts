// Gates on what goes on in Elasticsearch, and on what there is to come back from.
import { durationMs, pass, refuse, refuseAny, sayFew, saySpan, sayTime } from '#sdk'
import { sayShutdowns } from '../../rolling-restart/say-shutdowns.ts'
import { type FullGate, onElasticsearch } from './gate.ts'

export const operationGates: readonly FullGate[] = [
  {
    name: 'a_whole_snapshot_is_young_enough',
    prevents: 'A disk that does not survive the power being off, and nothing to come back from.',
    waivable: 'reason',
    check: onElasticsearch(({ snapshot, unreadable }, { nowMs }, { snapshotAge }) => {
      const hint = 'take one: ops run snapshot'
      if (snapshot === null)
        return refuse(
          ['no repository holds a whole snapshot that was taken here', ...unreadable, hint].join('; '),
        )
      const ageMs = nowMs - snapshot.endedAtMs
      const seen = `${snapshot.repository}/${snapshot.name} of ${sayTime(snapshot.endedAtMs)} (${saySpan(ageMs)} old), ${snapshot.indices} indices`
      const { missing } = snapshot
      if (missing.length > 0)
        return refuse(
          `${seen}, lacks ${missing.length} open ones that are older: ${sayFew(missing)}; ${hint}`,
        )
      return ageMs <= durationMs(snapshotAge) ? pass(seen) : refuse(`${seen}; ${hint}`)
    }),
  },
  {
    name: 'nothing_works_on_a_repository',
    prevents: 'A snapshot, a deletion or a restore that is cut off in the middle.',
    waivable: 'reason',
    check: onElasticsearch(({ work, restores }) =>
      refuseAny(
        [
          ...work.map(({ kind, repository }) => `${kind} in ${repository}`),
          ...restores.map(({ repository, snapshot }) => `restore of ${repository}/${snapshot}`),
        ],
        'no snapshot, deletion or restore is under way',
      ),
    ),
  },
  {
    name: 'no_shard_is_moving',
    prevents: 'Copies that were half way and begin again from nothing when everybody needs the disks.',
    waivable: 'reason',
    check: onElasticsearch(
      ({ health: { initializingShards, relocatingShards, delayedUnassignedShards } }) => {
        const evidence = `${initializingShards} initializing, ${relocatingShards} relocating, ${delayedUnassignedShards} delayed`
        return initializingShards + relocatingShards + delayedUnassignedShards > 0
          ? refuse(evidence)
          : pass(evidence)
      },
    ),
  },
  {
    name: 'no_long_task_is_running',
    prevents: 'Killing hours of reindexing or force merging.',
    waivable: 'reason',
    check: onElasticsearch(({ longTasks }) =>
      refuseAny(
        longTasks.map(({ node, action, runningMs }) => `${node}: ${action} for ${saySpan(runningMs)}`),
        'no long task',
      ),
    ),
  },
  {
    name: 'no_node_is_marked_for_shutdown',
    prevents: 'Two operators, or an operator and a cloud controller, taking nodes down at the same time.',
    waivable: 'reason',
    check: onElasticsearch(({ shutdowns, nodes }) =>
      refuseAny(sayShutdowns(shutdowns, nodes), 'no shutdown record'),
    ),
  },
  {
    name: 'allocation_is_enabled',
    prevents:
      'Waiting for ever for copies that somebody has forbidden, or ending a change that somebody is in the middle of.',
    waivable: 'never',
    check: onElasticsearch(({ settings: { persistent, transient } }) => {
      const name = 'cluster.routing.allocation.enable'
      const found = [transient[name], persistent[name]].filter(
        value => value !== undefined && value !== 'all',
      )
      return refuseAny(
        found.map(value => `${name} is ${value}`),
        'allocation is at its default',
      )
    }),
  },
]
