// Facts that each gate passes and facts that it refuses: calm ones, changed in one thing.
import type { RerouteFacts } from '../../../runbooks/reroute/facts.ts'
import type { MoveFacts } from '../../../runbooks/reroute/gates/moves.ts'
import type { LossFacts } from '../../../runbooks/reroute/look-at-loss.ts'
import type { ShardStore } from '../../../src/sdk/index.ts'
import type { Draft, GateCase } from '../../support/gate-table.ts'
import { cause, copy, diagnosis, remedy, stale } from './diagnoses.ts'

export type FactsDraft = Draft<RerouteFacts>
export type LossDraft = Draft<LossFacts>
export type MoveDraft = Draft<MoveFacts>

const nowMs = Date.parse('2025-04-10T08:00:00Z')
const master = {
  stable: 'green',
  symptom: 'The cluster has a stable master node',
  elected: 'es-node01',
} as const
const hosts = ['es-node01', 'es-node02', 'es-node03']
const lost = {
  ...{
    index: 'crm',
    shard: 0,
    primary: true,
    reason: 'NODE_LEFT',
    sinceMs: nowMs - 60_000,
    failedAttempts: 0,
  },
  ...{ delayed: false, lastStatus: 'no_valid_shard_copy', details: null, recoverySource: 'EXISTING_STORE' },
  lastNode: 'es-node03',
}
const start = remedy({ do: 'start-node', nodes: ['es-node03'] })

export const calmFacts: RerouteFacts = {
  ...{ nowMs, hosts, master, leftovers: [], unassigned: [lost], members: ['es-node01', 'es-node02'] },
  inventory: { clusterName: 'ovh-prod-elk', clusterUuid: null },
  identity: { clusterName: 'ovh-prod-elk', clusterUuid: 'uuid', version: '8.19.0', answeredBy: 'es-node01' },
  indices: ['crm'],
  dangling: [{ name: 'old', uuid: 'u-1', createdAtMs: nowMs - 86_400_000, nodes: ['es-node01'] }],
  diagnosis: diagnosis([cause('no_valid_copy', [stale('crm')])]),
}

type Case = GateCase<FactsDraft>

export const gateCases: readonly Case[] = [
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'pass',
    when: 'names agree',
    evidence: /^ovh-prod-elk \(uuid\)/,
  },
  {
    ...{ gate: 'cluster_is_the_one_in_the_inventory', says: 'refuse', when: 'it has another name' },
    evidence: /is called lab/,
    change: facts => {
      facts.identity.clusterName = 'lab'
    },
  },
  {
    gate: 'the_master_is_stable_or_nodes_come_first',
    says: 'pass',
    when: 'it is',
    evidence: /^es-node01 is the master$/,
  },
  {
    ...{ gate: 'the_master_is_stable_or_nodes_come_first', says: 'pass', when: 'nodes are to be started' },
    evidence: /first: start-node/,
    change: facts => {
      facts.master = { stable: 'red', symptom: 'no master', elected: null }
      facts.diagnosis = diagnosis([cause('no_master', [start], [])]) as FactsDraft['diagnosis']
    },
  },
  {
    ...{
      gate: 'the_master_is_stable_or_nodes_come_first',
      says: 'refuse',
      when: 'there is none, and no node to start',
    },
    evidence: /no stable master: no master/,
    change: facts => {
      facts.master = { stable: 'red', symptom: 'no master', elected: null }
    },
  },
  {
    ...{ gate: 'the_master_is_stable_or_nodes_come_first', says: 'refuse', when: 'it flaps' },
    evidence: /it has changed 4 times/,
    change: facts => {
      facts.master = { stable: 'yellow', symptom: 'it has changed 4 times', elected: 'es-node02' }
    },
  },
  {
    gate: 'no_unfinished_run_has_changed_settings',
    says: 'pass',
    when: 'there is none',
    evidence: /^no unfinished run/,
  },
  {
    ...{ gate: 'no_unfinished_run_has_changed_settings', says: 'pass', when: 'it is one of Kafka' },
    evidence: /^no unfinished run/,
    change: facts => {
      facts.leftovers = [
        { run: 'run-7', kind: 'kafka.topic', name: 'min.insync.replicas', targets: ['logs'] },
      ]
    },
  },
  {
    ...{ gate: 'no_unfinished_run_has_changed_settings', says: 'refuse', when: 'a run has died' },
    evidence: /run run-7 has changed cluster\.routing\.allocation\.enable: ops abort run-7/,
    change: facts => {
      const name = 'cluster.routing.allocation.enable'
      facts.leftovers = [{ run: 'run-7', kind: 'elasticsearch.cluster', name, targets: ['persistent'] }]
    },
  },
  {
    gate: 'the_diagnosis_has_seen_what_matters',
    says: 'pass',
    when: 'all has answered',
    evidence: /^everything/,
  },
  {
    ...{ gate: 'the_diagnosis_has_seen_what_matters', says: 'pass', when: 'only snapshots have not' },
    evidence: /^without snapshots: no answer/,
    change: facts => {
      facts.diagnosis.blind = ['snapshots: no answer in time']
    },
  },
  {
    ...{ gate: 'the_diagnosis_has_seen_what_matters', says: 'pass', when: 'nodes are to be started first' },
    evidence: /nodes come first/,
    change: facts => {
      facts.diagnosis = diagnosis([cause('no_master', [start], [])], {
        blind: ['settings: no master'],
      }) as FactsDraft['diagnosis']
    },
  },
  {
    ...{ gate: 'the_diagnosis_has_seen_what_matters', says: 'refuse', when: 'stores have not' },
    evidence: /^stores: no answer in time$/,
    change: facts => {
      facts.diagnosis.blind = ['stores: no answer in time']
    },
  },
  {
    ...{ gate: 'losses_are_accepted_where_there_is_something_lost', says: 'pass', when: 'none is' },
    evidence: /^no loss is accepted$/,
  },
  {
    ...{ gate: 'losses_are_accepted_where_there_is_something_lost', says: 'pass', when: 'the shard is red' },
    params: { maxRisk: 'loses-data', acceptLoss: 'crm/0,crm/all' },
    evidence: /without a primary$/,
  },
  {
    ...{
      gate: 'losses_are_accepted_where_there_is_something_lost',
      says: 'refuse',
      when: 'it is another shard',
    },
    params: { maxRisk: 'loses-data', acceptLoss: 'crm/1' },
    evidence: /^crm\/1 has a primary$/,
  },
  {
    ...{
      gate: 'losses_are_accepted_where_there_is_something_lost',
      says: 'refuse',
      when: 'there is no such index',
    },
    params: { maxRisk: 'loses-data', acceptLoss: 'cmr/0' },
    evidence: /^there is no index cmr$/,
  },
  { gate: 'nodes_said_to_be_gone_are_away', says: 'pass', when: 'none is', evidence: /^no node is said/ },
  {
    ...{ gate: 'nodes_said_to_be_gone_are_away', says: 'pass', when: 'it is away' },
    params: { gone: 'es-node03' },
    evidence: /^es-node03: away$/,
  },
  {
    ...{ gate: 'nodes_said_to_be_gone_are_away', says: 'refuse', when: 'it is a member, or unknown' },
    params: { gone: 'es-node01,es-node99' },
    evidence: /^es-node01 is a member; es-node99 is not in the inventory$/,
  },
  {
    ...{ gate: 'nodes_said_to_be_gone_are_away', says: 'refuse', when: 'there is no master to ask' },
    params: { gone: 'es-node03' },
    evidence: /^nobody can say whether es-node03 is a member while there is no master/,
    change: facts => {
      facts.master = { stable: 'red', symptom: 'no master', elected: null }
      facts.members = []
    },
  },
  { gate: 'dangling_indices_may_be_imported', says: 'pass', when: 'none is wanted', evidence: /^none/ },
  {
    ...{ gate: 'dangling_indices_may_be_imported', says: 'pass', when: 'its name is free' },
    params: { importDangling: 'old' },
    evidence: /^old$/,
  },
  {
    ...{ gate: 'dangling_indices_may_be_imported', says: 'refuse', when: 'its name is taken' },
    params: { importDangling: 'u-1' },
    evidence: /name of old \(u-1\) is taken/,
    change: facts => void facts.indices.push('old'),
  },
  {
    ...{ gate: 'dangling_indices_may_be_imported', says: 'refuse', when: 'it was created tomorrow' },
    params: { importDangling: 'u-1' },
    evidence: /was created at 2025-04-11/,
    change: facts => {
      for (const one of facts.dangling) one.createdAtMs = nowMs + 86_400_000
    },
  },
  {
    ...{ gate: 'dangling_indices_may_be_imported', says: 'refuse', when: 'two have the name' },
    params: { importDangling: 'old' },
    evidence: /name of 2 dangling indices: give the uuid/,
    change: facts => void facts.dangling.push({ name: 'old', uuid: 'u-2', createdAtMs: nowMs, nodes: [] }),
  },
]

const node = (name: string) => ({ id: `id-${name}`, ephemeralId: `eph-${name}`, name })
const store: ShardStore = {
  ...{ index: 'crm', shard: 0, node: 'es-node02', nodeId: 'id-es-node02', allocationId: 'old-1' },
  ...{ use: 'unused', problem: null },
}

export const calmLoss: LossFacts = {
  remedy: stale('crm') as LossFacts['remedy'],
  ...{ master, members: hosts.map(node), hosts, gone: [], uuid: 'crm-uuid', statedUuid: 'crm-uuid' },
  inSync: ['good'],
  copies: [lost, { ...lost, primary: false, sinceMs: nowMs - 120_000 }],
  explanation: {
    ...{ ...copy('crm'), state: 'unassigned', currentNode: null, canAllocate: 'no_valid_shard_copy' },
    ...{ canRemain: null, againstRemaining: [], explanation: 'no valid copy', remainingDelayMs: null },
    nodes: [
      {
        ...{ node: 'es-node02', nodeId: 'id-es-node02', decision: 'no_valid_shard_copy', deciders: [] },
        store: { inSync: false, allocationId: 'old-1', problem: null },
      },
    ],
  },
  stores: [store],
}

const losing = { maxRisk: 'loses-data', acceptLoss: 'crm/0' }
const emptyRemedy = remedy({ do: 'allocate-empty', index: 'crm', shard: 0, node: 'es-node01' }, 'loses-data')
const asEmpty = (facts: LossDraft): void => {
  facts.remedy = emptyRemedy as LossDraft['remedy']
}

export const lossCases: readonly GateCase<LossDraft>[] = [
  { gate: 'the_loss_is_accepted_by_name', says: 'pass', when: 'it is', params: losing, evidence: /crm\/0$/ },
  {
    ...{ gate: 'the_loss_is_accepted_by_name', says: 'refuse', when: 'another shard is' },
    params: { ...losing, acceptLoss: 'crm/1' },
    evidence: /nobody has said/,
  },
  { gate: 'the_master_is_stable_for_a_loss', says: 'pass', when: 'it is', evidence: /is the master$/ },
  {
    ...{ gate: 'the_master_is_stable_for_a_loss', says: 'refuse', when: 'there is none' },
    evidence: /^no stable master/,
    change: facts => {
      facts.master.elected = null
    },
  },
  {
    gate: 'the_index_is_the_one_that_was_stated',
    says: 'pass',
    when: 'it is',
    evidence: /^crm \(crm-uuid\)$/,
  },
  {
    ...{ gate: 'the_index_is_the_one_that_was_stated', says: 'refuse', when: 'it was made anew' },
    evidence: /was crm-uuid and is other/,
    change: facts => {
      facts.uuid = 'other'
    },
  },
  {
    ...{ gate: 'the_index_is_the_one_that_was_stated', says: 'refuse', when: 'it is gone' },
    evidence: /^there is no index crm$/,
    change: facts => {
      facts.uuid = null
    },
  },
  {
    gate: 'the_shard_has_no_primary',
    says: 'pass',
    when: 'it has none',
    evidence: /^crm\[0\] has no primary$/,
  },
  {
    ...{ gate: 'the_shard_has_no_primary', says: 'refuse', when: 'only its replica has no node' },
    evidence: /has a primary/,
    change: facts => {
      facts.copies = facts.copies.filter(({ primary }) => !primary)
    },
  },
  { gate: 'no_good_copy_is_to_be_had', says: 'pass', when: 'nobody has one', evidence: /^no member has one/ },
  {
    ...{ gate: 'no_good_copy_is_to_be_had', says: 'pass', when: 'the good one cannot be opened' },
    evidence: /^no member has one/,
    change: ({ explanation }) => {
      const [first] = explanation?.nodes ?? []
      if (first) first.store = { inSync: true, allocationId: 'good', problem: 'CorruptIndexException' }
    },
  },
  {
    ...{ gate: 'no_good_copy_is_to_be_had', says: 'refuse', when: 'a member has one' },
    evidence: /^es-node02 has a copy with every acknowledged write$/,
    change: ({ explanation }) => {
      const [first] = explanation?.nodes ?? []
      if (first) first.store = { inSync: true, allocationId: 'good', problem: null }
    },
  },
  {
    ...{ gate: 'no_good_copy_is_to_be_had', says: 'refuse', when: 'the cluster still asks for copies' },
    evidence: /about to allocate it: awaiting_info/,
    change: ({ explanation }) => {
      if (explanation) explanation.canAllocate = 'awaiting_info'
    },
  },
  {
    ...{ gate: 'no_good_copy_is_to_be_had', says: 'refuse', when: 'it is not explained' },
    evidence: /does not explain crm\[0\]/,
    change: facts => {
      facts.explanation = null
    },
  },
  {
    ...{ gate: 'no_node_that_may_have_it_is_only_away', says: 'pass', when: 'all are members' },
    evidence: /^every host of the inventory is a member$/,
  },
  {
    ...{ gate: 'no_node_that_may_have_it_is_only_away', says: 'pass', when: 'the one that is away is gone' },
    evidence: /^es-node03: gone for good$/,
    change: facts => {
      facts.members = facts.members.filter(({ name }) => name !== 'es-node03')
      facts.gone = ['es-node03']
    },
  },
  {
    ...{ gate: 'no_node_that_may_have_it_is_only_away', says: 'refuse', when: 'one is away' },
    evidence: /^es-node03 is away: start it, or say --gone es-node03$/,
    change: facts => {
      facts.members = facts.members.filter(({ name }) => name !== 'es-node03')
    },
  },
  {
    gate: 'the_copy_is_still_on_that_node',
    says: 'pass',
    when: 'it is',
    evidence: /^es-node02 has it as old-1$/,
  },
  {
    ...{
      gate: 'the_copy_is_still_on_that_node',
      says: 'pass',
      when: 'an empty one is to be made on a member',
    },
    evidence: /^es-node01 is a member$/,
    change: asEmpty,
  },
  {
    ...{ gate: 'the_copy_is_still_on_that_node', says: 'refuse', when: 'the node came back as another' },
    evidence: /was id-es-node02 and is id-new/,
    change: ({ members }) => {
      for (const one of members) if (one.name === 'es-node02') one.id = 'id-new'
    },
  },
  {
    ...{ gate: 'the_copy_is_still_on_that_node', says: 'refuse', when: 'it is another copy' },
    evidence: /was old-1 and is old-2/,
    change: ({ stores }) => {
      for (const one of stores) one.allocationId = 'old-2'
    },
  },
  {
    ...{ gate: 'the_copy_is_still_on_that_node', says: 'refuse', when: 'it cannot be opened' },
    evidence: /^it cannot be opened: CorruptIndexException$/,
    change: ({ stores }) => {
      for (const one of stores) one.problem = 'CorruptIndexException'
    },
  },
  {
    ...{ gate: 'the_copy_is_still_on_that_node', says: 'refuse', when: 'it is gone' },
    evidence: /^es-node02 has no copy of crm\[0\]$/,
    change: facts => {
      facts.stores = []
    },
  },
  {
    gate: 'nothing_that_can_be_opened_is_passed_over',
    says: 'pass',
    when: 'an old one is taken',
    evidence: /^an old/,
  },
  {
    ...{ gate: 'nothing_that_can_be_opened_is_passed_over', says: 'pass', when: 'no copy can be opened' },
    evidence: /^no member has a copy/,
    change: facts => {
      asEmpty(facts)
      for (const one of facts.stores) one.problem = 'CorruptIndexException'
    },
  },
  {
    ...{
      gate: 'nothing_that_can_be_opened_is_passed_over',
      says: 'refuse',
      when: 'an empty one is to take its place',
    },
    evidence: /^es-node02 has an old copy \(old-1\)$/,
    change: asEmpty,
  },
]

export const calmMoves: MoveFacts = { master, snapshots: [] }

export const moveCases: readonly GateCase<MoveDraft>[] = [
  { gate: 'the_master_is_stable_for_moves', says: 'pass', when: 'it is', evidence: /is the master$/ },
  {
    ...{ gate: 'the_master_is_stable_for_moves', says: 'refuse', when: 'it flaps' },
    evidence: /^no stable master/,
    change: facts => {
      facts.master.stable = 'yellow'
    },
  },
  { gate: 'no_snapshot_is_running_for_moves', says: 'pass', when: 'none is', evidence: /^no snapshot/ },
  {
    ...{ gate: 'no_snapshot_is_running_for_moves', says: 'refuse', when: 'one is' },
    evidence: /^nightly is being taken into elk_backup$/,
    change: facts => void facts.snapshots.push({ repository: 'elk_backup', snapshot: 'nightly' }),
  },
]
