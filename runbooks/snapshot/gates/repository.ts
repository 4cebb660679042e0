// Gates on the repository: it is there, every node can write to it, nobody else works on it, it has room.
import { type Gate, pass, refuse, refuseAny, sayBytes } from '#sdk'
import type { SnapshotFacts } from '../facts.ts'
import type { SnapshotParams } from '../params.ts'
import { plannedName, plannedSeconds } from '../plan.ts'

/** Merges and a busy day bring more than the last one did. */
const spare = 1.5

export const repositoryGates: readonly Gate<SnapshotFacts, SnapshotParams>[] = [
  {
    name: 'repository_is_registered',
    prevents: 'A backup that goes nowhere because the cluster does not know the place.',
    waivable: 'never',
    check: ({ repository, registered }, { repository: wanted }) =>
      repository === null
        ? refuse(`${wanted} is not registered; there are ${registered.join(', ') || 'none'}`)
        : pass(`${repository.name} (${repository.type})`),
  },
  {
    name: 'repository_can_be_read',
    prevents: 'Adding to a repository whose table of contents is broken, which makes it worse.',
    waivable: 'never',
    check: ({ unreadable, snapshots }) =>
      unreadable === null ? pass(`${snapshots.length} snapshots are in it`) : refuse(unreadable),
  },
  {
    name: 'repository_is_not_read_only',
    prevents: 'A snapshot into a repository that another cluster writes to, or that cannot take it.',
    waivable: 'never',
    check: ({ repository }) =>
      repository === null || repository.readOnly
        ? refuse(repository === null ? 'it is not registered' : `${repository.name} is registered read-only`)
        : pass('it may be written to'),
  },
  {
    name: 'every_node_can_write_to_the_repository',
    prevents: 'A snapshot without the shards of the one node on which the share is not mounted.',
    waivable: 'never',
    check: ({ writers: { nodes: able, problem }, nodes }) => {
      if (problem !== null) return refuse(problem)
      const must = nodes.filter(({ roles }) =>
        roles.some(role => role === 'master' || role.startsWith('data')),
      )
      if (must.length === 0) return refuse('the cluster names no master and no data node')
      return refuseAny(
        must.filter(({ name }) => !able.includes(name)).map(({ name }) => `${name} cannot write to it`),
        `all ${must.length} master and data nodes`,
        20,
      )
    },
  },
  {
    name: 'nothing_works_on_the_repository',
    prevents: 'Two writers in one repository, or a snapshot that waits for hours behind a deletion.',
    waivable: 'never',
    check: ({ work }, { repository: name }) =>
      refuseAny(
        work
          .filter(({ repository }) => repository === name)
          .map(({ kind, snapshots }) => {
            if (kind === 'cleanup') return 'it is being cleaned up'
            return `${snapshots.join(', ')} is being ${kind === 'create' ? 'taken' : 'deleted'}`
          }),
        'nothing is being taken, deleted or cleaned up',
      ),
  },
  {
    name: 'name_is_free',
    prevents: 'Taking yesterday’s snapshot for tonight’s.',
    waivable: 'never',
    check: (facts, params) => {
      const name = plannedName(facts, params)
      const taken = facts.snapshots.find(one => one.name === name)
      return taken === undefined
        ? pass(name)
        : refuse(`${name} is there already (${taken.state}): give another --name`)
    },
  },
  {
    name: 'enough_space_in_the_repository',
    prevents: 'A repository that fills up half way and then cannot even be tidied.',
    waivable: 'reason',
    check: ({ room: { freeBytes, text }, lastNewBytes, bytes }) => {
      if (freeBytes === null) return pass(`nobody can tell: ${text}`)
      const basis =
        lastNewBytes === null
          ? `all of it is ${sayBytes(bytes)}`
          : `the last one brought ${sayBytes(lastNewBytes)}`
      const evidence = `${sayBytes(freeBytes)} are free (${text}), ${basis}`
      return freeBytes < spare * (lastNewBytes ?? bytes)
        ? refuse(`${evidence}: less than ${spare} times that`)
        : pass(evidence)
    },
  },
  {
    name: 'slm_does_not_run_meanwhile',
    prevents: 'Two schedules that take and delete snapshots in one repository at the same time.',
    waivable: 'reason',
    check: (facts, params) => {
      const { slm, nowMs } = facts
      if (slm === null) return pass('this cluster has no SLM')
      const endMs = nowMs + plannedSeconds(facts) * 1000
      const soon = slm.nextRuns.filter(
        ({ repository, atMs }) =>
          slm.mode === 'RUNNING' && repository === params.repository && atMs >= nowMs && atMs <= endMs,
      )
      return refuseAny(
        soon.map(({ policy, atMs }) => `SLM policy ${policy} starts at ${new Date(atMs).toISOString()}`),
        `SLM is ${slm.mode}; nothing of it starts in this repository before the expected end`,
      )
    },
  },
]
