// Partitions moved between four real brokers while a producer writes: one broker drained by a run that is killed and carried on,
// filled again by one that is killed and taken back, a topic with one more copy, and what is refused. One lab: the cases follow
// each other.
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import kafkajs from 'kafkajs'
import { connectKafkaCluster, type KafkaConnection } from '../../src/adapters/kafka/index.ts'
import { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { kafkaClient } from '../../src/lab/kafka/access.ts'
import { clientAccess } from '../../src/lab/kafka/own-access.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import type { PartitionState } from '../../src/ports/kafka.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { kafkaEndpoints } from './support/kafka-endpoints.ts'
import { underKafkaLoad } from './support/kafka-load.ts'
import { type OpsRecord, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.66'
const talk = () => {}
const ids = [1, 2, 3, 4]
/** So much of it on each broker that moving it takes a while at the throttle. */
const bulk = { topic: 'bulk', partitions: 8, recordsOfEach: 40, recordBytes: 100_000 }
const throttleNames = {
  topic: ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'],
  broker: ['leader.replication.throttled.rate', 'follower.replication.throttled.rate'],
} as const
const rate = { kind: 'kafka.broker', name: throttleNames.broker[1] }
const throttled = { kind: 'kafka.topic', name: throttleNames.topic[1] }

const move = (...goal: string[]): string[] => ['--json', 'run', 'reassign', ...goal, '--yes']
/** So that copies are on their way for a while. */
const slowly = ['--throttle', '500KB']
/** The brokers have been asked for the moves of the first chunk, and copy. */
const isMoving = ({ type, step }: OpsRecord): boolean =>
  type === 'step.done' && String(step).startsWith('chunk.1.move.')

describe('reassign on four real brokers', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const ops = opsOn(stateDir)
  let lab: Lab
  let kafka: KafkaConnection

  before(async () => {
    lab = await bringUp({ stateDir, services: ['kafka'], kafkaCopies: 2, kafkaBrokers: 4, net, talk })
    kafka = connectKafkaCluster({ endpoints: kafkaEndpoints(lab) })
    await fillBulk()
  })
  after(async () => {
    await kafka?.close()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  async function fillBulk(): Promise<void> {
    const { topic, partitions, recordsOfEach, recordBytes } = bulk
    const client = kafkaClient(clientAccess(lab, 'ops'), { clientId: 'bulk' })
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 2 }],
    })
    await admin.disconnect()
    await untilTidy()
    const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    for (let partition = 0; partition < partitions; partition++)
      for (let sent = 0; sent < recordsOfEach; sent += 4) {
        const messages = Array.from({ length: 4 }, () => ({ partition, value: randomBytes(recordBytes) }))
        await producer.send({ topic, acks: -1, messages })
      }
    await producer.disconnect()
  }

  const partitionsOf = async (topic: string): Promise<readonly PartitionState[]> =>
    (await kafka.partitions()).filter(one => one.topic === topic)
  /** Topics of Kafka itself come while records are read back. */
  const placement = async (): Promise<ReadonlyMap<string, readonly number[]>> =>
    new Map(
      (await kafka.partitions())
        .filter(({ internal }) => !internal)
        .map(({ topic, partition, replicas }) => [`${topic}-${partition}`, replicas]),
    )
  const heldBy = async (id: number): Promise<readonly string[]> =>
    [...(await placement())].flatMap(([name, replicas]) => (replicas.includes(id) ? [name] : []))

  /** No partition is half moved, every copy is in sync, the preferred broker leads, and nothing is throttled. */
  const untilTidy = (): Promise<undefined> =>
    waitFor({
      stallMs: 60_000,
      look: async () => {
        const seen = await listUntidy().catch((thrown: Error) => [thrown.message])
        return seen.length === 0 ? { result: undefined } : { progress: seen.join('; ') }
      },
      onStall: seen => new OpsError('STALLED', { message: seen }),
    })

  async function listUntidy(): Promise<readonly string[]> {
    const partitions = await kafka.partitions()
    const running = await kafka.reassignments()
    const topics = await kafka.topicConfigs([...new Set(partitions.map(({ topic }) => topic))])
    const brokers = await kafka.brokerConfigs(ids)
    return [
      ...(partitions.filter(({ topic }) => topic === bulk.topic).length < bulk.partitions
        ? ['partitions are missing']
        : []),
      ...running.map(({ topic, partition }) => `${topic}-${partition} is being moved`),
      ...partitions
        .filter(({ leader, replicas, isr }) => leader !== replicas[0] || isr.length < replicas.length)
        .map(
          ({ topic, partition, leader, isr }) => `${topic}-${partition}: leader ${leader}, in sync ${isr}`,
        ),
      ...[...topics].flatMap(([topic, configs]) =>
        throttleNames.topic
          .filter(name => configs.get(name)?.source === 'topic')
          .map(name => `${topic}: ${name}`),
      ),
      ...[...brokers].flatMap(([id, configs]) =>
        throttleNames.broker
          .filter(name => configs.get(name)?.source === 'dynamic-broker')
          .map(name => `broker ${id}: ${name}`),
      ),
    ]
  }

  const underLoad = <T>(name: string, work: () => Promise<T>) =>
    underKafkaLoad(stateDir, { name, rate: 100, topic: 'raw-logs' }, work)

  async function expectClean(verdict: KafkaVerdict): Promise<void> {
    expect(verdict.acked).to.be.greaterThan(300)
    expect(verdict).to.include({ lost: 0, moved: 0 })
    expect(verdict.failed).to.deep.equal({ found: 0, notFound: 0 })
    await untilTidy()
    const doctor = await ops(['doctor'])
    expect(doctor.exitCode, doctor.stdout).to.equal(0)
  }

  it('drains a broker: killed while copies are on their way and carried on, it holds nothing', async () => {
    expect((await heldBy(4)).length).to.be.greaterThan(2)
    const [, verdict] = await underLoad('drain', async () => {
      const killed = await ops(move('--drain', 'kafka04', ...slowly), isMoving)
      expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
      const end = await ops(['--json', 'resume', 'last'])
      expect(end.exitCode, tellEnd(end)).to.equal(0)
    })
    await expectClean(verdict)
    expect(await heldBy(4)).to.deep.equal([])
  })

  it('killed and aborted, what was under way is where it was, in the order it was, and what was made is said', async () => {
    const before = await placement()
    const [end, verdict] = await underLoad('abort', async () => {
      const killed = await ops(move('--add', 'kafka04', ...slowly), isMoving)
      expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
      expect((await kafka.reassignments()).length).to.be.greaterThan(0)
      return ops(['--json', 'abort', 'last'])
    })
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    await expectClean(verdict)
    // A copy that was nearly there when its run was killed has come by itself.
    const made = new Set(await heldBy(4))
    for (const [name, replicas] of await placement())
      if (!made.has(name)) expect(replicas, name).to.deep.equal(before.get(name))
    const said = end.records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
    expect(said.join()).to.match(new RegExp(`^${made.size} of \\d+ partitions have moved and stay there`))
  })

  it('fills it again up to its share', async () => {
    const [end, verdict] = await underLoad('add', () => ops(move('--add', 'kafka04')))
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    await expectClean(verdict)
    expect((await heldBy(4)).filter(name => name.startsWith(bulk.topic)).length).to.be.greaterThan(1)
  })

  it('gives a topic one more copy, one in each rack', async () => {
    const [end, verdict] = await underLoad('raise', () => ops(move('--raise-rf', '3', '--topic', bulk.topic)))
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    await expectClean(verdict)
    const { brokers } = await kafka.identity()
    const rackOf = new Map(brokers.map(({ id, rack }) => [id, rack]))
    for (const { partition, replicas } of await partitionsOf(bulk.topic))
      expect(new Set(replicas.map(id => rackOf.get(id))).size, `${bulk.topic}-${partition}`).to.equal(3)
  })

  it('refuses to begin where somebody else throttles, and where copies find no place', async () => {
    await kafka.settings.write(throttled, ['raw-logs'], '0:4')
    await kafka.settings.write(rate, ['4'], '1000')
    const end = await ops(move('--drain', 'kafka04,kafka01,kafka02'))
    await kafka.settings.write(rate, ['4'], null)
    await kafka.settings.write(throttled, ['raw-logs'], null)
    expect(end.exitCode, tellEnd(end)).to.equal(2)
    const refused = end.records.filter(({ type }) => type === 'gate.refused').map(({ gate }) => gate)
    expect(refused).to.include.members(['no_foreign_throttle_is_set', 'every_copy_finds_a_place'])
    await untilTidy()
  })
})
