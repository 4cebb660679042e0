// A Kafka cluster in memory, with behaviour, on a clock of the test. It keeps the promises of the port
// (test/contract/kafka runs on it and on real brokers) and never opens a socket or sets a timer.
import { OpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type * as port from '../../../src/ports/kafka.ts'
import type { SettingsPort } from '../../../src/ports/settings.ts'
import { act, deleteTopic } from './actions.ts'
import { brokerNamed, killBroker, quorumOf, startBroker, stopBroker } from './brokers.ts'
import { readBrokerConfigs, readSetting, readTopicConfigs, writeSetting } from './configs.ts'
import { createGroup } from './groups.ts'
import { createState, type FakeKafkaOptions } from './layout.ts'
import { beginMove } from './moves.ts'
import * as read from './reads.ts'
import { rejected } from './refuse.ts'
import { electPreferred, takesWrites } from './replicas.ts'
import type { Action, FakeBroker, FakeState, Happening, Tally, World } from './state.ts'
import { advance } from './time.ts'
import { createPartition, createTopic, growTopic, topicNamed } from './topics.ts'
import { type BadKafkaWorldName, badKafkaWorlds } from './worlds.ts'
import { produceTo } from './writes.ts'

export { kafkaInventoryOf } from './inventory.ts'
export type { Action, BadKafkaWorldName, FakeKafkaOptions, FakeState as FakeKafkaState }

/** Called after every change with the whole state, so that another process can go on from it. */
type Save = (state: FakeState) => void

const canaryTopic = 'ops-canary'

export const createFakeKafka = (clock: Clock, options: FakeKafkaOptions = {}, save?: Save): FakeKafka =>
  FakeKafka.create(clock, options, save)

export class FakeKafka implements port.KafkaPort {
  readonly settings: SettingsPort
  readonly #clock: Clock
  readonly #state: FakeState
  readonly #save: Save
  /** A process that goes on from a saved state may have a clock that is behind it. */
  readonly #offsetMs: number

  private constructor(state: FakeState, clock: Clock, save: Save = () => {}) {
    this.#state = state
    this.#clock = clock
    this.#save = save
    this.#offsetMs = Math.max(0, state.atMs - clock.now().getTime())
    this.settings = {
      read: (address, targets) => this.#ask(state => readSetting(state, address, targets)),
      write: (address, targets, value) => this.#write(state => writeSetting(state, address, targets, value)),
    }
  }

  static create(clock: Clock, options: FakeKafkaOptions = {}, save?: Save): FakeKafka {
    return new FakeKafka(createState(options, clock.now().getTime()), clock, save)
  }

  static from(json: FakeState, clock: Clock, save?: Save): FakeKafka {
    return new FakeKafka(structuredClone(json), clock, save)
  }

  toJSON(): FakeState {
    return structuredClone(this.#now())
  }

  // What the service manager of a host does.

  stopBroker(name: string): void {
    this.change(state => stopBroker(state, name))
  }

  /** @throws Error when the broker is made to refuse */
  startBroker(name: string): void {
    this.change(state => startBroker(state, name))
  }

  killBroker(name: string): void {
    this.change(state => killBroker(state, name))
  }

  isRunning(name: string): boolean {
    return brokerNamed(this.#now(), name).running
  }

  // What tests do and ask.

  /** Any change at all, saved. */
  change<T>(change: (state: FakeState) => T): T {
    try {
      return change(this.#now())
    } finally {
      this.#save(this.#state)
    }
  }

  set(world: Partial<World>): void {
    this.act({ do: 'world', world })
  }

  act(action: Action): void {
    this.change(state => act(state, action))
  }

  /** One of the bad worlds by its name. */
  spoil(name: BadKafkaWorldName): void {
    this.change(badKafkaWorlds[name])
  }

  later(afterMs: number, action: Action): void {
    this.change(state => state.happenings.push({ when: { atMs: state.atMs + afterMs }, afterMs, action }))
  }

  /** The first time that a broker is stopped, started or has registered, `afterMs` later. */
  when(when: Exclude<Happening['when'], { atMs: number }>, action: Action, afterMs = 0): void {
    this.change(state => state.happenings.push({ when, afterMs, action }))
  }

  get state(): FakeState {
    return this.#now()
  }

  get tally(): Tally {
    return this.#now().tally
  }

  get violations(): readonly string[] {
    return this.tally.violations
  }

  /** Acknowledged records that no copy has any more. */
  lostWrites(): number {
    return Math.round(this.tally.lost)
  }

  /** Records that a group will never read, because it began at the end of a partition. */
  skipped(group: string): number {
    const found = this.#now().groups.find(one => one.group === group)
    return Math.round(Object.values(found?.skipped ?? {}).reduce((sum, count) => sum + count, 0))
  }

  starts(name: string): number {
    return brokerNamed(this.#now(), name).starts
  }

  // The port.

  identity = () => this.#ask(state => ({ clusterId: state.clusterId, brokers: read.readBrokers(state) }))

  endpoints = async (): Promise<readonly port.KafkaEndpointAnswer[]> => {
    const { endpoints, world, clusterId } = this.#now()
    const answering = this.#answering()
    return endpoints.map(host => {
      const { address, port } = brokerNamed(this.#state, host)
      const at = { host, address: `${address}:${port}` }
      if (world.failure !== null) return { ...at, identity: null, problem: world.failure.message }
      if (!answering.some(({ name }) => name === host))
        return { ...at, identity: null, problem: 'connection refused' }
      if (world.strangers.includes(host)) {
        const brokers = [{ id: 1, host: address, port, rack: null }]
        return { ...at, identity: { clusterId: 'AnotherClusterOfKafkaQ', brokers }, problem: null }
      }
      return { ...at, identity: { clusterId, brokers: read.readBrokers(this.#state) }, problem: null }
    })
  }

  partitions = () => this.#ask(read.readPartitions)
  quorum = () => this.#askController(read.readQuorum)
  reassignments = () => this.#askController(read.readReassignments)
  groups = () => this.#ask(({ groups }) => groups.map(read.readGroup))
  ranges = (topics: readonly string[]) => this.#ask(state => read.readRanges(state, topics))
  offsetsAt = (topic: string, atMs: number) => this.#ask(state => read.readOffsetsAt(state, topic, atMs))
  logDirs = (brokers: readonly number[]) => this.#ask(state => read.readLogDirs(state, brokers))

  topicConfigs = (topics: readonly string[]) =>
    this.#ask(
      state => new Map(topics.map(name => [name, readTopicConfigs(state, topicNamed(state, name))] as const)),
    )

  brokerConfigs = (brokers: readonly number[]) =>
    this.#ask(
      state =>
        new Map(
          state.brokers
            .filter(({ id, registered, running }) => registered && running && brokers.includes(id))
            .map(broker => [broker.id, readBrokerConfigs(broker)] as const),
        ),
    )

  committed = (group: string) =>
    this.#ask(state =>
      read.readCommitted(
        state,
        state.groups.find(one => one.group === group),
      ),
    )

  sample = (topic: string, most: number) => this.#ask(state => read.readSample(state, topic, most))

  electPreferred = (partitions: readonly port.TopicPartition[]) =>
    this.#write(state =>
      partitions.map(({ topic, partition }) => {
        const found = state.topics.find(({ name }) => name === topic)?.partitions[partition]
        const problem =
          found === undefined
            ? 'no such partition (UNKNOWN_TOPIC_OR_PARTITION)'
            : electPreferred(state, found)
        return { topic, partition, problem }
      }),
    )

  createPartitions: port.KafkaPort['createPartitions'] = (topic, change) =>
    this.#write(state => growTopic(state, topic, change))

  reassign: port.KafkaPort['reassign'] = changes =>
    this.#write(state =>
      changes.map(({ topic, partition, replicas }) => {
        try {
          beginMove(state, topicNamed(state, topic), partition, replicas)
          return { topic, partition, problem: null }
        } catch (thrown) {
          return { topic, partition, problem: (thrown as Error).message }
        }
      }),
    )

  commitOffsets: port.KafkaPort['commitOffsets'] = (name, offsets) =>
    this.#write(state => {
      const group =
        state.groups.find(one => one.group === name) ?? createGroup(state, { group: name, topics: [] })
      if (group.members.length > 0) throw rejected(`the group ${name} has members (UNKNOWN_MEMBER_ID)`)
      for (const { topic, partition, offset } of offsets) group.offsets[`${topic}-${partition}`] = offset
    })

  canary: port.KafkaPort['canary'] = (_id, leaders) =>
    this.#ask(() =>
      this.change(state => {
        const topic =
          state.topics.find(({ name }) => name === canaryTopic) ??
          createTopic(state, { name: canaryTopic, partitions: state.brokers.length, bytesPerRecord: 100 })
        return new Map(leaders.map(id => [id, writeCanary(state, topic, id)] as const))
      }),
    )

  removeCanary = () => this.#ask(() => this.change(state => deleteTopic(state, canaryTopic)))

  close = async (): Promise<void> => {}

  /** The state as it is at this moment of the clock. */
  #now(): FakeState {
    advance(this.#state, this.#clock.now().getTime() + this.#offsetMs)
    return this.#state
  }

  #answering(): FakeBroker[] {
    const { brokers, endpoints, world } = this.#now()
    const hidden = (name: string) => world.unreachable.includes('*') || world.unreachable.includes(name)
    return brokers.filter(
      ({ name, running, registered }) => running && registered && endpoints.includes(name) && !hidden(name),
    )
  }

  async #ask<T>(answer: (state: FakeState) => T): Promise<T> {
    const { failure } = this.#now().world
    if (failure !== null) throw new OpsError(failure.code, { message: failure.message })
    const answering = this.#answering()
    if (answering.length === 0)
      throw new OpsError('CLUSTER_UNREACHABLE', { message: 'no broker of the cluster answers' })
    const { strangers } = this.#state.world
    const stranger = answering.find(({ name }) => strangers.includes(name))
    if (stranger !== undefined)
      throw new OpsError('CLUSTER_OTHER', { message: `${stranger.name} belongs to another cluster` })
    return answer(this.#now())
  }

  /** As the server does: what needs the controllers waits for the election that is going on. */
  async #askController<T>(answer: (state: FakeState) => T): Promise<T> {
    return this.#ask(async () => {
      const { electionEndsMs, atMs } = this.#now()
      if (this.#state.controller === null && electionEndsMs !== null)
        await this.#clock.sleep(electionEndsMs - atMs)
      if (this.#now().controller !== null) return answer(this.#state)
      throw new OpsError('CLUSTER_BUSY', {
        message: `the controllers have no leader: fewer than ${quorumOf(this.#state)} are there`,
      })
    })
  }

  async #write<T>(change: (state: FakeState) => T): Promise<T> {
    const lost = await this.#askController(({ world }) => world.lostAnswers[0])
    const result = this.change(state => {
      state.world.lostAnswers = state.world.lostAnswers.slice(1)
      return lost === 'not-done' ? null : { answer: change(state) }
    })
    if (lost !== undefined || result === null)
      throw new OpsError('OUTCOME_UNKNOWN', { message: 'the request was sent and not answered (fake)' })
    return result.answer
  }
}

/** Milliseconds. A broker that leads no partition of the topic gets one. */
function writeCanary(state: FakeState, topic: ReturnType<typeof topicNamed>, id: number): number {
  const fail = (why: string) =>
    new OpsError('CLUSTER_BUSY', { message: `the canary on broker ${id} failed: ${why}` })
  const broker = state.brokers.find(one => one.id === id)
  if (state.world.canaryFails) throw fail('REQUEST_TIMED_OUT')
  if (broker === undefined || !broker.registered || !broker.running) throw fail('the broker is not there')
  let partition = topic.partitions.find(({ replicas }) => replicas[0] === id)
  if (partition === undefined) {
    const others = state.brokers.filter(one => one.registered && one.id !== id).map(one => one.id)
    partition = createPartition(state, topic.partitions.length, [id, ...others.slice(0, 2)])
    topic.partitions.push(partition)
  }
  const problem = electPreferred(state, partition)
  if (problem !== null) throw fail(problem)
  if (!takesWrites(state, partition, topic)) throw fail('NOT_ENOUGH_REPLICAS')
  produceTo(state, topic, partition, 1)
  return 5
}
