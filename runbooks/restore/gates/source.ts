// Gates on what a restore is made from: the right cluster, a repository that can be read, a snapshot that is whole, and a manifest to
// compare with. Shared by every runbook that restores.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import { isSystem } from '../patterns.ts'
import { explainVersion } from '../snapshots.ts'
import type { SourceFacts } from '../source.ts'

type SourceGate = Gate<SourceFacts, unknown>

const nothing = 'there is no snapshot to look at'

export const sourceGates: readonly SourceGate[] = [
  rightCluster('Old data being put into production when the inventory of the lab was meant.'),
  {
    name: 'repository_is_registered',
    prevents: 'Looking for a backup in a place that this cluster does not know.',
    waivable: 'never',
    check: ({ repositories, asked: { repository } }) => {
      const found = repositories.find(({ name }) => name === repository)
      if (found !== undefined) return pass(`${found.name} (${found.type})`)
      const names = repositories.map(({ name }) => name).join(', ') || 'none'
      return refuse(`${repository} is not registered; there are ${names}`)
    },
  },
  {
    name: 'repository_can_be_read',
    prevents: 'Beginning a restore from files that are gone or broken.',
    waivable: 'never',
    check: ({ problem }) =>
      problem === null ? pass('it tells its snapshots and their sizes') : refuse(problem),
  },
  {
    name: 'snapshot_is_there_and_has_ended',
    prevents: 'Restoring half of a snapshot that is still being taken, or none.',
    waivable: 'never',
    check: ({ snapshot, asked }) => {
      if (snapshot === null)
        return refuse(
          asked.snapshot === 'latest'
            ? `${asked.repository} holds no whole snapshot that ops has taken`
            : `${asked.repository} holds no snapshot ${asked.snapshot}`,
        )
      const { name, state, startedAtMs } = snapshot
      return state === 'SUCCESS' || state === 'PARTIAL'
        ? pass(`${name}, begun ${new Date(startedAtMs).toISOString()}`)
        : refuse(`${name} is ${state}`)
    },
  },
  {
    name: 'snapshot_is_whole',
    prevents: 'Taking what is left of a snapshot for all that there was.',
    waivable: 'approval',
    check: ({ snapshot }) => {
      if (snapshot === null) return refuse(nothing)
      const { name, state, shards } = snapshot
      const evidence = `${name} is ${state}, ${shards.successful} of ${shards.total} shards`
      return state === 'SUCCESS' && shards.failed === 0 ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'every_wanted_shard_is_in_the_snapshot',
    prevents: 'An index that comes back without one of its shards.',
    waivable: 'never',
    check: ({ snapshot, wanted, sizes, problem }) => {
      if (snapshot === null) return refuse(nothing)
      if (problem !== null) return refuse('nobody can tell, the repository cannot be read')
      const failed = snapshot.failures.filter(({ index }) => wanted.includes(index))
      const unsized = wanted.filter(name => !sizes.some(({ index }) => index === name))
      return refuseAny(
        [
          ...failed.map(({ index, shard, reason }) => `${index}[${shard}] is not in it: ${reason}`),
          ...unsized.map(name => `${name} has no shard in it`),
        ],
        `${wanted.length} indices`,
      )
    },
  },
  {
    name: 'snapshot_version_is_compatible',
    prevents: 'A restore that the servers refuse half way, or indices that they cannot open.',
    waivable: 'reason',
    check: ({ snapshot, identity }) => {
      if (snapshot === null) return refuse(nothing)
      const why = explainVersion(snapshot.version, identity.version)
      return why === null ? pass(`taken by ${snapshot.version}, read by ${identity.version}`) : refuse(why)
    },
  },
  {
    name: 'indices_match',
    prevents: 'A misspelt pattern that restores nothing and calls that a success.',
    waivable: 'never',
    check: ({ unmatched, wanted }) =>
      refuseAny(
        unmatched.map(pattern => `${pattern} matches no index of the snapshot`),
        `${wanted.length} indices`,
      ),
  },
  {
    name: 'no_system_index_is_restored',
    prevents: 'Old users and passwords, or an old Kibana, in the place of those that are in use.',
    waivable: 'never',
    check: ({ wanted }) =>
      refuseAny(
        wanted.filter(isSystem).map(name => `${name} is an index of the system`),
        'none of them',
      ),
  },
  {
    name: 'nothing_deletes_from_the_repository',
    prevents: 'Files being deleted while they are read, or a deletion that waits for hours.',
    waivable: 'never',
    check: ({ work, asked }) =>
      refuseAny(
        work
          .filter(({ repository, kind }) => repository === asked.repository && kind !== 'create')
          .map(({ kind, snapshots }) =>
            kind === 'cleanup' ? 'it is being cleaned up' : `${snapshots.join(', ')} is being deleted`,
          ),
        'nothing is being deleted or cleaned up',
      ),
  },
  {
    name: 'manifest_is_there',
    prevents: 'Believing that everything is back because every shard is green.',
    waivable: 'reason',
    check: ({ manifest: { manifest, text }, wanted }) => {
      if (manifest === null) return refuse(`nothing to compare with: ${text}`)
      const known = new Set(manifest.indices.map(({ index }) => index))
      return refuseAny(
        wanted.filter(name => !known.has(name)).map(name => `${name} is not in the manifest`),
        `${text}, ${manifest.indices.length} indices`,
      )
    },
  },
]
