// What changes while partitions move: producers write more than they did, topics are deleted, metadata leaves out what is there.
import { expect } from 'chai'
import { OpsError } from '../../../src/errors/index.ts'
import type { FakeKafkaOptions } from '../../support/fake-kafka/fake-kafka.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  begin,
  carryOn,
  expectTidy,
  expectWhole,
  type KafkaWorld,
  remarksOf,
  replicasOf,
  run,
  settingsOf,
} from './world.ts'

const small: FakeKafkaOptions = {
  replicationFactor: 2,
  minInsync: 1,
  topics: [
    { name: 'raw-logs', partitions: 6, replicationFactor: 2, recordsPerSecond: 60, bytes: 2 ** 24 },
    { name: 'audit', partitions: 2, replicationFactor: 2, recordsPerSecond: 4, bytes: 2 ** 22 },
  ],
  groups: [],
}
const drain = { drain: 'kafka02', throttle: '100KB', stall: '5m' }

const isMoving = ({ kafka }: KafkaWorld): boolean =>
  kafka.state.topics.some(({ partitions }) => partitions.some(one => one.before !== null))

async function untilMoving(world: KafkaWorld): Promise<void> {
  while (!isMoving(world)) await new Promise(setImmediate)
}

const heldBy = ({ kafka }: KafkaWorld, id: number): string[] =>
  Object.entries(replicasOf(kafka)).flatMap(([name, ids]) => (ids.includes(id) ? [name] : []))

const ratesOf = async ({ world }: KafkaWorld): Promise<number[]> =>
  (await world.journal.read('run-1'))
    .filter(({ type, name }) => type === 'setting.intent' && /rate$/.test(String(name)))
    .map(({ value }) => Number(value))

describe('reassign, while the world changes', () => {
  it('raises the throttle of a chunk when producers begin to write more than it lets through', async () => {
    const world = begin(small)
    const settings = settingsOf(world.kafka)
    const ended = run(world.world.begin(), drain)
    await untilMoving(world)
    world.kafka.act({ do: 'traffic', topic: 'raw-logs', recordsPerSecond: 1200 })
    expect(await ended).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expectTidy(world, settings)
    expectWhole(world)
    expect(Math.max(...(await ratesOf(world)))).to.be.greaterThan(200_000)
  })

  it('takes brokers that do not answer for a moment for no burst of writes', async () => {
    const world = begin(small)
    const read = world.kafka.logDirs
    let looks = 0
    world.kafka.logDirs = async ids => {
      const dirs = await read(ids)
      if (!isMoving(world) || ++looks > 3) return dirs
      // What is left of some partitions is the copy that has just begun.
      return dirs.filter(({ broker }) => broker === 3)
    }
    expect(await run(world.world.begin(), drain)).to.include({ outcome: 'succeeded' })
    expect(looks).to.be.greaterThan(3)
    expect(Math.max(...(await ratesOf(world)))).to.be.below(200_000)
  })

  it('decides the throttle anew when it goes on after an interrupt', async () => {
    const world = begin(small)
    const settings = settingsOf(world.kafka)
    const first = world.world.begin()
    const ended = run(first, drain)
    await untilMoving(world)
    first.control.halt('interrupt')
    expect(await ended).to.include({ outcome: 'interrupted' })
    world.kafka.act({ do: 'traffic', topic: 'raw-logs', recordsPerSecond: 1200 })
    const before = (await ratesOf(world)).length
    expect(await carryOn(world.world.begin())).to.include({ outcome: 'succeeded' })
    expect((await ratesOf(world))[before]).to.be.greaterThan(200_000)
    expectTidy(world, settings)
    expectWhole(world)
  })

  it('waits for a request that was not answered and is carried out a little later, and leaves nothing half moved', async () => {
    const world = begin(small)
    const settings = settingsOf(world.kafka)
    const ask = world.kafka.reassign
    let late: Promise<unknown> = Promise.resolve()
    world.kafka.reassign = async changes => {
      world.kafka.reassign = ask
      late = world.world.clock.sleep(5000).then(() => ask(changes))
      throw new OpsError('OUTCOME_UNKNOWN', { message: 'sent and not answered' })
    }
    expect(await run(world.world.begin(), { ...drain, throttle: '50MB' })).to.include({
      outcome: 'succeeded',
    })
    await late
    expectTidy(world, settings)
    expectWhole(world)
  })

  it('calls nothing done that the metadata leaves out while brokers hold it', async () => {
    const world = begin(small)
    const ended = run(world.world.begin(), drain)
    await untilMoving(world)
    world.kafka.set({ hiddenTopics: ['raw-logs'] })
    const error = failureOf(await ended)
    expect(error).to.include({ code: 'STEP_FAILED' })
    expect(error.message).to.include('the metadata leaves out what brokers hold: raw-logs-')
  })

  it('ends well, and says so, where a topic is deleted while it moves', async () => {
    const world = begin(small)
    const ended = run(world.world.begin(), drain)
    await untilMoving(world)
    world.kafka.act({ do: 'delete-topic', topic: 'raw-logs' })
    expect(await ended).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expect((await remarksOf(world)).join('\n')).to.match(
      /not moved, the metadata has them no more: raw-logs-\d/,
    )
  })
})
