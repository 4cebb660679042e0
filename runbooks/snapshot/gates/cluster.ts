// Gates on the cluster and on what is taken: the right one, calm enough, every index and shard there.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import type { SnapshotFacts } from '../facts.ts'
import type { SnapshotParams } from '../params.ts'

export const clusterGates: readonly Gate<SnapshotFacts, SnapshotParams>[] = [
  rightCluster('A snapshot of the lab that everybody takes for one of production.'),
  {
    name: 'cluster_is_not_red',
    prevents: 'Calling it a night while a part of the data has no copy to be taken from.',
    waivable: 'reason',
    check: ({ health: { status, unassignedShards } }) =>
      status === 'red'
        ? refuse(`the cluster is red, ${unassignedShards} shards are unassigned`)
        : pass(`status ${status}`),
  },
  {
    name: 'master_is_stable',
    prevents: 'A snapshot that the next election breaks off.',
    waivable: 'never',
    check: ({ master: { elected, symptom, stable } }) => {
      if (elected === null) return refuse('no master is elected')
      const evidence = `${elected} is master; ${symptom || stable}`
      // A cluster before 8.7 has no health report; an elected master is then all that can be asked for.
      return stable === 'green' || stable === 'unknown' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'no_restore_is_running',
    prevents: 'A restore and a snapshot that slow each other down, and half restored indices in a backup.',
    waivable: 'reason',
    check: ({ restores }) =>
      refuseAny(
        restores.map(({ repository, snapshot }) => `${repository}/${snapshot} is being restored`),
        'nothing is being restored',
      ),
  },
  {
    name: 'every_pattern_matches_an_index',
    prevents: 'A misspelt pattern, or a source that has stopped, missing from every backup in silence.',
    waivable: 'never',
    check: ({ unmatched, indices }) => {
      if (indices.length === 0 && unmatched.length === 0) return refuse('no index is asked for')
      return refuseAny(
        unmatched.map(pattern => `${pattern} matches no index`),
        `${indices.length} indices`,
      )
    },
  },
  {
    name: 'every_index_is_open',
    prevents: 'An index that is left out because nobody can count what is in a closed one.',
    waivable: 'reason',
    check: ({ indices }) => {
      const open = indices.filter(one => one.open)
      if (open.length === 0) return refuse('no open index is asked for')
      return refuseAny(
        indices.filter(one => !one.open).map(({ name }) => `${name} is closed and would be left out`),
        `${open.length} indices`,
      )
    },
  },
  {
    name: 'every_shard_of_them_is_active',
    prevents: 'A snapshot that lacks a shard, and is called one of the index.',
    waivable: 'never',
    check: ({ inactive, indices }) =>
      refuseAny(
        inactive.map(shard => `${shard} has no active primary`),
        `${indices.reduce((sum, { shards }) => sum + shards, 0)} shards`,
      ),
  },
]
