// What tests rely on in the fake beyond the contract: its books, its bad worlds, and that a saved one goes on the same.
import { expect } from 'chai'
import type { OpsError } from '../../../src/errors/index.ts'
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import {
  type BadKafkaWorldName,
  createFakeKafka,
  FakeKafka,
  type FakeKafkaOptions,
  type FakeKafkaState,
} from '../../support/fake-kafka/fake-kafka.ts'
import { badKafkaWorlds } from '../../support/fake-kafka/worlds.ts'

const topicOf = (kafka: FakeKafka, wanted: string) => {
  const topic = kafka.state.topics.find(({ name }) => name === wanted)
  if (topic === undefined) throw new Error(`no topic ${wanted}`)
  return topic
}

function create(options: FakeKafkaOptions = {}) {
  const clock = new JumpClock()
  return { clock, kafka: createFakeKafka(clock, options) }
}

const underReplicated = async (kafka: FakeKafka) =>
  (await kafka.partitions()).filter(({ isr, replicas }) => isr.length < replicas.length).length

describe('the fake Kafka', () => {
  it('loses nothing and refuses nothing when one broker after the other is restarted at three copies', async () => {
    const { clock, kafka } = create()
    for (const { name } of kafka.state.brokers) {
      kafka.stopBroker(name)
      await clock.sleep(2000)
      expect(await underReplicated(kafka)).to.equal(19)
      kafka.startBroker(name)
      await clock.sleep(8000)
      expect(await underReplicated(kafka)).to.equal(0)
    }
    expect(kafka.violations).to.deep.equal([])
    expect(kafka.lostWrites()).to.equal(0)
    expect(kafka.tally).to.include({ refused: 0, mostDownAtOnce: 1 })
    expect(kafka.tally.acked).to.be.greaterThan(4000)
    expect(kafka.state.brokers.map(({ starts }) => starts)).to.deep.equal([1, 1, 1])
  })

  it('leaves leaders where a restart has moved them, until they are elected', async () => {
    const { clock, kafka } = create()
    kafka.stopBroker('kafka01')
    kafka.startBroker('kafka01')
    await clock.sleep(10_000)
    const moved = (await kafka.partitions()).filter(({ leader, replicas }) => leader !== replicas[0])
    expect(moved.length).to.be.greaterThan(3)
    const answers = await kafka.electPreferred(moved)
    expect(answers.map(({ problem }) => problem)).to.deep.equal(moved.map(() => null))
    expect((await kafka.partitions()).every(({ leader, replicas }) => leader === replicas[0])).to.equal(true)
  })

  it('notes the partitions that refuse writes at two copies, unless the test allows it', async () => {
    const { clock, kafka } = create({ replicationFactor: 2 })
    kafka.stopBroker('kafka01')
    expect(kafka.violations.join()).to.match(/^without kafka01 writes are refused: raw-logs-0 raw-logs-2/)
    await clock.sleep(1000)
    expect(Object.keys(kafka.tally.refusedByPartition).length).to.equal(11)
    const other = create({ replicationFactor: 2, world: { mayRefuseWrites: true } })
    other.kafka.stopBroker('kafka01')
    expect(other.kafka.violations).to.deep.equal([])
  })

  it('takes writes at two copies while min.insync.replicas is 1 for a while', async () => {
    const { clock, kafka } = create({ replicationFactor: 2 })
    const address = { kind: 'kafka.topic', name: 'min.insync.replicas' }
    expect([...(await kafka.settings.read(address, ['raw-logs']))]).to.deep.equal([['raw-logs', null]])
    await kafka.settings.write(address, ['raw-logs'], '1')
    kafka.stopBroker('kafka01')
    await clock.sleep(1000)
    expect(kafka.violations).to.deep.equal([])
    expect(kafka.tally.refused).to.equal(0)
    kafka.stopBroker('kafka02')
    expect(kafka.violations.join()).to.include('kafka02 held the only in-sync copy of raw-logs-')
    expect(kafka.violations.join()).to.include('without kafka02 the controllers have no quorum')
  })

  it('loses the acknowledged records of an only copy whose broker comes back with an empty disk', async () => {
    const { clock, kafka } = create()
    kafka.spoil('singleCopyTopic')
    await clock.sleep(5000)
    kafka.act({ do: 'trouble', broker: 'kafka01', trouble: 'empty-disk' })
    kafka.stopBroker('kafka01')
    expect(kafka.lostWrites()).to.equal(0)
    kafka.startBroker('kafka01')
    await clock.sleep(60_000)
    expect(kafka.lostWrites()).to.be.greaterThan(0)
  })

  it('counts a killed broker until its session ends, and recovers its logs at the next start', async () => {
    const { clock, kafka } = create({ sessionMs: 5000, bootMs: 1000, recoverMs: 30_000 })
    kafka.killBroker('kafka03')
    expect((await kafka.identity()).brokers.length).to.equal(3)
    await clock.sleep(5000)
    expect((await kafka.identity()).brokers.length).to.equal(2)
    expect(kafka.tally.refused).to.be.greaterThan(0)
    kafka.startBroker('kafka03')
    await clock.sleep(30_000)
    expect((await kafka.identity()).brokers.length).to.equal(2)
    await clock.sleep(1000)
    expect((await kafka.identity()).brokers.length).to.equal(3)
  })

  it('moves the leader of the controllers when it stops', async () => {
    const { clock, kafka } = create()
    expect((await kafka.quorum()).leader).to.equal(1)
    kafka.stopBroker('kafka01')
    await clock.sleep(10_000)
    const { leader, epoch, voters } = await kafka.quorum()
    expect([leader, epoch]).to.deep.equal([2, 2])
    expect(voters[0]).to.deep.include({ id: 1, caughtUpMsAgo: 10_000, lag: 20 })
  })

  it('skips records of new partitions for a group with latest, and none for one with earliest', async () => {
    for (const [reset, skipped] of [
      ['latest', 50],
      ['earliest', 0],
    ] as const) {
      const group = { group: 'logstash', topics: ['raw-logs'], threads: 16, reset }
      const { clock, kafka } = create({
        topics: [{ name: 'raw-logs', partitions: 16, recordsPerSecond: 160 }],
        groups: [group],
      })
      const assignments = Array.from({ length: 16 }, (_, at) => [
        (at % 3) + 1,
        ((at + 1) % 3) + 1,
        ((at + 2) % 3) + 1,
      ])
      await kafka.createPartitions('raw-logs', { total: 32, assignments, validateOnly: true })
      expect((await kafka.partitions()).length).to.equal(16)
      await kafka.createPartitions('raw-logs', { total: 32, assignments, validateOnly: false })
      await clock.sleep(30_000)
      expect(kafka.skipped('logstash') > skipped, reset).to.equal(reset === 'latest')
      const [found] = await kafka.groups()
      expect(found?.members.flatMap(({ assigned }) => assigned).length).to.equal(32)
    }
  })

  it('moves partitions as fast as throttles and disks allow, and never below what is written', async () => {
    const mib = 1024 ** 2
    const { clock, kafka } = create({
      brokers: 4,
      topics: [{ name: 'a', replicas: [[1, 2, 3]], bytes: 1000 * mib, recordsPerSecond: 1000 }],
      groups: [],
      copyBytesPerSecond: 100 * mib,
    })
    const [answer] = await kafka.reassign([{ topic: 'a', partition: 0, replicas: [4, 2, 3] }])
    expect(answer?.problem).to.equal(null)
    expect(await kafka.reassignments()).to.deep.equal([
      { topic: 'a', partition: 0, replicas: [4, 2, 3, 1], adding: [4], removing: [1] },
    ])
    await clock.sleep(9000)
    expect((await kafka.reassignments()).length).to.equal(1)
    await clock.sleep(2000)
    expect(await kafka.reassignments()).to.deep.equal([])
    expect((await kafka.partitions())[0]).to.deep.include({ replicas: [4, 2, 3], leader: 4 })

    await kafka.settings.write(
      { kind: 'kafka.broker', name: 'follower.replication.throttled.rate' },
      ['1'],
      '900000',
    )
    await kafka.settings.write(
      { kind: 'kafka.topic', name: 'follower.replication.throttled.replicas' },
      ['a'],
      '0:1',
    )
    await kafka.reassign([{ topic: 'a', partition: 0, replicas: [1, 2, 3] }])
    await clock.sleep(3_600_000)
    expect((await kafka.reassignments()).length, 'never ends below ingest').to.equal(1)
    await kafka.reassign([{ topic: 'a', partition: 0, replicas: null }])
    expect((await kafka.partitions())[0]).to.deep.include({ replicas: [2, 3, 4], isr: [2, 3, 4] })
    const [refused] = await kafka.reassign([{ topic: 'a', partition: 0, replicas: null }])
    expect(refused?.problem).to.include('NO_REASSIGNMENT_IN_PROGRESS')
  })

  it('answers a change with an unknown outcome, carried out or not', async () => {
    const { kafka } = create({ world: { lostAnswers: ['done', 'not-done'] } })
    const address = { kind: 'kafka.topic', name: 'min.insync.replicas' }
    for (const value of ['1', '3']) {
      const thrown: OpsError = await kafka.settings.write(address, ['raw-logs'], value).catch(error => error)
      expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
    }
    expect([...(await kafka.settings.read(address, ['raw-logs']))]).to.deep.equal([['raw-logs', '1']])
  })

  it('goes on in another process from what was saved', async () => {
    let saved: FakeKafkaState | undefined
    const clock = new JumpClock()
    const kafka = createFakeKafka(clock, {}, state => {
      saved = JSON.parse(JSON.stringify(state))
    })
    kafka.stopBroker('kafka02')
    kafka.startBroker('kafka02')
    if (saved === undefined) throw new Error('nothing was saved')
    const other = FakeKafka.from(saved, new JumpClock())
    expect((await other.identity()).brokers.length).to.equal(2)
    expect(topicOf(other, 'raw-logs').partitions.length).to.equal(16)
  })

  describe('bad worlds', () => {
    for (const name of Object.keys(badKafkaWorlds) as BadKafkaWorldName[]) {
      it(`${name}: differs from a good one, and time goes on in it`, async () => {
        const { clock, kafka } = create()
        const good = JSON.stringify(kafka.toJSON())
        kafka.spoil(name)
        expect(JSON.stringify(kafka.toJSON())).not.to.equal(good)
        await clock.sleep(60_000)
        await kafka.partitions().catch(() => {})
      })
    }
  })
})
