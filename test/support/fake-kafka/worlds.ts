// Bad worlds by name, one change each: what gates must refuse, stop conditions must see and errors must name. A world
// changes one thing only, so that a test knows which gate it was for.
import { act } from './actions.ts'
import { leave, stopBroker } from './brokers.ts'
import { dropBroker } from './replicas.ts'
import type { Action, FakeBroker, FakePartition, FakeState } from './state.ts'
import { createTopic } from './topics.ts'

type BadWorld = (state: FakeState) => void

const firstOf = ({ brokers }: FakeState): FakeBroker => pick(brokers, 0)
const lastOf = ({ brokers }: FakeState): FakeBroker => pick(brokers, -1)

function pick<T>(list: readonly T[], at: number): T {
  const found = list.at(at)
  if (found === undefined) throw new Error('this fake Kafka is too small for that')
  return found
}

const firstPartition = ({ topics }: FakeState): FakePartition =>
  pick(
    pick(
      topics.filter(({ internal }) => !internal),
      0,
    ).partitions,
    0,
  )

const mainTopic = ({ topics }: FakeState): string =>
  pick(
    topics.filter(({ internal }) => !internal),
    0,
  ).name

function when(
  state: FakeState,
  on: { stopped: string } | { started: string },
  action: Action,
  afterMs = 500,
): void {
  state.happenings.push({ when: on, afterMs, action })
}

export const badKafkaWorlds = {
  unreachable: state => {
    state.world.unreachable = ['*']
  },
  onlyOneEndpoint: state => {
    state.world.unreachable = state.endpoints.slice(1)
  },
  endpointOfAnotherCluster: state => {
    state.world.strangers = state.endpoints.slice(-1)
  },
  wrongCa: state => {
    state.world.failure = { code: 'CLUSTER_TLS', message: 'self-signed certificate' }
  },
  wrongPassword: state => {
    state.world.failure = { code: 'CLUSTER_AUTH', message: 'SASL_AUTHENTICATION_FAILED' }
  },
  forbidden: state => {
    state.world.failure = { code: 'CLUSTER_FORBIDDEN', message: 'CLUSTER_AUTHORIZATION_FAILED' }
  },
  anotherCluster: state => {
    state.clusterId = 'AnotherClusterOfKafkaQ'
  },
  emptyMetadata: state => {
    state.world.emptyMetadata = true
  },
  partialMetadata: state => {
    state.world.hiddenTopics = [mainTopic(state)]
  },
  noController: state => void Object.assign(state, { controller: null, electionEndsMs: null }),

  brokerMissing: state => stopBroker(state, lastOf(state).name),
  /** Nobody can read or write the first partition. */
  offlinePartition: state => {
    const partition = firstPartition(state)
    Object.assign(partition, { leader: null, isr: [9999], replicas: [9999] })
  },
  /** A follower that never catches up. */
  underReplicated: state => {
    const partition = firstPartition(state)
    const id = pick(partition.replicas, -1)
    partition.isr = partition.isr.filter(one => one !== id)
    partition.catchUp[id] = state.atMs + 3_600_000
  },
  underMinInsync: state => {
    const partition = firstPartition(state)
    const [leader = 0, ...others] = partition.isr
    partition.isr = [leader]
    for (const id of others) partition.catchUp[id] = state.atMs + 3_600_000
  },
  singleCopyTopic: state => {
    const configs = { 'min.insync.replicas': '1' }
    createTopic(state, {
      name: 'one-copy',
      partitions: 3,
      replicationFactor: 1,
      recordsPerSecond: 3,
      configs,
    })
  },
  twoCopyTopic: state =>
    void createTopic(state, { name: 'two-copies', partitions: 6, replicationFactor: 2, recordsPerSecond: 6 }),
  uncleanElection: state => {
    act(state, {
      do: 'set-topic',
      topic: mainTopic(state),
      name: 'unclean.leader.election.enable',
      value: 'true',
    })
  },
  noControlledShutdown: state => {
    firstOf(state).static['controlled.shutdown.enable'] = 'false'
  },
  leadersMoved: state => {
    const partition = firstPartition(state)
    partition.leader = pick(partition.isr, -1)
  },
  isrFlaps: state => act(state, { do: 'flap', broker: lastOf(state).name, everyMs: 10_000, awayMs: 2000 }),

  reassignmentRunning: state => {
    const partition = firstPartition(state)
    const removing = [pick(partition.replicas, -1)]
    Object.assign(partition, {
      before: [...partition.replicas],
      removing,
      copying: { [pick(removing, 0)]: 1e15 },
    })
  },
  foreignBrokerThrottle: state => {
    firstOf(state).dynamic['follower.replication.throttled.rate'] = '1000'
  },
  foreignTopicThrottle: state => {
    act(state, {
      do: 'set-topic',
      topic: mainTopic(state),
      name: 'leader.replication.throttled.replicas',
      value: '0:1',
    })
  },
  offlineDir: state => {
    const broker = lastOf(state)
    pick(broker.dirs, 0).problem = 'KAFKA_STORAGE_ERROR'
  },
  diskFull: state => {
    const dir = pick(lastOf(state).dirs, 0)
    dir.otherBytes = dir.totalBytes * 0.97
  },

  groupRebalances: state =>
    act(state, { do: 'rebalance', group: pick(state.groups, 0).group, forMs: 3_600_000 }),
  groupGone: state => act(state, { do: 'members', group: pick(state.groups, 0).group, threads: 0 }),
  slowSink: state => {
    for (const member of pick(state.groups, 0).members) member.perSecond = 5
  },
  stuckMember: state => {
    pick(pick(state.groups, 0).members, 0).perSecond = 0
  },
  poisonPartition: state => {
    pick(state.groups, 0).poison = [`${mainTopic(state)}-0`]
  },
  skew: state => {
    firstPartition(state).weight = 200
  },
  compacted: state => {
    act(state, { do: 'set-topic', topic: mainTopic(state), name: 'cleanup.policy', value: 'compact' })
  },
  keyed: state => {
    pick(
      state.topics.filter(({ internal }) => !internal),
      0,
    ).keyed = true
  },

  brokerThatNeverJoins: state => {
    firstOf(state).trouble = 'never-joins'
  },
  brokerThatDies: state => {
    firstOf(state).trouble = 'dies'
  },
  brokerThatRefuses: state => {
    firstOf(state).trouble = 'refuses'
  },
  brokerWithEmptyDisk: state => {
    firstOf(state).trouble = 'empty-disk'
  },
  /** While the first broker is down. */
  anotherBrokerLostMidRun: state =>
    when(state, { stopped: firstOf(state).name }, { do: 'kill-broker', broker: lastOf(state).name }),
  topicMadeMidRun: state =>
    when(
      state,
      { stopped: firstOf(state).name },
      { do: 'create-topic', topic: { name: 'made-mid-run', replicationFactor: 1, recordsPerSecond: 1 } },
    ),
  topicDeletedMidRun: state =>
    when(state, { stopped: firstOf(state).name }, { do: 'delete-topic', topic: mainTopic(state) }),
  /** Gone for good, its copies with it. */
  brokerRemoved: state => {
    const broker = lastOf(state)
    broker.running = false
    leave(state, broker)
    dropBroker(state, broker.id)
    state.brokers = state.brokers.filter(one => one !== broker)
    state.endpoints = state.endpoints.filter(name => name !== broker.name)
  },
  canaryFails: state => {
    state.world.canaryFails = true
  },
} satisfies Record<string, BadWorld>

export type BadKafkaWorldName = keyof typeof badKafkaWorlds
