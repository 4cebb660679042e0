// For every gate of snapshot: a state in which it passes and states in which it refuses.
import type { SnapshotFacts } from '../../../runbooks/snapshot/facts.ts'
import type { Draft, GateCase } from '../../support/gate-table.ts'

export type FactsDraft = Draft<SnapshotFacts>

const taken = (name: string, state = 'SUCCESS') =>
  ({ ...base, name, state }) as unknown as FactsDraft['snapshots'][number]
const base = {
  repository: 'elk_backup',
  uuid: 'u',
  version: '8.10.4',
  indices: [],
  featureStates: [],
  globalState: false,
  startedAtMs: 1000,
  endedAtMs: 61_000,
  shards: { total: 1, successful: 1, failed: 0 },
  failures: [],
  metadata: { taken_by: 'ops' },
}
const slmAt =
  (repository: string, mode = 'RUNNING') =>
  (facts: FactsDraft) => {
    facts.slm = { mode, nextRuns: [{ policy: 'elk-daily', repository, atMs: facts.nowMs + 1000 }] }
  }
const working =
  (kind: 'create' | 'delete' | 'cleanup', repository = 'elk_backup') =>
  (facts: FactsDraft) =>
    void facts.work.push({ kind, repository, snapshots: kind === 'cleanup' ? [] : ['one'] })

export const gateCases: readonly GateCase<FactsDraft>[] = [
  { gate: 'cluster_is_the_one_in_the_inventory', says: 'pass', when: 'it is', evidence: /^ovh-prod-elk/ },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'it has another name',
    evidence: /^the cluster is called other/,
    change: ({ identity }) => {
      identity.clusterName = 'other'
    },
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'it has another uuid',
    evidence: /^the cluster's uuid is other/,
    change: ({ identity }) => {
      identity.clusterUuid = 'other'
    },
  },
  { gate: 'cluster_is_not_red', says: 'pass', when: 'it is green', evidence: /^status green$/ },
  {
    gate: 'cluster_is_not_red',
    says: 'refuse',
    when: 'it is',
    evidence: /^the cluster is red/,
    change: ({ health }) => {
      health.status = 'red'
    },
  },
  { gate: 'master_is_stable', says: 'pass', when: 'it is', evidence: /is master/ },
  {
    gate: 'master_is_stable',
    says: 'refuse',
    when: 'there is none',
    evidence: /^no master/,
    change: ({ master }) => {
      master.elected = null
    },
  },
  {
    gate: 'master_is_stable',
    says: 'refuse',
    when: 'it changes all the time',
    evidence: /is master/,
    change: ({ master }) => {
      master.stable = 'red'
    },
  },
  { gate: 'no_restore_is_running', says: 'pass', when: 'none is', evidence: /^nothing is/ },
  {
    gate: 'no_restore_is_running',
    says: 'refuse',
    when: 'one is',
    evidence: /^elk_backup\/one is being restored$/,
    change: ({ restores }) =>
      void restores.push({ repository: 'elk_backup', snapshot: 'one', state: 'STARTED', shards: [] }),
  },
  { gate: 'every_pattern_matches_an_index', says: 'pass', when: 'each does', evidence: /^7 indices$/ },
  {
    gate: 'every_pattern_matches_an_index',
    says: 'refuse',
    when: 'one does not',
    evidence: /^erp-\* matches no index$/,
    change: ({ unmatched }) => void unmatched.push('erp-*'),
  },
  { gate: 'every_index_is_open', says: 'pass', when: 'each is', evidence: /^7 indices$/ },
  {
    gate: 'every_index_is_open',
    says: 'refuse',
    when: 'one is closed',
    evidence: /is closed and would be left out$/,
    change: ({ indices }) => {
      for (const one of indices.slice(0, 1)) one.open = false
    },
  },
  { gate: 'every_shard_of_them_is_active', says: 'pass', when: 'each is', evidence: /^8 shards$/ },
  {
    gate: 'every_shard_of_them_is_active',
    says: 'refuse',
    when: 'one has no primary',
    evidence: /^crm\[0\] has no active primary$/,
    change: ({ inactive }) => void inactive.push('crm[0]'),
  },
  { gate: 'repository_is_registered', says: 'pass', when: 'it is', evidence: /^elk_backup \(fs\)$/ },
  {
    gate: 'repository_is_registered',
    says: 'refuse',
    when: 'it is not',
    evidence: /^elk_back is not registered; there are elk_backup$/,
    params: { repository: 'elk_back' },
    change: facts => {
      facts.repository = null
    },
  },
  { gate: 'repository_can_be_read', says: 'pass', when: 'it can', evidence: /^0 snapshots/ },
  {
    gate: 'repository_can_be_read',
    says: 'refuse',
    when: 'it cannot',
    evidence: /^broken$/,
    change: facts => {
      facts.unreadable = 'broken'
    },
  },
  { gate: 'repository_is_not_read_only', says: 'pass', when: 'it is not', evidence: /may be written/ },
  {
    gate: 'repository_is_not_read_only',
    says: 'refuse',
    when: 'it is',
    evidence: /^elk_backup is registered read-only$/,
    change: ({ repository }) => {
      if (repository) repository.readOnly = true
    },
  },
  {
    gate: 'every_node_can_write_to_the_repository',
    says: 'pass',
    when: 'all can',
    evidence: /^all 3 master and data nodes$/,
  },
  {
    gate: 'every_node_can_write_to_the_repository',
    says: 'refuse',
    when: 'one is not named',
    evidence: /^es-node02 cannot write to it$/,
    change: ({ writers }) => {
      writers.nodes = ['es-node01', 'es-node03']
    },
  },
  {
    gate: 'every_node_can_write_to_the_repository',
    says: 'refuse',
    when: 'the nodes say why not',
    evidence: /^not accessible on es-node02$/,
    change: ({ writers }) => {
      writers.problem = 'not accessible on es-node02'
    },
  },
  { gate: 'nothing_works_on_the_repository', says: 'pass', when: 'nothing does', evidence: /^nothing/ },
  {
    gate: 'nothing_works_on_the_repository',
    says: 'pass',
    when: 'another one is worked on',
    evidence: /^nothing/,
    change: working('create', 'other'),
  },
  ...(['create', 'delete', 'cleanup'] as const).map(kind => ({
    gate: 'nothing_works_on_the_repository',
    says: 'refuse' as const,
    when: `of kind ${kind}`,
    evidence: /being (taken|deleted|cleaned up)$/,
    change: working(kind),
  })),
  { gate: 'name_is_free', says: 'pass', when: 'it is', evidence: /^daily_2025-04-10$/ },
  {
    gate: 'name_is_free',
    says: 'refuse',
    when: 'it is taken',
    evidence: /^one is there already \(PARTIAL\)/,
    params: { name: 'one' },
    change: ({ snapshots }) => void snapshots.push(taken('one', 'PARTIAL')),
  },
  {
    gate: 'enough_space_in_the_repository',
    says: 'pass',
    when: 'there is',
    evidence: /are free \(by es-repo01\)/,
  },
  {
    gate: 'enough_space_in_the_repository',
    says: 'pass',
    when: 'nobody can tell',
    evidence: /^nobody can tell: it is S3$/,
    change: facts => {
      facts.room = { freeBytes: null, text: 'it is S3' }
    },
  },
  {
    gate: 'enough_space_in_the_repository',
    says: 'refuse',
    when: 'less is free than the last one brought and half as much',
    evidence: /the last one brought .*: less than 1.5 times that$/,
    change: facts => {
      facts.room = { freeBytes: 1400, text: 'by a host' }
      facts.lastNewBytes = 1000
    },
  },
  {
    gate: 'enough_space_in_the_repository',
    says: 'refuse',
    when: 'the first one would not fit',
    evidence: /all of it is .*: less than/,
    change: facts => {
      facts.room = { freeBytes: 1, text: 'by a host' }
    },
  },
  { gate: 'slm_does_not_run_meanwhile', says: 'pass', when: 'there is none', evidence: /has no SLM$/ },
  {
    gate: 'slm_does_not_run_meanwhile',
    says: 'pass',
    when: 'it has another repository',
    evidence: /^SLM is RUNNING/,
    change: slmAt('other'),
  },
  {
    gate: 'slm_does_not_run_meanwhile',
    says: 'pass',
    when: 'it is stopped',
    evidence: /^SLM is STOPPED/,
    change: slmAt('elk_backup', 'STOPPED'),
  },
  {
    gate: 'slm_does_not_run_meanwhile',
    says: 'refuse',
    when: 'it starts in a second',
    evidence: /^SLM policy elk-daily starts at/,
    change: slmAt('elk_backup'),
  },
]
