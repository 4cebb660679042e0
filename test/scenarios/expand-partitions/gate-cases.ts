// One row for each way in which a gate of expand-partitions passes or refuses: what differs from a calm cluster, and what it says.
import type { ExpandFacts } from '../../../runbooks/expand-partitions/facts.ts'
import type { JsonObject } from '../../../src/ports/json.ts'

type Mutable<T> = T extends Uint8Array
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Mutable<V>>
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T

export type FactsDraft = Mutable<ExpandFacts>

interface GateCase {
  readonly gate: string
  readonly when: string
  readonly says: 'pass' | 'refuse'
  readonly evidence: RegExp
  readonly change?: (facts: FactsDraft) => void
  readonly params?: JsonObject
}

const first = <T>(list: T[]): T => list[0] as T
const key = (text: string) => new TextEncoder().encode(text)
const record = (at: number, keyed: boolean) => ({
  topic: 'raw-logs',
  partition: at % 16,
  offset: at,
  timestampMs: 0,
  key: keyed ? key(`key-${at}`) : null,
  bytes: 100,
})

export const gateCases: readonly GateCase[] = [
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    when: 'the ids are the same',
    says: 'pass',
    evidence: /^cluster MkU3/,
  },
  {
    gate: 'cluster_is_the_one_in_the_inventory',
    when: 'the brokers have another id',
    says: 'refuse',
    evidence: /id is Other, the inventory says MkU3/,
    change: facts => {
      facts.identity.clusterId = 'Other'
    },
  },
  { gate: 'every_broker_is_registered', when: 'all are there', says: 'pass', evidence: /3 brokers/ },
  {
    gate: 'every_broker_is_registered',
    when: 'one is away',
    says: 'refuse',
    evidence: /kafka03 is not registered/,
    change: facts => void facts.identity.brokers.pop(),
  },
  {
    gate: 'every_broker_is_registered',
    when: 'the metadata is empty',
    says: 'refuse',
    evidence: /names no broker/,
    change: facts => {
      facts.identity.brokers = []
    },
  },
  { gate: 'every_partition_is_in_sync', when: 'all are', says: 'pass', evidence: /every copy in sync/ },
  {
    gate: 'every_partition_is_in_sync',
    when: 'a copy lags behind and another partition has no leader',
    says: 'refuse',
    evidence: /2 of 3 copies in sync.*has no leader/,
    change: ({ partitions }) => {
      void first(partitions).isr.pop()
      Object.assign(partitions[1] as object, { leader: null })
    },
  },
  {
    gate: 'every_partition_is_in_sync',
    when: 'the metadata names no partition',
    says: 'refuse',
    evidence: /no partition at all/,
    change: facts => {
      facts.partitions = []
    },
  },
  {
    gate: 'no_reassignment_is_running',
    when: 'none is',
    says: 'pass',
    evidence: /no partition is being moved/,
  },
  {
    gate: 'no_reassignment_is_running',
    when: 'one is',
    says: 'refuse',
    evidence: /raw-logs-3 is being moved/,
    change: facts =>
      void facts.reassignments.push({
        topic: 'raw-logs',
        partition: 3,
        replicas: [1],
        adding: [],
        removing: [],
      }),
  },
  { gate: 'every_log_directory_is_online', when: 'all are', says: 'pass', evidence: /3 log directories/ },
  {
    gate: 'every_log_directory_is_online',
    when: 'one is not',
    says: 'refuse',
    evidence: /on kafka01 \(1\): disk failed/,
    change: ({ logDirs }) => void Object.assign(first(logDirs), { problem: 'disk failed' }),
  },
  {
    gate: 'every_log_directory_is_online',
    when: 'a broker does not answer',
    says: 'refuse',
    evidence: /kafka01 \(1\) says nothing/,
    change: ({ logDirs }) => void logDirs.shift(),
  },
  { gate: 'disks_have_room', when: 'they have', says: 'pass', evidence: /15 % of every disk/ },
  {
    gate: 'disks_have_room',
    when: 'a disk is nearly full',
    says: 'refuse',
    evidence: /kafka02 \(2\): \d+ % would be free/,
    change: ({ logDirs }) => void Object.assign(logDirs[1] as object, { usableBytes: 1e9 }),
  },
  {
    gate: 'disks_have_room',
    when: 'brokers are too old to say',
    says: 'pass',
    evidence: /do not say/,
    change: ({ logDirs }) => {
      for (const dir of logDirs) Object.assign(dir, { totalBytes: null, usableBytes: null })
    },
  },
  {
    gate: 'brokers_can_carry_the_partitions',
    when: 'they can',
    says: 'pass',
    evidence: /at most \d+ copies/,
  },
  {
    gate: 'brokers_can_carry_the_partitions',
    when: 'there would be thousands',
    says: 'refuse',
    evidence: /would have \d{4} copies/,
    params: { to: 9000 },
  },
  {
    gate: 'new_partitions_spread_over_racks',
    when: 'racks are enough',
    says: 'pass',
    evidence: /over 3 racks/,
  },
  {
    gate: 'new_partitions_spread_over_racks',
    when: 'all brokers are in one rack',
    says: 'refuse',
    evidence: /3 copies of each partition, and 1 racks/,
    change: ({ identity }) => {
      for (const broker of identity.brokers) broker.rack = 'az-1'
    },
  },
  { gate: 'brokers_would_make_the_change', when: 'they would', says: 'pass', evidence: /validated/ },
  {
    gate: 'brokers_would_make_the_change',
    when: 'a policy forbids it',
    says: 'refuse',
    evidence: /POLICY_VIOLATION/,
    change: facts => {
      facts.objection = 'POLICY_VIOLATION'
    },
  },
  { gate: 'topic_is_there', when: 'it is', says: 'pass', evidence: /raw-logs has 16 partitions/ },
  {
    gate: 'topic_is_there',
    when: 'its name is misspelt',
    says: 'refuse',
    evidence: /no topic raw-log; there are raw-logs/,
    params: { topic: 'raw-log' },
  },
  { gate: 'topic_belongs_to_users', when: 'it does', says: 'pass', evidence: /ordinary/ },
  {
    gate: 'topic_belongs_to_users',
    when: 'it is internal',
    says: 'refuse',
    evidence: /Kafka's own/,
    params: { topic: '__consumer_offsets' },
  },
  {
    gate: 'topic_belongs_to_users',
    when: 'it is the state of a stream',
    says: 'refuse',
    evidence: /Kafka Streams/,
    params: { topic: 'app-store-changelog' },
  },
  { gate: 'target_is_more_than_now', when: 'it is', says: 'pass', evidence: /from 16 to 32/ },
  {
    gate: 'target_is_more_than_now',
    when: 'it is fewer',
    says: 'refuse',
    evidence: /has 16 partitions, 8 is not more/,
    params: { to: 8 },
  },
  { gate: 'topic_is_not_compacted', when: 'it is not', says: 'pass', evidence: /cleanup.policy is delete/ },
  {
    gate: 'topic_is_not_compacted',
    when: 'it is',
    says: 'refuse',
    evidence: /compact,delete/,
    change: ({ configs }) =>
      void configs?.set('cleanup.policy', { value: 'compact,delete', source: 'topic' }),
  },
  {
    gate: 'keys_stay_in_their_partition',
    when: 'there are no keys',
    says: 'pass',
    evidence: /none has a key/,
  },
  {
    gate: 'keys_stay_in_their_partition',
    when: 'keys would move',
    says: 'refuse',
    evidence: /100 of 100 records have a key; of 100 keys \d+ change partition from 16 to 32/,
    change: facts => {
      facts.sample = Array.from({ length: 100 }, (_, at) => record(at, true))
    },
  },
  {
    gate: 'keys_stay_in_their_partition',
    when: 'nothing could be read',
    says: 'refuse',
    evidence: /nobody knows/,
    change: facts => {
      facts.sample = []
    },
  },
  {
    gate: 'no_document_id_comes_from_the_offset',
    when: 'none does',
    says: 'pass',
    evidence: /6 pipelines read/,
  },
  {
    gate: 'no_document_id_comes_from_the_offset',
    when: 'one does',
    says: 'refuse',
    evidence: /logstash01 out.conf: document_id/,
    change: ({ pipelines }) =>
      void first(pipelines).lines.push({
        file: 'out.conf',
        text: 'document_id => "%{[@metadata][kafka][offset]}"',
      }),
  },
  {
    gate: 'no_document_id_comes_from_the_offset',
    when: 'pipelines cannot be read',
    says: 'refuse',
    evidence: /logstash01: unreachable/,
    change: ({ pipelines }) => void Object.assign(first(pipelines), { problem: 'unreachable' }),
  },
  {
    gate: 'no_document_id_comes_from_the_offset',
    when: 'there are none where they should be',
    says: 'refuse',
    evidence: /no pipeline matches/,
    change: ({ pipelines }) => void Object.assign(first(pipelines), { files: 0 }),
  },
  {
    gate: 'every_group_reads_new_partitions_from_their_start',
    when: 'every group can be stopped',
    says: 'pass',
    evidence: /logstash: stopped while it is made/,
  },
  {
    gate: 'every_group_reads_new_partitions_from_their_start',
    when: 'strangers read',
    says: 'refuse',
    evidence: /logstash has 16 members that ops cannot stop/,
    change: ({ groups }) => {
      first(groups).fleet = null
    },
  },
  {
    gate: 'every_group_reads_new_partitions_from_their_start',
    when: 'strangers are known to begin at the start',
    says: 'pass',
    evidence: /by its own setting/,
    change: ({ groups }) => {
      first(groups).fleet = null
    },
    params: { earliest: 'logstash' },
  },
  {
    gate: 'every_partition_with_records_has_an_offset',
    when: 'only empty ones have none',
    says: 'pass',
    evidence: /there is an offset/,
    change: ({ groups }) => void first(groups).uncommitted.push({ partition: 3, records: 0 }),
  },
  {
    gate: 'every_partition_with_records_has_an_offset',
    when: 'one with records has none',
    says: 'refuse',
    evidence: /logstash has committed nothing in raw-logs-3, where 500 records lie/,
    change: ({ groups }) => void first(groups).uncommitted.push({ partition: 3, records: 500 }),
  },
  { gate: 'groups_are_stable', when: 'they are', says: 'pass', evidence: /1 groups read raw-logs/ },
  {
    gate: 'groups_are_stable',
    when: 'one rebalances',
    says: 'refuse',
    evidence: /logstash is PreparingRebalance/,
    change: ({ groups }) => {
      first(groups).state = 'PreparingRebalance'
    },
  },
  { gate: 'members_are_those_of_the_inventory', when: 'they are', says: 'pass', evidence: /as many members/ },
  {
    gate: 'members_are_those_of_the_inventory',
    when: 'there is one more',
    says: 'refuse',
    evidence: /15 members, which is no multiple of its 2 instances/,
    change: ({ groups }) => void first(groups).members.pop(),
  },
  {
    gate: 'members_are_those_of_the_inventory',
    when: 'an instance is down: half of its threads would be taken for those of each',
    says: 'refuse',
    evidence: /8 members on 1 hosts, and the inventory has 2 instances with 8 threads/,
    change: ({ groups }) => {
      const group = first(groups)
      group.members = group.members.filter(({ host }) => host === 'logstash01')
    },
  },
  { gate: 'no_group_reads_without_members', when: 'all have members', says: 'pass', evidence: /is a member/ },
  {
    gate: 'no_group_reads_without_members',
    when: 'offsets move and nobody is there',
    says: 'refuse',
    evidence: /no member, and its offsets move/,
    change: ({ groups }) => void Object.assign(first(groups), { members: [], moving: true }),
  },
  {
    gate: 'threads_divide_the_partitions',
    when: 'they do',
    says: 'pass',
    evidence: /logstash: 2 instances with 16 threads/,
  },
  {
    gate: 'threads_divide_the_partitions',
    when: 'they do not',
    says: 'refuse',
    evidence: /32 partitions over 20 threads: 12 of them read one more/,
    params: { threads: 10 },
  },
]
