// Walks the table of gates of a broker restart: each is a sentence, passes on a calm cluster and refuses in the world that it is for.
import { expect } from 'chai'
import { type KafkaFacts, lookAtKafka } from '../../../runbooks/rolling-restart/kafka/facts.ts'
import { kafkaGates } from '../../../runbooks/rolling-restart/kafka/gates/index.ts'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { GateFinding } from '../../../src/sdk/index.ts'
import { type BadKafkaWorldName, badKafkaWorlds } from '../../support/fake-kafka/worlds.ts'
import { type Brokers, begin } from './world.ts'

type Patch = (facts: KafkaFacts) => KafkaFacts

interface GateCase {
  readonly gate: string
  readonly when: string
  readonly world?: BadKafkaWorldName
  readonly harm?: (brokers: Brokers) => void
  /** Where the fake cannot be made to answer so. */
  readonly patch?: Patch
  readonly options?: Parameters<typeof begin>[0]
  readonly evidence: RegExp
}

const cases: readonly GateCase[] = [
  {
    gate: 'brokers_are_of_the_cluster_in_the_inventory',
    when: 'they are another cluster',
    world: 'anotherCluster',
    evidence: /the brokers say AnotherCluster/,
  },
  {
    gate: 'two_brokers_answer',
    when: 'one address answers',
    world: 'onlyOneEndpoint',
    evidence: /^1 of 3 addresses answer; kafka02: connection refused/,
  },
  {
    gate: 'every_broker_of_the_inventory_is_registered',
    when: 'one is stopped',
    world: 'brokerMissing',
    evidence: /^kafka03 \(broker 3\) is missing$/,
  },
  {
    gate: 'metadata_is_complete',
    when: 'it is empty',
    world: 'emptyMetadata',
    evidence: /no partition at all/,
  },
  {
    gate: 'controllers_have_a_leader_and_keep_up',
    when: 'a voter is far behind',
    patch: ({ quorum, ...facts }) => ({
      ...facts,
      quorum: { ...quorum, voters: quorum.voters.map(voter => ({ ...voter, lag: voter.id * 1000 })) },
    }),
    evidence: /^kafka02 is 2000 records behind; kafka03 is 3000 records behind$/,
  },
  {
    gate: 'no_reassignment_is_running',
    when: 'a copy moves',
    world: 'reassignmentRunning',
    evidence: /^raw-logs-0 moves/,
  },
  {
    gate: 'no_replication_throttle_is_set',
    when: 'a broker has one',
    world: 'foreignBrokerThrottle',
    evidence: /throttled\.rate on broker 1$/,
  },
  {
    gate: 'no_replication_throttle_is_set',
    when: 'a topic has one',
    world: 'foreignTopicThrottle',
    evidence: /throttled\.replicas on topic raw-logs$/,
  },
  {
    gate: 'log_directories_are_well',
    when: 'one is offline',
    world: 'offlineDir',
    evidence: /^kafka03 .*KAFKA_STORAGE_ERROR$/,
  },
  {
    gate: 'brokers_have_disk_left',
    when: 'one is nearly full',
    world: 'diskFull',
    evidence: /^kafka03 .* % left$/,
  },
  {
    gate: 'no_run_left_kafka_settings_behind',
    when: 'a run died with a setting changed',
    patch: facts => ({
      ...facts,
      leftovers: [{ run: 'run-0', kind: 'kafka.topic', name: 'min.insync.replicas', targets: ['raw-logs'] }],
    }),
    evidence: /ops abort run-0/,
  },
  {
    gate: 'consumer_groups_are_stable',
    when: 'one rebalances',
    world: 'groupRebalances',
    evidence: /^logstash is in PreparingRebalance$/,
  },
  {
    gate: 'consumers_keep_up',
    when: 'a slow sink lets the lag grow',
    world: 'slowSink',
    evidence: /^logstash is \d+ records behind, \d+ more than a moment ago$/,
  },
  {
    gate: 'hosts_would_let_the_broker_come_back',
    when: 'the lint finds a fault',
    harm: unlint,
    evidence: /^kafka02: failed in/,
  },
  {
    gate: 'every_partition_has_a_leader',
    when: 'one has none',
    world: 'offlinePartition',
    evidence: /^raw-logs-0 has none$/,
  },
  {
    gate: 'every_copy_is_in_sync',
    when: 'a follower is behind',
    world: 'underReplicated',
    evidence: /^raw-logs-0 lacks kafka0\d$/,
  },
  {
    gate: 'no_partition_would_go_offline',
    when: 'a topic has one copy',
    world: 'singleCopyTopic',
    evidence: /^without kafka01: one-copy-/,
  },
  {
    gate: 'no_partition_would_refuse_writes',
    when: 'a topic has two copies and needs both',
    world: 'twoCopyTopic',
    evidence: /^without kafka01: two-copies-.*--during min-insync=1/,
  },
  {
    gate: 'only_complete_copies_become_leaders',
    when: 'a topic lets any copy lead',
    world: 'uncleanElection',
    evidence: /^raw-logs has unclean/,
  },
  {
    gate: 'leaders_move_before_a_broker_stops',
    when: 'controlled shutdown is off',
    world: 'noControlledShutdown',
    evidence: /^kafka01 has controlled/,
  },
  {
    gate: 'an_order_of_brokers_exists',
    when: 'two controllers cannot lose one',
    options: { brokers: 2, replicationFactor: 2 },
    evidence: /may never stop: controllers_keep_their_majority/,
  },
]

describe('the gates of rolling-restart --service kafka', () => {
  it('all pass on a calm cluster', async () => {
    const found = await judge(begin())
    expect([...found].filter(([, { pass }]) => !pass).map(([name]) => name)).to.deep.equal([])
  })

  for (const { name, prevents, waivable } of kafkaGates) {
    it(`${name} is a sentence, names the outage that it prevents, and has a case that refuses`, () => {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      expect(waivable).to.be.oneOf(['never', 'reason', 'approval'])
      expect(cases.some(({ gate }) => gate === name)).to.equal(true)
    })
  }

  for (const { gate, when, world, harm, patch, options, evidence } of cases)
    it(`${gate} refuses when ${when}`, async () => {
      const brokers = begin(options)
      if (world !== undefined) brokers.kafka.change(badKafkaWorlds[world])
      harm?.(brokers)
      const finding = (await judge(brokers, patch)).get(gate)
      expect(finding?.evidence).to.match(evidence)
      expect(finding?.pass).to.equal(false)
    })
})

async function judge(
  { world }: Brokers,
  patch: Patch = facts => facts,
): Promise<ReadonlyMap<string, GateFinding>> {
  const { engine } = world.begin()
  const params = schema.parse({ service: 'kafka' })
  // Lag grows between two readings only if time passes before the first one, too.
  await engine.clock.sleep(600_000)
  const facts = patch(await lookAtKafka(lookOf(engine, null), params))
  return new Map(kafkaGates.map(({ name, check }) => [name, check(facts, params)]))
}

function unlint({ world }: Brokers): void {
  world.ansible.trouble('kafka02', 'fails', { playbook: 'kafka_lint.yml' })
}
