// The cluster that tests begin with: three brokers in three racks, raw-logs and a group that reads it, all in sync and
// written to. It must not know what any test wants: tests change it.

import { createGroup } from './groups.ts'
import type { FakeBroker, FakeState, GroupSpec, TopicSpec, World } from './state.ts'
import { createTopic } from './topics.ts'

export interface BrokerSpec {
  name: string
  id?: number
  rack?: string | null
  /** Bytes of each of its disks. */
  disks?: number[]
  static?: Record<string, string>
}

export interface FakeKafkaOptions {
  /** How many, or which. */
  brokers?: number | BrokerSpec[]
  /** Of raw-logs; 3 by default. The platform's text has 2. */
  replicationFactor?: number
  minInsync?: number
  /** Instead of raw-logs and the internal topics. */
  topics?: TopicSpec[]
  /** Instead of the group logstash. */
  groups?: GroupSpec[]
  clusterId?: string
  recordsPerSecond?: number
  bootMs?: number
  recoverMs?: number
  catchUpMs?: number
  electionMs?: number
  sessionMs?: number
  rebalanceMs?: number
  producerRefreshMs?: number
  consumerRefreshMs?: number
  copyBytesPerSecond?: number
  world?: Partial<World>
  /** Names of the brokers in the inventory; all of them by default. */
  endpoints?: string[]
}

const calmWorld: World = {
  unreachable: [],
  strangers: [],
  failure: null,
  lostAnswers: [],
  emptyMetadata: false,
  hiddenTopics: [],
  canaryFails: false,
  mayRefuseWrites: false,
}

const mib = 1024 ** 2
const gib = 1024 ** 3
const padded = (number: number): string => String(number).padStart(2, '0')

export function createState(options: FakeKafkaOptions, nowMs: number): FakeState {
  const given = options.brokers ?? 3
  const specs: readonly BrokerSpec[] =
    typeof given === 'number'
      ? Array.from({ length: given }, (_, at) => ({ name: `kafka${padded(at + 1)}` }))
      : given
  const minInsync = options.minInsync ?? 2
  const brokers = specs.map((spec, at) => createBroker(spec, at, minInsync, nowMs))
  const state: FakeState = {
    clusterId: options.clusterId ?? 'MkU3OEVBNTcwNTJENDM2Qg',
    atMs: nowMs,
    createdAtMs: nowMs - 86_400_000,
    brokers,
    topics: [],
    groups: [],
    controller: brokers[0]?.id ?? null,
    electionEndsMs: null,
    epoch: 1,
    counter: 0,
    bootMs: options.bootMs ?? 4000,
    recoverMs: options.recoverMs ?? 20_000,
    catchUpMs: options.catchUpMs ?? 3000,
    electionMs: options.electionMs ?? 1500,
    sessionMs: options.sessionMs ?? 9000,
    rebalanceMs: options.rebalanceMs ?? 1500,
    producerRefreshMs: options.producerRefreshMs ?? 2000,
    consumerRefreshMs: options.consumerRefreshMs ?? 10_000,
    copyBytesPerSecond: options.copyBytesPerSecond ?? 100 * mib,
    world: { ...structuredClone(calmWorld), ...options.world },
    happenings: [],
    endpoints: options.endpoints ?? brokers.map(({ name }) => name),
    tally: {
      acked: 0,
      lost: 0,
      refused: 0,
      refusedByPartition: {},
      violations: [],
      history: [],
      mostDownAtOnce: 0,
      bytesMoved: 0,
      mostMovesAtOnce: 0,
    },
  }
  for (const spec of options.topics ?? usualTopics(options)) createTopic(state, spec)
  const usualGroups = options.topics === undefined ? [logstash] : []
  for (const spec of options.groups ?? usualGroups) createGroup(state, spec)
  return state
}

function usualTopics({ replicationFactor = 3, recordsPerSecond = 160 }: FakeKafkaOptions): TopicSpec[] {
  return [
    { name: '__consumer_offsets', internal: true, partitions: 3, bytes: 10 * mib },
    {
      name: 'raw-logs',
      partitions: 16,
      replicationFactor,
      recordsPerSecond,
      bytes: gib,
      configs: { 'retention.ms': '86400000' },
    },
  ]
}

const logstash: GroupSpec = { group: 'logstash', topics: ['raw-logs'], threads: 16 }

function createBroker(spec: BrokerSpec, at: number, minInsync: number, nowMs: number): FakeBroker {
  const { name, id = at + 1, rack = `az-${(at % 3) + 1}`, disks = [1000 * gib] } = spec
  return {
    id,
    name,
    address: `127.0.8.${at + 1}`,
    port: 9092,
    rack,
    running: true,
    registered: true,
    readyAtMs: null,
    fencedAtMs: null,
    stoppedCleanly: true,
    trouble: null,
    starts: 0,
    startedAtMs: nowMs - 86_400_000,
    caughtUpAtMs: nowMs,
    static: {
      'process.roles': 'broker,controller',
      'min.insync.replicas': String(minInsync),
      'auto.leader.rebalance.enable': 'false',
      ...(rack === null ? {} : { 'broker.rack': rack }),
      ...spec.static,
    },
    dynamic: {},
    dirs: disks.map((totalBytes, disk) => ({
      path: `/var/lib/kafka/${disk}`,
      problem: null,
      totalBytes,
      otherBytes: 0,
    })),
    flap: null,
  }
}
