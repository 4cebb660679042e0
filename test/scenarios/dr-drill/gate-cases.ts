// For every gate of a drill: one world in which it passes and one in which it refuses.
import type { DrillFacts } from '../../../runbooks/dr-drill/facts.ts'
import type { ScenarioName } from '../../../runbooks/dr-drill/params.ts'
import type { JsonObject } from '../../../src/ports/json.ts'

type Draft<T> = T extends readonly (infer E)[]
  ? Draft<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: K extends 'metadata' | 'vars' ? object : Draft<T[K]> }
    : T
export type FactsDraft = Draft<DrillFacts>

export interface GateCase {
  readonly gate: string
  readonly says: 'pass' | 'refuse'
  readonly when: string
  readonly scenario: ScenarioName
  readonly params?: JsonObject
  readonly change?: (facts: FactsDraft) => void
  readonly evidence: RegExp
}

const on = (change: (nodes: NonNullable<FactsDraft['nodes']>) => void) => (facts: FactsDraft) => {
  if (facts.nodes) change(facts.nodes)
}
const onBrokers = (change: (brokers: NonNullable<FactsDraft['brokers']>) => void) => (facts: FactsDraft) => {
  if (facts.brokers) change(facts.brokers)
}

const whole = 'whole-cluster'
const hot = 'hot-node'
const kafka = 'kafka-broker'

export const gateCases: readonly GateCase[] = [
  {
    ...{ gate: 'inventory_is_marked_as_drill', says: 'pass', when: 'every host is marked', scenario: whole },
    evidence: /all \d+ hosts are marked/,
  },
  {
    ...{ gate: 'inventory_is_marked_as_drill', says: 'refuse', when: 'one host is not', scenario: whole },
    change: ({ marks }) => void marks.unmarked.push('es-prod01'),
    evidence: /es-prod01 is not marked with ops_drill: true/,
  },
  {
    ...{
      gate: 'inventory_is_marked_as_drill',
      says: 'refuse',
      when: 'there is no host at all',
      scenario: whole,
    },
    change: facts => Object.assign(facts.marks, { hosts: 0 }),
    evidence: /no host/,
  },
  {
    ...{
      gate: 'cluster_is_on_the_list_of_drills',
      says: 'pass',
      when: 'its uuid is listed',
      scenario: whole,
    },
    evidence: /fake-cluster-uuid is in ops_drill_clusters/,
  },
  {
    ...{
      gate: 'cluster_is_on_the_list_of_drills',
      says: 'pass',
      when: 'its Kafka id is listed',
      scenario: kafka,
    },
    evidence: /is in ops_drill_clusters/,
  },
  {
    ...{
      gate: 'cluster_is_on_the_list_of_drills',
      says: 'refuse',
      when: 'another one is listed',
      scenario: whole,
    },
    change: ({ marks }) => Object.assign(marks, { clusters: ['another'] }),
    evidence: /not in ops_drill_clusters of the inventory, which names another/,
  },
  {
    ...{ gate: 'cluster_is_on_the_list_of_drills', says: 'refuse', when: 'none is listed', scenario: kafka },
    change: ({ marks }) => Object.assign(marks, { clusters: [] }),
    evidence: /which names none/,
  },
  {
    ...{ gate: 'everything_is_steady', says: 'pass', when: 'all nodes are there and green', scenario: hot },
    evidence: /green, 3 nodes, a stable master/,
  },
  {
    ...{ gate: 'everything_is_steady', says: 'pass', when: 'all brokers are in sync', scenario: kafka },
    evidence: /3 brokers, every copy in sync/,
  },
  {
    ...{ gate: 'everything_is_steady', says: 'refuse', when: 'a copy is missing', scenario: hot },
    change: on(({ steady }) => Object.assign(steady, { status: 'yellow', unassigned: 2 })),
    evidence: /the cluster is yellow, 2 copies are missing/,
  },
  {
    ...{ gate: 'everything_is_steady', says: 'refuse', when: 'a node is away', scenario: whole },
    change: on(({ steady }) => void steady.nodes.pop()),
    evidence: /not in the cluster: es-node03/,
  },
  {
    ...{
      gate: 'everything_is_steady',
      says: 'refuse',
      when: 'a replica of Kafka is behind',
      scenario: kafka,
    },
    change: onBrokers(({ steady }) => void steady.partitions[0]?.isr.pop()),
    evidence: /not every copy in sync: raw-logs-0/,
  },
  {
    ...{ gate: 'no_run_has_left_anything_behind', says: 'pass', when: 'nothing is left', scenario: hot },
    evidence: /no temporary setting is left/,
  },
  {
    ...{
      gate: 'no_run_has_left_anything_behind',
      says: 'refuse',
      when: 'a run has kept a setting',
      scenario: hot,
    },
    change: ({ leftovers }) =>
      void leftovers.push({ run: 'run-9', kind: 'elasticsearch.index', name: 'delay', targets: ['a'] }),
    evidence: /run run-9 has not given back delay/,
  },
  {
    ...{ gate: 'nothing_works_on_a_repository', says: 'pass', when: 'nothing does', scenario: whole },
    evidence: /nothing is being taken/,
  },
  {
    ...{
      gate: 'nothing_works_on_a_repository',
      says: 'refuse',
      when: 'a snapshot is taken',
      scenario: whole,
    },
    change: on(
      ({ source }) => void source.work.push({ kind: 'create', repository: 'elk_backup', snapshots: ['x'] }),
    ),
    evidence: /create in elk_backup/,
  },
  {
    gate: 'a_good_snapshot_with_its_manifest_exists',
    ...{ says: 'pass', when: 'it is whole and has one', scenario: whole },
    evidence: /daily_.*, 7 indices, manifest kept by ops/,
  },
  {
    gate: 'a_good_snapshot_with_its_manifest_exists',
    ...{ says: 'refuse', when: 'there is no snapshot', scenario: whole },
    change: on(({ source }) => Object.assign(source, { snapshot: null })),
    evidence: /holds no whole snapshot/,
  },
  {
    gate: 'a_good_snapshot_with_its_manifest_exists',
    ...{ says: 'refuse', when: 'its manifest is gone', scenario: whole },
    change: on(({ source }) => Object.assign(source, { manifest: { manifest: null, text: 'none kept' } })),
    evidence: /has no manifest: none kept/,
  },
  {
    gate: 'a_good_snapshot_with_its_manifest_exists',
    ...{ says: 'refuse', when: 'the manifest lacks an index', scenario: whole },
    change: on(({ source }) => void source.manifest.manifest?.indices.pop()),
    evidence: /is not in the manifest/,
  },
  {
    ...{ gate: 'snapshot_is_of_this_cluster', says: 'pass', when: 'it is', scenario: whole },
    evidence: /taken of ovh-prod-elk by 8\.10\.4/,
  },
  {
    ...{ gate: 'snapshot_is_of_this_cluster', says: 'refuse', when: 'it is of another one', scenario: whole },
    change: on(({ source }) => {
      if (source.manifest.manifest) source.manifest.manifest.cluster.name = 'another-elk'
    }),
    evidence: /was taken of another-elk/,
  },
  {
    ...{
      gate: 'snapshot_is_of_this_cluster',
      says: 'refuse',
      when: 'a newer version took it',
      scenario: whole,
    },
    change: on(({ source }) => {
      if (source.snapshot) source.snapshot.version = '9.0.0'
    }),
    evidence: /older never reads newer/,
  },
  {
    ...{ gate: 'snapshot_holds_every_index', says: 'pass', when: 'it does', scenario: whole },
    evidence: /7 indices/,
  },
  {
    ...{ gate: 'snapshot_holds_every_index', says: 'refuse', when: 'one is newer than it', scenario: whole },
    change: on(({ source }) => void source.snapshot?.indices.pop()),
    evidence: /is not in the snapshot/,
  },
  {
    ...{ gate: 'repository_survives_the_loss', says: 'pass', when: 'its place is known', scenario: whole },
    evidence: /elk_backup lies in \//,
  },
  {
    ...{
      gate: 'repository_survives_the_loss',
      says: 'refuse',
      when: 'it is registered read-only',
      scenario: whole,
    },
    change: on(({ source }) => {
      for (const one of source.repositories) one.readOnly = true
    }),
    evidence: /registered read-only/,
  },
  {
    ...{
      gate: 'repository_survives_the_loss',
      says: 'refuse',
      when: 'its place is relative',
      scenario: whole,
    },
    change: on(({ source }) => {
      for (const one of source.repositories) one.settings.location = 'backup'
    }),
    evidence: /no absolute path/,
  },
  {
    ...{
      gate: 'a_lab_can_form_the_cluster_anew',
      says: 'pass',
      when: 'it is the embedded lab',
      scenario: whole,
    },
    evidence: /the embedded lab does/,
  },
  {
    ...{
      gate: 'a_lab_can_form_the_cluster_anew',
      says: 'refuse',
      when: 'a host runs systemd',
      scenario: whole,
    },
    change: on(({ hosts }) => {
      for (const { vars } of hosts) Object.assign(vars, { service_manager: 'systemd' })
    }),
    evidence: /no node of the embedded lab/,
  },
  {
    ...{ gate: 'there_is_a_hot_node_to_lose', says: 'pass', when: 'one is no master', scenario: hot },
    evidence: /es-node03/,
  },
  {
    ...{ gate: 'there_is_a_hot_node_to_lose', says: 'refuse', when: 'the one named is none', scenario: hot },
    params: { host: 'es-coord01' },
    evidence: /es-coord01 is no hot node of the cluster; there are es-node01, es-node02, es-node03/,
  },
  {
    gate: 'every_shard_of_the_node_has_another_copy',
    ...{ says: 'pass', when: 'every replica is in sync', scenario: hot },
    evidence: /everything on es-node03 is in sync elsewhere/,
  },
  {
    gate: 'every_shard_of_the_node_has_another_copy',
    ...{ says: 'refuse', when: 'it holds the only good copy', scenario: hot },
    change: on(({ map, nodeIds }) => {
      for (const { shards } of map.indices)
        for (const shard of shards) {
          const own = shard.copies.filter(({ node }) => node === nodeIds['es-node03'])
          if (own.length > 0) shard.inSync = own.flatMap(({ allocationId }) => allocationId ?? [])
        }
    }),
    evidence: /is only on es-node03/,
  },
  {
    ...{
      gate: 'there_is_a_broker_to_lose',
      says: 'pass',
      when: 'one is not the controller',
      scenario: kafka,
    },
    evidence: /kafka03/,
  },
  {
    ...{ gate: 'there_is_a_broker_to_lose', says: 'refuse', when: 'the one named is none', scenario: kafka },
    params: { host: 'kafka09' },
    evidence: /kafka09 is no broker of the cluster/,
  },
  {
    gate: 'every_partition_of_the_broker_has_another_copy',
    ...{ says: 'pass', when: 'every follower is in sync', scenario: kafka },
    evidence: /everything on kafka03 is in sync elsewhere/,
  },
  {
    gate: 'every_partition_of_the_broker_has_another_copy',
    ...{ says: 'refuse', when: 'it is the only one in sync', scenario: kafka },
    change: onBrokers(({ steady }) => Object.assign(steady.partitions[0] ?? {}, { isr: [3] })),
    evidence: /only on kafka03: raw-logs-0/,
  },
  {
    ...{
      gate: 'there_is_a_repository_for_the_snapshot',
      says: 'pass',
      when: 'it can be written to',
      scenario: 'ops',
    },
    evidence: /elk_backup/,
  },
  {
    gate: 'there_is_a_repository_for_the_snapshot',
    ...{ says: 'refuse', when: 'it is read-only', scenario: 'ops' },
    change: on(({ source }) => {
      for (const one of source.repositories) one.readOnly = true
    }),
    evidence: /read-only/,
  },
]
