// What every KafkaPort promises. It runs on the fake and on three real brokers, so it waits for nothing longer than a broker
// takes, and cleans up whatever it makes.
import { expect } from 'chai'
import { toOpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { KafkaPort, PartitionState, Quorum } from '../../../src/ports/kafka.ts'
import type { SettingsPort } from '../../../src/ports/settings.ts'

export interface KafkaUnderTest {
  readonly kafka: KafkaPort & { readonly settings: SettingsPort }
  readonly clock: Clock
  readonly clusterId: string
  /** Three, in the order of their ids. */
  readonly brokers: readonly { readonly name: string; readonly id: number }[]
  stopBroker(name: string): Promise<void>
  startBroker(name: string): Promise<void>
  /** Copies on all three brokers; partition n prefers broker n + 1, and so on round. */
  createTopic(
    name: string,
    topic: { readonly partitions: number; readonly configs?: Readonly<Record<string, string>> },
  ): Promise<void>
  deleteTopic(name: string): Promise<void>
  /** Records of 1000 bytes that do not compress. */
  produce(topic: string, partition: number, records: number): Promise<void>
  /** A member of a group that reads a topic; it leaves when the function that comes back is called. */
  join(group: string, topic: string): Promise<() => Promise<void>>
}

const retention = { kind: 'kafka.topic', name: 'retention.ms' }
const minInsync = { kind: 'kafka.topic', name: 'min.insync.replicas' }
const rate = { kind: 'kafka.broker', name: 'follower.replication.throttled.rate' }
const throttled = { kind: 'kafka.topic', name: 'follower.replication.throttled.replicas' }

const topic = 'contract-a'

export function describeKafkaPort(label: string, connect: () => Promise<KafkaUnderTest>): void {
  describe(`KafkaPort on ${label}`, () => {
    let world: KafkaUnderTest
    let kafka: KafkaUnderTest['kafka']
    let ids: number[]

    const partitionsOf = async (name: string): Promise<PartitionState[]> =>
      (await kafka.partitions()).filter(one => one.topic === name)
    const inSync = async (name: string, count: number): Promise<boolean> => {
      const found = await partitionsOf(name)
      return found.length === count && found.every(({ isr, replicas }) => isr.length === replicas.length)
    }
    const until = async (what: string, holds: () => Promise<unknown>): Promise<void> => {
      for (let tries = 0; tries < 600; tries++) {
        if (await holds()) return
        await world.clock.sleep(100)
      }
      expect.fail(`never happened: ${what}`)
    }
    /** Nothing where the brokers say that it passes by itself. */
    const unlessBusy = <T>(call: Promise<T>): Promise<T | undefined> =>
      call.catch((thrown: unknown) => {
        if (toOpsError(thrown).code !== 'CLUSTER_BUSY') throw thrown
        return undefined
      })
    const codeOf = async (call: Promise<unknown>): Promise<string> => {
      const thrown = await call.then(
        () => null,
        error => error,
      )
      if (thrown === null) return expect.fail('nothing was thrown')
      return toOpsError(thrown).code
    }

    before(async () => {
      world = await connect()
      kafka = world.kafka
      ids = world.brokers.map(({ id }) => id)
      await world.createTopic(topic, { partitions: 3, configs: { 'min.insync.replicas': '2' } })
      await until('the topic is there', () => inSync(topic, 3))
    })

    after(async () => {
      await world?.deleteTopic(topic)
    })

    describe('who it is', () => {
      it('says which cluster it is and who is registered, with racks', async () => {
        const { clusterId, brokers } = await kafka.identity()
        expect(clusterId).to.equal(world.clusterId)
        expect(brokers.map(({ id }) => id)).to.deep.equal(ids)
        expect(new Set(brokers.map(({ rack }) => rack)).size).to.equal(3)
      })

      it('asks every address by itself', async () => {
        const endpoints = await kafka.endpoints()
        expect(endpoints.map(({ host }) => host)).to.deep.equal(world.brokers.map(({ name }) => name))
        for (const { identity, problem, address } of endpoints) {
          expect(problem).to.equal(null)
          expect(identity?.clusterId).to.equal(world.clusterId)
          expect(address).to.match(/:\d+$/)
        }
      })

      it('knows the leader of the controllers and how far behind the others are', async () => {
        let found: Quorum | undefined
        // A leader that has just been elected knows nothing of a voter that has not fetched from it yet.
        await until('every voter has fetched from a leader', async () => {
          found = await unlessBusy(kafka.quorum())
          return found?.voters.every(({ caughtUpMsAgo }) => caughtUpMsAgo !== null)
        })
        const { leader, epoch, voters } = found ?? expect.fail('no quorum')
        expect(ids).to.include(leader)
        expect(epoch).to.be.at.least(1)
        expect(voters.map(({ id }) => id)).to.deep.equal(ids)
        for (const { lag, caughtUpMsAgo } of voters) {
          expect(lag).to.be.within(0, 100)
          expect(caughtUpMsAgo).to.be.within(0, 10_000)
        }
      })
    })

    describe('partitions', () => {
      it('has a leader among the copies in sync, the preferred one first', async () => {
        const found = await partitionsOf(topic)
        expect(found.map(({ partition }) => partition)).to.deep.equal([0, 1, 2])
        for (const { leader, replicas, isr, offline, internal } of found) {
          expect(isr).to.include(leader)
          expect([...replicas].sort()).to.deep.equal(ids)
          expect(offline).to.deep.equal([])
          expect(internal).to.equal(false)
        }
        expect(found.map(({ replicas }) => replicas[0])).to.deep.equal(ids)
      })

      it('accepts an election where the preferred broker leads, and says why for one that is not there', async () => {
        const answers = await kafka.electPreferred([
          { topic, partition: 0 },
          { topic: 'contract-nowhere', partition: 0 },
        ])
        expect(answers[0]).to.deep.equal({ topic, partition: 0, problem: null })
        expect(answers[1]?.problem).to.include('UNKNOWN_TOPIC_OR_PARTITION')
      })

      it('says where logs begin and end, and reads the newest records without a group', async () => {
        await world.produce(topic, 0, 20)
        await until('the end moves', async () => (await kafka.ranges([topic]))[0]?.end === 20)
        const ranges = await kafka.ranges([topic])
        expect(ranges.map(({ partition, start }) => [partition, start])).to.deep.equal([
          [0, 0],
          [1, 0],
          [2, 0],
        ])
        const sample = await kafka.sample(topic, 5)
        expect(sample.map(({ offset }) => offset)).to.deep.equal([15, 16, 17, 18, 19])
        for (const { partition, key, bytes, timestampMs } of sample) {
          expect([partition, key, bytes]).to.deep.equal([0, null, 1000])
          expect(timestampMs).to.be.greaterThan(Date.parse('2020-01-01'))
        }
        expect(await codeOf(kafka.ranges(['contract-nowhere']))).to.equal('CLUSTER_REJECTED')
      })

      it('says which record is the first one not older than a time, and the end where there is none', async () => {
        const offsets = async (atMs: number) =>
          (await kafka.offsetsAt(topic, atMs)).map(({ partition, offset }) => [partition, offset])
        const [{ timestampMs } = expect.fail('no record')] = await kafka.sample(topic, 1)
        const sinceTheLast = (await offsets(timestampMs))[0]?.[1] ?? 0
        expect(sinceTheLast).to.be.within(0, 19)
        const untold = [
          [1, 0],
          [2, 0],
        ]
        expect(await offsets(Date.parse('2000-01-01'))).to.deep.equal([[0, 0], ...untold])
        expect(await offsets(Date.parse('2100-01-01'))).to.deep.equal([[0, 20], ...untold])
        expect(await codeOf(kafka.offsetsAt('contract-nowhere', 0))).to.equal('CLUSTER_REJECTED')
      })

      it('knows what lies on the disks', async () => {
        const dirs = await kafka.logDirs([...ids, 99])
        expect(dirs.map(({ broker }) => broker)).to.deep.equal(ids)
        for (const { problem, totalBytes, usableBytes, replicas } of dirs) {
          expect(problem).to.equal(null)
          expect(totalBytes).to.be.greaterThan(usableBytes ?? 0)
          const own = replicas.filter(one => one.topic === topic)
          expect(own.map(({ partition }) => partition).sort()).to.deep.equal([0, 1, 2])
          expect(own.find(({ partition }) => partition === 0)?.bytes).to.be.within(10_000, 30_000)
        }
      })
    })

    describe('settings', () => {
      it('says where a value comes from', async () => {
        const configs = (await kafka.topicConfigs([topic])).get(topic)
        expect(configs?.get('min.insync.replicas')).to.deep.equal({ value: '2', source: 'topic' })
        expect(configs?.get('cleanup.policy')).to.deep.equal({ value: 'delete', source: 'default' })
        const broker = (await kafka.brokerConfigs([1, 99])).get(1)
        expect(broker?.get('process.roles')).to.deep.equal({ value: 'broker,controller', source: 'static' })
        expect(broker?.get('controlled.shutdown.enable')?.value).to.equal('true')
        expect(await codeOf(kafka.topicConfigs(['contract-nowhere']))).to.equal('CLUSTER_REJECTED')
      })

      it('sets, reads and unsets one setting of a topic, and leaves the others alone', async () => {
        const names = [topic, 'contract-nowhere']
        expect([...(await kafka.settings.read(retention, names))]).to.deep.equal([[topic, null]])
        await kafka.settings.write(retention, names, '7200000')
        expect([...(await kafka.settings.read(retention, names))]).to.deep.equal([[topic, '7200000']])
        expect([...(await kafka.settings.read(minInsync, [topic]))]).to.deep.equal([[topic, '2']])
        await kafka.settings.write(retention, names, null)
        expect([...(await kafka.settings.read(retention, names))]).to.deep.equal([[topic, null]])
        const configs = (await kafka.topicConfigs([topic])).get(topic)
        expect(configs?.get('retention.ms')?.source).to.equal('default')
        expect(configs?.get('min.insync.replicas')).to.deep.equal({ value: '2', source: 'topic' })
      })

      it('sets, reads and unsets one setting of a broker, and no other broker has it', async () => {
        expect([...(await kafka.settings.read(rate, ['1', '2', '99']))]).to.deep.equal([
          ['1', null],
          ['2', null],
        ])
        await kafka.settings.write(rate, ['1', '99'], '5000000')
        expect([...(await kafka.settings.read(rate, ['1', '2']))]).to.deep.equal([
          ['1', '5000000'],
          ['2', null],
        ])
        const entry = (await kafka.brokerConfigs([1])).get(1)?.get(rate.name)
        expect(entry).to.deep.equal({ value: '5000000', source: 'dynamic-broker' })
        await kafka.settings.write(rate, ['1'], null)
        expect([...(await kafka.settings.read(rate, ['1']))]).to.deep.equal([['1', null]])
      })

      it('refuses what is no setting, and never takes the default of all brokers for one', async () => {
        const wrong = { kind: 'kafka.topic', name: 'no.such.setting' }
        expect(await codeOf(kafka.settings.write(wrong, [topic], 'x'))).to.equal('CLUSTER_REJECTED')
        const fixed = { kind: 'kafka.broker', name: 'node.id' }
        expect(await codeOf(kafka.settings.write(fixed, ['1'], '7'))).to.equal('CLUSTER_REJECTED')
        expect(await codeOf(kafka.settings.write(rate, [''], '1'))).to.equal('BUG')
        expect(await codeOf(kafka.settings.read({ kind: 'kafka.user', name: 'x' }, ['y']))).to.equal('BUG')
      })
    })

    describe('more partitions', () => {
      const grown = 'contract-grown'
      before(async () => {
        await world.createTopic(grown, { partitions: 2 })
        await until('the topic is there', () => inSync(grown, 2))
      })
      after(() => world.deleteTopic(grown))
      const grow = (total: number, assignments: number[][], validateOnly: boolean) =>
        kafka.createPartitions(grown, { total, assignments, validateOnly })

      it('changes nothing when it is only to be validated', async () => {
        await grow(4, [ids, [...ids].reverse()], true)
        expect((await partitionsOf(grown)).length).to.equal(2)
      })

      it('refuses fewer partitions, as many as there are, a broker that is not there, and an unknown topic', async () => {
        for (const [total, assignments] of [
          [1, []],
          [2, []],
          [3, [[1, 2, 99]]],
        ] as const) {
          const asked = grow(total, assignments as unknown as number[][], true)
          expect(await codeOf(asked), `${total}`).to.equal('CLUSTER_REJECTED')
        }
        const unknown = kafka.createPartitions('contract-nowhere', {
          total: 3,
          assignments: [ids],
          validateOnly: true,
        })
        expect(await codeOf(unknown)).to.equal('CLUSTER_REJECTED')
        expect((await partitionsOf(grown)).length).to.equal(2)
      })

      it('places the new partitions where it was told to', async () => {
        await grow(4, [ids, [...ids].reverse()], false)
        await until('they are there', () => inSync(grown, 4))
        const [, , third, fourth] = await partitionsOf(grown)
        expect(third?.replicas).to.deep.equal(ids)
        expect(fourth?.replicas).to.deep.equal([...ids].reverse())
      })
    })

    describe('moves', () => {
      const moved = 'contract-moved'
      before(async () => {
        await world.createTopic(moved, { partitions: 2 })
        await until('the topic is there', () => inSync(moved, 2))
        await world.produce(moved, 0, 400)
        await world.produce(moved, 1, 20)
      })
      after(() => world.deleteTopic(moved))
      const move = async (replicas: readonly number[] | null, partition = 0) =>
        (await kafka.reassign([{ topic: moved, partition, replicas }]))[0]?.problem
      const settled = async (replicas: readonly number[], partition = 0): Promise<boolean> => {
        const found = (await partitionsOf(moved))[partition]
        return (
          (await kafka.reassignments()).length === 0 &&
          String(found?.replicas) === String(replicas) &&
          found?.isr.length === replicas.length
        )
      }

      it('takes a copy away', async () => {
        expect(await move([1, 2])).to.equal(null)
        await until('it has moved', () => settled([1, 2]))
      })

      it('says why where nothing is to be cancelled, and where a broker is not there', async () => {
        expect(await move(null)).to.include('NO_REASSIGNMENT_IN_PROGRESS')
        expect(await move([1, 99])).to.include('INVALID_REPLICA_ASSIGNMENT')
      })

      it('lists a move that a throttle holds back, cancels it, and leaves nothing half-moved', async () => {
        expect(await move([2, 1], 1)).to.equal(null)
        await until('another copy is away', () => settled([2, 1], 1))
        await kafka.settings.write(throttled, [moved], '0:3,1:3')
        await kafka.settings.write(rate, ['3'], '1000')
        // The first records to come are never held back: they use up the rate for the ten seconds over which it is measured.
        expect(await move([2, 1, 3], 1)).to.equal(null)
        await until('the rate is used up', () => settled([2, 1, 3], 1))
        expect(await move([3, 2])).to.equal(null)
        const running = await kafka.reassignments()
        expect(running).to.deep.equal([
          { topic: moved, partition: 0, replicas: [3, 2, 1], adding: [3], removing: [1] },
        ])
        expect(await move(null)).to.equal(null)
        // In another order than before: whoever wants that one has to ask for it.
        await until('it is back', () => settled([2, 1]))
        expect(await move([1, 2])).to.equal(null)
        await until('the first one is first again', () => settled([1, 2]))
        await kafka.settings.write(rate, ['3'], null)
        await kafka.settings.write(throttled, [moved], null)
        expect([...(await kafka.settings.read(throttled, [moved]))]).to.deep.equal([[moved, null]])
      })

      it('adds the copy, and takes in all that is in the log', async () => {
        expect(await move([1, 2, 3])).to.equal(null)
        await until('it has moved', () => settled([1, 2, 3]))
        await until('the bytes are there', async () => {
          const [dir] = await kafka.logDirs([3])
          const copy = dir?.replicas.find(one => one.topic === moved && one.partition === 0)
          return (copy?.bytes ?? 0) > 300_000
        })
      })
    })

    describe('groups', () => {
      const group = 'contract-group'
      const at = (offset: number) => [{ topic, partition: 0, offset }]

      it('sees a live member and what it reads, and refuses to set its offsets', async () => {
        const leave = await world.join(group, topic)
        try {
          await until('it is stable', async () => {
            const found = (await kafka.groups()).find(one => one.group === group)
            return found?.state === 'Stable' && found.members.some(({ assigned }) => assigned.length === 3)
          })
          const found = (await kafka.groups()).find(one => one.group === group)
          expect(found?.members.length).to.equal(1)
          expect(found?.members[0]?.assigned.map(one => one.partition).sort()).to.deep.equal([0, 1, 2])
          expect(found?.members[0]?.clientId).to.be.a('string')
          expect(await codeOf(kafka.commitOffsets(group, at(3)))).to.equal('CLUSTER_REJECTED')
        } finally {
          await leave()
        }
      })

      it('sets the offsets of a group without members, and says which partitions have none', async () => {
        await until('it is empty', async () => {
          const found = (await kafka.groups()).find(one => one.group === group)
          return found === undefined || found.members.length === 0
        })
        const other = `${group}-new`
        // Its coordinator is another broker, which loads its share of all offsets first.
        await until('they are taken', () => unlessBusy(kafka.commitOffsets(other, at(3)).then(() => true)))
        const committed = await kafka.committed(other)
        expect(committed.map(({ partition, offset }) => [partition, offset])).to.deep.equal([
          [0, 3],
          [1, null],
          [2, null],
        ])
        expect(await kafka.committed('contract-group-unknown')).to.deep.equal([])
      })
    })

    describe('the canary', () => {
      after(async () => {
        await kafka.removeCanary()
      })

      it('writes to each broker and reads back, twice, and is removed', async () => {
        for (const id of ['one', 'two']) {
          const found = await kafka.canary(id, ids)
          expect([...found.keys()]).to.deep.equal(ids)
          for (const ms of found.values()) expect(ms).to.be.within(0, 10_000)
        }
        expect((await partitionsOf('ops-canary')).length).to.equal(3)
        await kafka.removeCanary()
        await until('it is gone', async () => (await partitionsOf('ops-canary')).length === 0)
        await kafka.removeCanary()
      })
    })

    describe('while a broker is down', () => {
      let down: { readonly name: string; readonly id: number }
      before(async () => {
        const { leader } = await kafka.quorum()
        down = world.brokers.find(({ id }) => id !== leader) ?? expect.fail('no broker')
        await kafka.canary('before', ids)
        await world.stopBroker(down.name)
        await until('the cluster has noticed', async () => (await kafka.identity()).brokers.length === 2)
      })
      after(() => kafka.removeCanary())

      it('answers from the others, without it', async () => {
        const found = await partitionsOf(topic)
        for (const { isr, offline, leader } of found) {
          expect(isr).not.to.include(down.id)
          expect(offline).to.deep.equal([down.id])
          expect(leader).not.to.equal(down.id)
        }
        expect((await kafka.logDirs(ids)).map(({ broker }) => broker)).not.to.include(down.id)
        expect([...(await kafka.brokerConfigs(ids)).keys()]).not.to.include(down.id)
        const endpoint = (await kafka.endpoints()).find(({ host }) => host === down.name)
        expect(endpoint?.identity).to.equal(null)
        expect(endpoint?.problem).to.match(/refused/i)
        const voter = (await kafka.quorum()).voters.find(({ id }) => id === down.id)
        expect(voter?.caughtUpMsAgo).not.to.equal(undefined)
      })

      it('writes on, and says so where only that broker would do', async () => {
        await kafka.settings.write(retention, [topic], '7200000')
        await kafka.settings.write(retention, [topic], null)
        const own = [String(down.id)]
        expect(await codeOf(kafka.settings.read(rate, own))).to.equal('CLUSTER_UNREACHABLE')
        expect(await codeOf(kafka.settings.write(rate, own, '1'))).to.equal('CLUSTER_UNREACHABLE')
        const others = ids.filter(id => id !== down.id)
        expect([...(await kafka.canary('during', others)).keys()]).to.deep.equal(others)
        expect(await codeOf(kafka.canary('during', [down.id]))).to.equal('CLUSTER_BUSY')
        const [answer] = await kafka.electPreferred([{ topic, partition: ids.indexOf(down.id) }])
        expect(answer?.problem).to.include('PREFERRED_LEADER_NOT_AVAILABLE')
      })

      it('has it back in sync after its start, and leading again after an election', async () => {
        await world.startBroker(down.name)
        await until('it is registered', async () => (await kafka.identity()).brokers.length === 3)
        await until('all copies are in sync', () => inSync(topic, 3))
        const moved = (await partitionsOf(topic)).filter(({ leader, replicas }) => leader !== replicas[0])
        expect(moved.length).to.equal(1)
        const answers = await kafka.electPreferred(moved)
        expect(answers.map(({ problem }) => problem)).to.deep.equal([null])
        await until('it leads', async () =>
          (await partitionsOf(topic)).every(({ leader, replicas }) => leader === replicas[0]),
        )
        expect([...(await kafka.canary('after', ids)).keys()]).to.deep.equal(ids)
      })
    })
  })
}
