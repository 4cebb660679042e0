// Which broker is asked, what is sent twice and what never, and what answers mean that real brokers give too seldom to test.
import { Writer } from '@platformatic/kafka'
import { expect } from 'chai'
import { type ConnectOptions, connectKafkaCluster } from '../../../../src/adapters/kafka/index.ts'
import type { OpsError } from '../../../../src/errors/index.ts'
import { apiKeys, type BrokerScript, type ScriptedBroker, startBroker } from './scripted-broker.ts'

/** Where a broker never answers; one that does has to be heard within it. */
const soon = { requestTimeoutMs: 1500 }

async function connect(scripts: readonly BrokerScript[], options: Partial<ConnectOptions> = {}) {
  const brokers = await Promise.all(scripts.map(startBroker))
  const kafka = connectKafkaCluster({
    endpoints: brokers.map(({ port }, at) => ({
      host: `kafka0${at + 1}`,
      address: '127.0.0.1',
      port,
      nodeId: at + 1,
    })),
    requestTimeoutMs: 20_000,
    ...options,
  })
  return {
    kafka,
    brokers: brokers as [ScriptedBroker, ScriptedBroker],
    async [Symbol.asyncDispose]() {
      await kafka.close()
      for (const broker of brokers) await broker[Symbol.asyncDispose]()
    },
  }
}

const failureOf = async (call: Promise<unknown>): Promise<OpsError> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (thrown: OpsError) => thrown,
  )

const retention = { kind: 'kafka.topic', name: 'retention.ms' }
const sayQuorum = (code: number): Writer =>
  Writer.create()
    .appendInt16(code)
    .appendArray([0], writer =>
      writer.appendString('__cluster_metadata').appendArray([0], inner => {
        inner.appendInt32(0).appendInt16(0).appendInt32(2).appendInt32(7).appendInt64(100n)
        inner.appendArray(
          [
            [1, 90n, 5000n],
            [2, 100n, 9000n],
            [3, -1n, -1n],
          ] as const,
          (voter, [id, end, at]) => voter.appendInt32(id).appendInt64(end).appendInt64(at).appendInt64(at),
        )
        inner.appendArray([], () => {})
      }),
    )
    .appendTaggedFields()

describe('the Kafka adapter, broker by broker', () => {
  it('connects to nobody before the first question', async () => {
    await using world = await connect([{}, {}])
    expect(world.brokers.map(({ connections }) => connections())).to.deep.equal([0, 0])
    await world.kafka.identity()
    expect(world.brokers.map(({ connections }) => connections())).to.deep.equal([1, 0])
  })

  it('asks the next broker when one hangs up or says that another may know, and says so when none does', async () => {
    const notController = () => sayQuorum(41)
    for (const first of [() => 'close', notController] as const) {
      await using world = await connect([
        { scripts: { [apiKeys.quorum]: first as () => 'close' } },
        { scripts: { [apiKeys.quorum]: () => sayQuorum(0) } },
      ])
      expect((await world.kafka.quorum()).leader).to.equal(2)
      // The one that failed is asked last for a while.
      await world.kafka.quorum()
      expect(world.brokers.map(({ asked }) => asked.length)).to.deep.equal([1, 2])
    }
    await using none = await connect(
      [{ scripts: { [apiKeys.quorum]: () => 'hang' } }, { scripts: { [apiKeys.quorum]: notController } }],
      soon,
    )
    const thrown = await failureOf(none.kafka.quorum())
    expect(thrown).to.include({ code: 'CLUSTER_BUSY', next: 'wait' })
    expect(thrown.message).to.include('kafka01: no answer in time; kafka02: NOT_CONTROLLER')
  })

  it('never sends a write twice when it does not know what became of it', async () => {
    for (const how of ['hang', 'close'] as const) {
      await using world = await connect([{ scripts: { [apiKeys.alterConfigs]: () => how } }, {}], soon)
      const { kafka, brokers } = world
      const thrown = await failureOf(kafka.settings.write(retention, ['a'], '1'))
      expect(thrown).to.include({ code: 'OUTCOME_UNKNOWN' })
      expect(thrown.message).to.include('kafka01')
      expect(brokers[1].asked).to.deep.equal([])
    }
  })

  it('sends a write to the next broker when the first cannot be reached at all', async () => {
    const refused = () =>
      Writer.create()
        .appendInt32(0)
        .appendArray(['a'], (writer, name) =>
          writer.appendInt16(40).appendString('no good').appendInt8(2).appendString(name),
        )
        .appendTaggedFields()
    await using world = await connect([{}, { scripts: { [apiKeys.alterConfigs]: refused } }])
    await world.brokers[0][Symbol.asyncDispose]()
    const thrown = await failureOf(world.kafka.settings.write(retention, ['a'], '1'))
    expect(thrown).to.include({ code: 'CLUSTER_REJECTED' })
    expect(thrown.message).to.equal('retention.ms of a was left as it is: no good (INVALID_CONFIG)')
  })

  it('refuses a broker of another cluster, whether the inventory or the first answer says which', async () => {
    await using told = await connect([{ clusterId: 'another' }], { clusterId: 'a-cluster' })
    const thrown = await failureOf(told.kafka.identity())
    expect(thrown).to.include({ code: 'CLUSTER_OTHER' })
    expect(thrown.message).to.include('kafka01').and.to.include('another')
    const hangsUp = { scripts: { [apiKeys.quorum]: () => 'close' as const } }
    await using found = await connect([hangsUp, { clusterId: 'another' }])
    expect(await failureOf(found.kafka.quorum())).to.include({ code: 'CLUSTER_OTHER' })
    const endpoints = await found.kafka.endpoints()
    expect(endpoints.map(({ identity }) => identity?.clusterId)).to.deep.equal(['a-cluster', 'another'])
  })

  it('says that a broker is too old before anything is sent to it', async () => {
    await using world = await connect([{ lacks: [apiKeys.quorum] }])
    const thrown = await failureOf(world.kafka.quorum())
    expect(thrown).to.include({ code: 'UNSUPPORTED' })
    expect(thrown.message).to.include('DescribeQuorum')
    expect(world.brokers[0].asked).to.deep.equal([])
  })

  it('says what a user may not do, without asking everybody', async () => {
    const scripts = { [apiKeys.quorum]: () => sayQuorum(31) }
    await using world = await connect([{ scripts }, { scripts }])
    const thrown = await failureOf(world.kafka.quorum())
    expect(thrown).to.include({ code: 'CLUSTER_FORBIDDEN' })
    expect(world.brokers[1].asked).to.deep.equal([])
  })

  it('measures voters by the clock and the log of their leader', async () => {
    await using world = await connect([{ scripts: { [apiKeys.quorum]: () => sayQuorum(0) } }])
    expect(await world.kafka.quorum()).to.deep.equal({
      leader: 2,
      epoch: 7,
      voters: [
        { id: 1, logEndOffset: 90, lag: 10, caughtUpMsAgo: 4000 },
        { id: 2, logEndOffset: 100, lag: 0, caughtUpMsAgo: 0 },
        { id: 3, logEndOffset: -1, lag: 100, caughtUpMsAgo: null },
      ],
    })
  })

  it('takes a partition without a leader for what it is, not for an error', async () => {
    const leaderless = 5
    const ids = (writer: Writer, values: readonly number[]) =>
      writer.appendArray([...values], (inner, id) => inner.appendInt32(id), true, false)
    const topics = (writer: Writer) =>
      writer.appendArray(['a'], (topic, name) => {
        topic.appendInt16(0).appendString(name).appendUUID(null).appendBoolean(false)
        topic.appendArray([0], inner => {
          inner.appendInt16(leaderless).appendInt32(0).appendInt32(-1).appendInt32(3)
          ids(ids(ids(inner, [1, 2]), [2]), [2])
        })
        topic.appendInt32(0)
      })
    await using world = await connect([{ topics }])
    expect(await world.kafka.partitions()).to.deep.equal([
      { topic: 'a', partition: 0, leader: null, replicas: [1, 2], isr: [2], offline: [2], internal: false },
    ])
  })

  it('names a disk that a broker has given up, and sizes that it does not know', async () => {
    const answer = () =>
      Writer.create()
        .appendInt32(0)
        .appendInt16(0)
        .appendArray(['/a', '/b'], (writer, path) => {
          writer.appendInt16(path === '/a' ? 56 : 0).appendString(path)
          writer
            .appendArray([], () => {})
            .appendInt64(-1n)
            .appendInt64(-1n)
        })
        .appendTaggedFields()
    await using world = await connect([{ scripts: { [apiKeys.describeLogDirs]: answer } }])
    const dirs = await world.kafka.logDirs([1])
    const unknown = { broker: 1, totalBytes: null, usableBytes: null, replicas: [] }
    expect(dirs).to.deep.equal([
      { ...unknown, path: '/a', problem: 'KAFKA_STORAGE_ERROR' },
      { ...unknown, path: '/b', problem: null },
    ])
  })
})
