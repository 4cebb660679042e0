// For every gate of remove-node what makes it pass and what makes it refuse.
import type { GateCase } from '../../support/gate-table.ts'
import { idOf, indexOn } from '../rolling-restart/calm-facts.ts'
import type { RemoveDraft } from './calm-facts.ts'

const gib = 2 ** 30
const copy = { index: 'mysql-old', shard: 0, primary: false, bytes: gib, node: 'es-data05', moving: false }

export const gateCases: readonly GateCase<RemoveDraft>[] = [
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    ...{ says: 'pass', when: 'name and uuid are those of the inventory', evidence: /prod-elk/ },
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    ...{ says: 'refuse', when: 'the uuid is another', evidence: /uuid is other/ },
    change: draft => {
      draft.identity.clusterUuid = 'other'
    },
  },
  { gate: 'node_is_a_member', says: 'pass', when: 'it answers', evidence: /^es-data05$/ },
  {
    gate: 'node_is_a_member',
    ...{ says: 'pass', when: 'it has left already', evidence: /es-data05 has left already/ },
    change: draft => {
      draft.nodes = draft.nodes.filter(({ name }) => name !== 'es-data05')
    },
  },
  {
    gate: 'node_is_a_member',
    ...{ says: 'refuse', when: 'it is a member and does not answer', evidence: /does not answer/ },
    change: draft => {
      draft.nodes = draft.nodes.filter(({ name }) => name !== 'es-data05')
      draft.membersToo = ['es-data05']
    },
  },
  { gate: 'another_endpoint_answers', says: 'pass', when: 'the others do', evidence: /^9 addresses/ },
  {
    gate: 'another_endpoint_answers',
    ...{ says: 'refuse', when: 'only that of the node does', evidence: /^0 addresses/ },
    change: draft => {
      draft.endpoints = draft.endpoints.filter(({ host }) => host === 'es-data05')
    },
  },
  { gate: 'cluster_is_not_red', says: 'pass', when: 'it is green', evidence: /green/ },
  {
    gate: 'cluster_is_not_red',
    ...{ says: 'refuse', when: 'it is red', evidence: /red: ops run triage/ },
    change: draft => {
      draft.health.status = 'red'
    },
  },
  { gate: 'cluster_is_settled', says: 'pass', when: 'nothing moves', evidence: /0 unassigned/ },
  {
    gate: 'cluster_is_settled',
    ...{ says: 'refuse', when: 'a copy is missing', evidence: /1 unassigned/ },
    change: draft => {
      draft.health.unassignedShards = 1
    },
  },
  {
    gate: 'cluster_is_settled',
    ...{ says: 'refuse', when: 'health does not answer in time', evidence: /timed out/ },
    change: draft => {
      draft.health.timedOut = true
    },
  },
  { gate: 'inventory_can_be_written', says: 'pass', when: 'it is a file', evidence: /hosts.yml/ },
  {
    gate: 'inventory_can_be_written',
    ...{ says: 'refuse', when: 'a program makes it', evidence: /made by a program/ },
    change: draft => {
      draft.writeProblem = 'it is made by a program'
    },
  },
  { gate: 'master_is_stable', says: 'pass', when: 'it is', evidence: /es-master01 is master/ },
  {
    gate: 'master_is_stable',
    ...{ says: 'refuse', when: 'there is none', evidence: /no master/ },
    change: draft => {
      draft.master.elected = null
    },
  },
  { gate: 'not_the_last_master', says: 'pass', when: 'no master leaves', evidence: /no master leaves/ },
  {
    gate: 'not_the_last_master',
    ...{ says: 'pass', when: 'two of three stay', evidence: /2 master-eligible nodes stay, 2 of them vote/ },
    change: draft => {
      draft.targets = ['es-master02']
    },
  },
  {
    gate: 'not_the_last_master',
    ...{ says: 'refuse', when: 'all of them leave', evidence: /0 master-eligible nodes stay/ },
    change: draft => {
      draft.targets = ['es-master01', 'es-master02', 'es-master03']
    },
  },
  {
    gate: 'not_the_last_master',
    ...{ says: 'refuse', when: 'those that stay have no vote', evidence: /0 of them vote: add a master/ },
    change: draft => {
      draft.targets = ['es-master01', 'es-master02']
      draft.coordination.committed = [idOf('es-master01'), idOf('es-master02')]
      draft.coordination.accepted = draft.coordination.committed
    },
  },
  { gate: 'masters_survive_a_loss', says: 'pass', when: 'no master leaves', evidence: /no master/ },
  {
    gate: 'masters_survive_a_loss',
    ...{ says: 'refuse', when: 'two stay', evidence: /2 masters stay/ },
    change: draft => {
      draft.targets = ['es-master03']
    },
  },
  { gate: 'voting_configuration_is_settled', says: 'pass', when: 'it is', evidence: /3 voting/ },
  {
    gate: 'voting_configuration_is_settled',
    ...{ says: 'refuse', when: 'somebody else has excluded a node', evidence: /es-master02 is excluded/ },
    change: draft => {
      draft.coordination.exclusions = [{ nodeId: idOf('es-master02'), nodeName: 'es-master02' }]
    },
  },
  {
    gate: 'voting_configuration_is_settled',
    ...{ says: 'refuse', when: 'a change is under way', evidence: /under way/ },
    change: draft => {
      draft.coordination.accepted = []
    },
  },
  { gate: 'tier_is_not_left_empty', says: 'pass', when: 'two warm nodes stay', evidence: /data_warm/ },
  {
    gate: 'tier_is_not_left_empty',
    ...{
      says: 'refuse',
      when: 'all of a tier leave',
      evidence: /no node of data_warm stays, which mysql-old, nginx-old want/,
    },
    change: draft => {
      draft.targets = ['es-data03', 'es-data04', 'es-data05']
    },
  },
  {
    gate: 'tier_is_not_left_empty',
    ...{ says: 'refuse', when: 'the only node of all roles leaves', evidence: /no node of data_warm stays/ },
    change: draft => {
      draft.nodes = draft.nodes.filter(({ name }) => name !== 'es-data03' && name !== 'es-data04')
      for (const node of draft.nodes) if (node.name === 'es-data05') node.roles = ['data']
    },
  },
  { gate: 'role_keeps_a_node', says: 'pass', when: 'it does', evidence: /every role/ },
  {
    gate: 'role_keeps_a_node',
    ...{ says: 'refuse', when: 'the last ingest nodes leave', evidence: /role ingest/ },
    change: draft => {
      draft.targets = ['es-data01', 'es-data02']
    },
  },
  { gate: 'replicas_have_room', says: 'pass', when: 'a third warm node is there', evidence: /every copy/ },
  {
    gate: 'replicas_have_room',
    ...{
      says: 'refuse',
      when: 'every node of the tier has a copy',
      evidence:
        /nginx-today have no place: .*es-data02: it has a copy of the shard already.*lower index.number_of_replicas/,
    },
    change: draft => {
      draft.targets = ['es-data01']
    },
  },
  { gate: 'disk_has_room', says: 'pass', when: 'disks are half empty', evidence: /10 GiB are to move/ },
  {
    gate: 'disk_has_room',
    ...{
      says: 'refuse',
      when: 'the others are near their watermark',
      evidence: /mysql-old have no place: .*room for 0 bytes.*free disk/,
    },
    change: draft => {
      for (const one of draft.disk) one.availableBytes = 100 * gib
    },
  },
  {
    gate: 'disk_has_room',
    ...{ says: 'refuse', when: 'nobody says how full they are', evidence: /have no place/ },
    change: draft => {
      draft.disk = []
    },
  },
  { gate: 'rules_leave_every_copy_a_place', says: 'pass', when: 'there are none', evidence: /no filter/ },
  {
    gate: 'rules_leave_every_copy_a_place',
    ...{
      says: 'refuse',
      when: 'a filter wants the node itself',
      evidence: /require._name is es-data05.*change the allocation filter/,
    },
    change: draft => {
      const own = draft.indexSettings['mysql-old'] ?? {}
      own['index.routing.allocation.require._name'] = 'es-data05'
    },
  },
  {
    gate: 'rules_leave_every_copy_a_place',
    ...{
      says: 'refuse',
      when: 'the others hold as many as they may',
      evidence: /the limit is 1.*total_shards_per_node/,
    },
    change: draft => {
      draft.map.indices.push(indexOn('extra-old', ['es-data05']))
      draft.indexSettings['extra-old'] = {}
      draft.settings.persistent['cluster.routing.allocation.total_shards_per_node'] = '1'
    },
  },
  {
    gate: 'rules_leave_every_copy_a_place',
    ...{ says: 'refuse', when: 'its zone has no other node', evidence: /zone a has 1 copies.*zone/ },
    change: draft => {
      for (const node of draft.nodes) node.attributes = { zone: node.name === 'es-data05' ? 'b' : 'a' }
      draft.settings.persistent['cluster.routing.allocation.awareness.attributes'] = 'zone'
    },
  },
  { gate: 'cluster_would_make_every_move', says: 'pass', when: 'it says yes', evidence: /1 of 1 moves/ },
  {
    gate: 'cluster_would_make_every_move',
    ...{
      says: 'refuse',
      when: 'a decider says no',
      evidence: /mysql-old\[0\] replica, 1 GiB: max_retry, five times; its moves have failed/,
    },
    change: draft => {
      const against = [{ decider: 'max_retry', decision: 'no' as const, explanation: 'five times' }]
      draft.asked = { tried: 1, of: 1, refused: [{ copy, against }] }
    },
  },
  { gate: 'shards_stay_within_the_budget', says: 'pass', when: 'there are few', evidence: /8 shards, 4000/ },
  {
    gate: 'shards_stay_within_the_budget',
    ...{ says: 'refuse', when: 'there are too many for four nodes', evidence: /4001 shards, 4000 allowed/ },
    change: draft => {
      draft.openShards = 4001
    },
  },
  { gate: 'allocation_is_enabled', says: 'pass', when: 'it is', evidence: /it is/ },
  {
    gate: 'allocation_is_enabled',
    ...{ says: 'refuse', when: 'somebody has switched it off', evidence: /enable is none/ },
    change: draft => {
      draft.settings.persistent['cluster.routing.allocation.enable'] = 'none'
    },
  },
  { gate: 'nothing_else_drains', says: 'pass', when: 'nobody is excluded', evidence: /no other node/ },
  {
    gate: 'nothing_else_drains',
    ...{ says: 'pass', when: 'somebody has excluded this very node', evidence: /no other node/ },
    change: draft => {
      draft.settings.persistent['cluster.routing.allocation.exclude._name'] = 'es-data05'
    },
  },
  {
    gate: 'nothing_else_drains',
    ...{ says: 'refuse', when: 'another node is excluded', evidence: /names es-data04/ },
    change: draft => {
      draft.settings.persistent['cluster.routing.allocation.exclude._name'] = 'es-data04'
    },
  },
  {
    gate: 'nothing_else_drains',
    ...{ says: 'refuse', when: 'another node is announced', evidence: /es-data04: REMOVE, "autoscaler"/ },
    change: draft => {
      draft.shutdowns = [{ nodeId: idOf('es-data04'), type: 'REMOVE', reason: 'autoscaler', status: 'x' }]
    },
  },
  { gate: 'no_snapshot_runs', says: 'pass', when: 'none does', evidence: /no snapshot/ },
  {
    gate: 'no_snapshot_runs',
    ...{ says: 'refuse', when: 'one does', evidence: /elk_backup\/nightly is running/ },
    change: draft => {
      draft.snapshots = [{ repository: 'elk_backup', snapshot: 'nightly' }]
    },
  },
  { gate: 'no_run_left_settings_behind', says: 'pass', when: 'none did', evidence: /nothing left/ },
  {
    gate: 'no_run_left_settings_behind',
    ...{ says: 'refuse', when: 'one did', evidence: /run-9 has not given back x/ },
    change: draft => {
      draft.leftovers = [{ run: 'run-9', kind: 'elasticsearch.cluster', name: 'x', targets: ['persistent'] }]
    },
  },
]
