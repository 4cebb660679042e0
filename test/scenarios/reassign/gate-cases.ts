// For every gate of reassign: a state in which it passes and states in which it refuses.
import type { ReassignFacts } from '../../../runbooks/reassign/facts.ts'
import type { GateCase } from '../../support/gate-table.ts'

type Draft<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Draft<V>>
    : T extends readonly (infer E)[]
      ? Draft<E>[]
      : T extends object
        ? { -readonly [K in keyof T]: Draft<T[K]> }
        : T

export type FactsDraft = Draft<Omit<ReassignFacts, 'logDirs'>> & {
  logDirs: [Draft<ReassignFacts['logDirs'][0]>, Draft<ReassignFacts['logDirs'][1]>]
}

const first = <T>(list: readonly T[]): T => {
  const [found] = list
  if (found === undefined) throw new Error('the calm cluster lacks something')
  return found
}
const set = (facts: FactsDraft, topic: string, name: string, value: string): void =>
  void facts.topicConfigs.get(topic)?.set(name, { value, source: 'topic' })

/** kafka02 stands alone in its rack. */
const drain = { drain: 'kafka02' }
const raise = { raiseRf: 3, topic: 'raw-logs' }

export const gateCases: readonly GateCase<FactsDraft>[] = [
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'pass',
    when: 'ids are the same',
    evidence: /^cluster MkU3/,
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'the cluster has another id',
    evidence: /^the cluster's id is other, the inventory says MkU3/,
    change: facts => {
      facts.identity.clusterId = 'other'
    },
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    says: 'refuse',
    when: 'one endpoint belongs to another cluster',
    evidence: /^kafka01 belongs to other$/,
    change: facts => {
      first(facts.endpoints).identity = { clusterId: 'other', brokers: [] }
    },
  },
  {
    gate: 'every_broker_of_the_inventory_is_registered',
    says: 'pass',
    when: 'all are',
    evidence: /^4 brokers/,
  },
  {
    gate: 'every_broker_of_the_inventory_is_registered',
    says: 'refuse',
    when: 'one is away and a stranger is there',
    evidence: /^kafka01 is not registered; broker 9 is not in the inventory$/,
    change: facts => {
      first(facts.identity.brokers).id = 9
    },
  },
  {
    gate: 'metadata_is_complete',
    says: 'pass',
    when: 'it is',
    evidence: /^\d+ partitions, every copy found/,
  },
  {
    gate: 'metadata_is_complete',
    says: 'refuse',
    when: 'it is empty',
    evidence: /names no partition$/,
    change: facts => {
      facts.partitions = []
    },
  },
  {
    gate: 'metadata_is_complete',
    says: 'refuse',
    when: 'a topic that brokers hold is not in it',
    evidence: /holds audit-0, the metadata does not say so/,
    change: facts => {
      facts.partitions = facts.partitions.filter(({ topic }) => topic !== 'audit')
    },
  },
  {
    gate: 'metadata_is_complete',
    says: 'refuse',
    when: 'a broker tells of no log directory',
    evidence: /^broker 1 tells of no log directory/,
    change: ({ logDirs }) => {
      logDirs[1] = logDirs[1].filter(({ broker }) => broker !== 1)
    },
  },
  { gate: 'every_log_dir_is_online', says: 'pass', when: 'all are', evidence: /^4 log directories$/ },
  {
    gate: 'every_log_dir_is_online',
    says: 'refuse',
    when: 'one has failed',
    evidence: /^kafka01 .*KAFKA_STORAGE_ERROR/,
    change: ({ logDirs }) => {
      first(logDirs[1]).problem = 'KAFKA_STORAGE_ERROR'
    },
  },
  { gate: 'no_reassignment_is_running', says: 'pass', when: 'none is listed', evidence: /^no reassignment/ },
  {
    gate: 'no_reassignment_is_running',
    says: 'refuse',
    when: 'one is listed',
    evidence: /^raw-logs-0 is being moved to 1, 2$/,
    change: ({ reassignments }) =>
      reassignments.push({ topic: 'raw-logs', partition: 0, replicas: [1, 2], adding: [2], removing: [] }),
  },
  { gate: 'every_partition_is_in_sync', says: 'pass', when: 'all are', evidence: /all in sync$/ },
  {
    gate: 'every_partition_is_in_sync',
    says: 'refuse',
    when: 'a copy is behind',
    evidence: /has 1 of 2 copies in sync$/,
    change: ({ partitions }) => void first(partitions).isr.pop(),
  },
  {
    gate: 'every_partition_is_in_sync',
    says: 'refuse',
    when: 'a partition has no leader',
    evidence: /has no leader$/,
    change: ({ partitions }) => {
      first(partitions).leader = null
    },
  },
  { gate: 'no_run_left_settings_behind', says: 'pass', when: 'none did', evidence: /^nothing left over$/ },
  {
    gate: 'no_run_left_settings_behind',
    says: 'refuse',
    when: 'a dead run did',
    evidence: /^run dead-1 has not given back .*: ops abort dead-1$/,
    change: ({ leftovers }) =>
      leftovers.push({
        run: 'dead-1',
        kind: 'kafka.broker',
        name: 'leader.replication.throttled.rate',
        targets: ['1'],
      }),
  },
  { gate: 'no_foreign_throttle_is_set', says: 'pass', when: 'none is', evidence: /without a throttle$/ },
  {
    gate: 'no_foreign_throttle_is_set',
    says: 'pass',
    when: 'a list is there and empty',
    evidence: /without a throttle$/,
    change: facts => set(facts, 'audit', 'leader.replication.throttled.replicas', ''),
  },
  {
    gate: 'no_foreign_throttle_is_set',
    says: 'refuse',
    when: 'a topic has one',
    evidence: /^topic audit has leader\.replication\.throttled\.replicas=\*$/,
    change: facts => set(facts, 'audit', 'leader.replication.throttled.replicas', '*'),
  },
  {
    gate: 'no_foreign_throttle_is_set',
    says: 'refuse',
    when: 'a broker has one',
    evidence: /^broker 2 has follower\.replication\.throttled\.rate=1000$/,
    change: ({ brokerConfigs }) =>
      void brokerConfigs
        .get(2)
        ?.set('follower.replication.throttled.rate', { value: '1000', source: 'dynamic-broker' }),
  },
  {
    gate: 'topics_are_there_and_not_internal',
    says: 'pass',
    when: 'it is a topic of users',
    evidence: /^raw-logs$/,
    params: raise,
  },
  {
    gate: 'topics_are_there_and_not_internal',
    says: 'refuse',
    when: 'nobody knows it, or brokers alone',
    evidence: /^there is no topic row-logs; __consumer_offsets is internal$/,
    params: { raiseRf: 3, topic: 'row-logs,__consumer_offsets' },
  },
  {
    gate: 'copies_only_become_more',
    says: 'pass',
    when: 'they do',
    evidence: /^3 copies$/,
    params: raise,
  },
  {
    gate: 'copies_only_become_more',
    says: 'refuse',
    when: 'a partition has more already',
    evidence: /^raw-logs-0 has 3 copies/,
    params: { raiseRf: 2, topic: 'raw-logs' },
    change: ({ partitions }) => {
      for (const one of partitions) if (one.topic === 'raw-logs') one.replicas = [1, 2, 3]
    },
  },
  {
    gate: 'brokers_asked_for_are_registered',
    says: 'pass',
    when: 'they are',
    evidence: /^kafka04$/,
    params: { add: 'kafka04' },
  },
  {
    gate: 'brokers_asked_for_are_registered',
    says: 'refuse',
    when: 'a new broker is not there yet',
    evidence: /^kafka04 is not registered$/,
    params: { add: 'kafka04' },
    change: ({ identity }) => void identity.brokers.pop(),
  },
  { gate: 'disk_sizes_are_known', says: 'pass', when: 'they are', evidence: /^4 disks$/ },
  {
    gate: 'disk_sizes_are_known',
    says: 'refuse',
    when: 'a broker is too old to tell',
    evidence: /^broker 1 does not tell how large/,
    change: ({ logDirs }) => {
      first(logDirs[1]).totalBytes = null
    },
  },
  {
    gate: 'every_copy_finds_a_place',
    says: 'pass',
    when: 'there is room',
    evidence: /^at most .* on kafka0\d/,
    params: drain,
  },
  {
    gate: 'every_copy_finds_a_place',
    says: 'refuse',
    when: 'disks are full',
    evidence: /no broker that may take it has the room on its disk/,
    params: drain,
    change: ({ logDirs }) => {
      for (const dir of logDirs[1]) dir.usableBytes = 0
    },
  },
  {
    gate: 'every_copy_finds_a_place',
    says: 'refuse',
    when: 'more copies are asked for than there are brokers',
    evidence: /every broker that may take a copy has one already/,
    params: { raiseRf: 5, topic: 'raw-logs' },
  },
  { gate: 'racks_are_known_of_all_or_none', says: 'pass', when: 'all are', evidence: /^3 racks$/ },
  {
    gate: 'racks_are_known_of_all_or_none',
    says: 'pass',
    when: 'there are none',
    evidence: /^no broker has a rack$/,
    change: ({ inventory, identity }) => {
      for (const broker of [...inventory.brokers, ...identity.brokers]) broker.rack = null
    },
  },
  {
    gate: 'racks_are_known_of_all_or_none',
    says: 'refuse',
    when: 'one broker has none',
    evidence: /^broker 1 has no rack$/,
    change: ({ inventory, identity }) => {
      for (const broker of [...inventory.brokers, ...identity.brokers])
        if (broker.id === 1) broker.rack = null
    },
  },
  {
    gate: 'copies_stay_as_spread_as_they_are',
    says: 'pass',
    when: 'other racks are left',
    evidence: /^no partition is in fewer racks/,
    params: drain,
  },
  {
    gate: 'copies_stay_as_spread_as_they_are',
    says: 'refuse',
    when: 'the last broker of a rack is drained and one rack is left',
    evidence: /would be in fewer racks/,
    params: drain,
    change: ({ identity }) => {
      for (const broker of identity.brokers) if (broker.id !== 2) broker.rack = 'az-1'
    },
  },
]
