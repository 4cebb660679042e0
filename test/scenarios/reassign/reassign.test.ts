// Reassign on fake brokers: drained, added, unbalanced, raised; interrupted, aborted, stopped, and killed at every record.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeKafkaOptions } from '../../support/fake-kafka/fake-kafka.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  begin,
  carryOn,
  chunksOf,
  expectTidy,
  expectWhole,
  type KafkaWorld,
  planOn,
  remarksOf,
  replicasOf,
  run,
  settingsOf,
} from './world.ts'

const gib = 2 ** 30
const pairs = { replicationFactor: 2, minInsync: 1 }
/** Small enough that a chunk takes seconds. */
const small: FakeKafkaOptions = {
  ...pairs,
  topics: [
    { name: 'raw-logs', partitions: 6, replicationFactor: 2, recordsPerSecond: 60, bytes: 2 ** 24 },
    { name: 'audit', partitions: 2, replicationFactor: 2, recordsPerSecond: 4, bytes: 2 ** 22 },
  ],
  groups: [],
}
const fourth = (options: FakeKafkaOptions): FakeKafkaOptions => ({
  ...options,
  brokers: ['kafka01', 'kafka02', 'kafka03', 'kafka04'].map(name => ({ name })),
})

/** Four brokers, the last of which has nothing yet. */
const beginWithEmpty = (options: FakeKafkaOptions): KafkaWorld =>
  begin(fourth(options), state => {
    for (const { partitions } of state.topics)
      for (const partition of partitions) {
        const others = [1, 2, 3].filter(id => !partition.replicas.includes(id))
        const replicas = partition.replicas.map(id => (id === 4 ? (others.shift() ?? 1) : id))
        const holds = Object.fromEntries(replicas.map(id => [id, partition.end]))
        Object.assign(partition, { replicas, isr: [...replicas], leader: replicas[0], holds })
      }
  })

const heldBy = (world: KafkaWorld, id: number): string[] =>
  Object.entries(replicasOf(world.kafka)).flatMap(([name, ids]) => (ids.includes(id) ? [name] : []))

describe('reassign', () => {
  it('drains a broker under writes: it holds nothing, leaders are fair, throttles are gone', async () => {
    const world = begin(pairs, state => {
      for (const { partitions } of state.topics)
        for (const partition of partitions)
          if (partition.replicas.length > 2) {
            partition.replicas = partition.replicas.slice(0, 2)
            partition.isr = [...partition.replicas]
          }
    })
    const before = settingsOf(world.kafka)
    expect(await run(world.world.begin(), { drain: 'kafka02' })).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expectTidy(world, before)
    expectWhole(world)
    expect((await remarksOf(world)).join('\n')).to.match(
      /kafka02 \(2\): 0 B, 0 replicas, 0 leaders; it may be stopped/,
    )
  })

  it('fills an added broker, within five per cent of the lower bound', async () => {
    const world = beginWithEmpty({ ...pairs })
    const { body } = await planOn(world.world.begin(), { add: 'kafka04' })
    expect(body.notes.join('\n')).to.match(/are copied; no plan that ends as well can do with less than/)
    const before = settingsOf(world.kafka)
    expect(await run(world.world.begin(), { add: 'kafka04' })).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 4)).to.have.length.greaterThan(6)
    expectTidy(world, before)
    expectWhole(world)
  })

  it('raises the copies of one topic and leaves the others alone', async () => {
    const world = begin(small)
    const before = replicasOf(world.kafka)
    const settings = settingsOf(world.kafka)
    expect(await run(world.world.begin(), { raiseRf: 3, topic: 'raw-logs' })).to.include({
      outcome: 'succeeded',
    })
    for (const [name, ids] of Object.entries(replicasOf(world.kafka)))
      expect(ids, name).to.have.length(name.startsWith('raw') ? 3 : (before[name]?.length ?? 0))
    expectTidy(world, settings)
    expectWhole(world)
  })

  it('moves nothing where everything is balanced, and says so', async () => {
    const world = begin()
    const { body } = await planOn(world.world.begin(), { rebalance: true, within: '20%' })
    expect(body.effects).to.deep.equal([])
    expect(body.notes).to.deep.equal(['everything is where it should be: nothing would move'])
    expect(await run(world.world.begin(), { rebalance: true, within: '20%' })).to.include({
      outcome: 'succeeded',
    })
  })

  it('moves no more partitions of a broker at a time than the batch allows, to begin with', async () => {
    const world = beginWithEmpty({ ...pairs })
    const end = await run(world.world.begin(), { add: 'kafka04', batch: 1, throttle: '1GB' })
    expect(end).to.include({ outcome: 'succeeded' })
    const chunks = await chunksOf(world)
    expect(chunks[0]?.moves).to.have.length(1)
    expect(chunks.map(({ perBroker }) => perBroker).slice(0, 3)).to.deep.equal([1, 2, 3])
  })

  it('throttles above what is written, so that copies catch up', async () => {
    const world = begin({
      ...pairs,
      topics: [
        { name: 'raw-logs', partitions: 3, replicationFactor: 2, recordsPerSecond: 90_000, bytes: gib },
      ],
      groups: [],
    })
    const end = await run(world.world.begin(), { raiseRf: 3, topic: 'raw-logs', throttle: '1MB' })
    expect(end).to.include({ outcome: 'succeeded' })
    const rates = (await world.world.journal.read('run-1'))
      .filter(({ type, name }) => type === 'setting.intent' && /rate$/.test(String(name)))
      .map(({ value }) => Number(value))
    expect(Math.min(...rates)).to.be.greaterThan(1_000_000)
  })

  it('keeps what others throttle on a topic, when that is waived', async () => {
    const world = begin(small, state => {
      for (const topic of state.topics) topic.configs['leader.replication.throttled.replicas'] = '99:7'
    })
    const before = settingsOf(world.kafka)
    const waivers = new Map([['no_foreign_throttle_is_set', 'known']])
    const end = await run(world.world.begin(), { drain: 'kafka02' }, waivers)
    expect(end).to.include({ outcome: 'succeeded' })
    expectTidy(world, before)
  })

  it('is refused while somebody else moves partitions, and touches nothing', async () => {
    const world = begin()
    world.kafka.spoil('reassignmentRunning')
    const error = failureOf(await run(world.world.begin(), { rebalance: true }))
    expect(error).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
    expect(error.message).to.include('no_reassignment_is_running')
  })

  it('names the broker that no inventory knows', async () => {
    const error = await planOn(begin().world.begin(), { drain: 'kafka09' }).catch(thrown => thrown)
    expect(error).to.include({ code: 'NO_HOSTS_MATCHED' })
  })

  it('takes back what is under way when it is interrupted, and goes on from there', async () => {
    const world = begin(small)
    const [before, settings] = [replicasOf(world.kafka), settingsOf(world.kafka)]
    const first = world.world.begin()
    const ended = run(first, { drain: 'kafka02', throttle: '100KB' })
    await untilMoving(world)
    first.control.halt('interrupt')
    expect(await ended).to.include({ outcome: 'interrupted', exitCode: 130 })
    expectTidy(world, settings)
    expect(replicasOf(world.kafka)).to.deep.equal(before)
    expect(await carryOn(world.world.begin())).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expectTidy(world, settings)
    expectWhole(world)
  })

  it('stops, takes back what is under way and exits 4 when a broker leaves', async () => {
    const world = begin({ ...small, brokers: 4 })
    const first = world.world.begin()
    const ended = run(first, { drain: 'kafka02', throttle: '100KB' })
    await untilMoving(world)
    world.kafka.act({ do: 'kill-broker', broker: 'kafka04' })
    const error = failureOf(await ended)
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.include('broker_left: kafka04')
    expect(moving(world)).to.equal(0)
  })

  it('empties a broker that is gone for good, where that is waived', async () => {
    const world = begin({ ...small, brokers: 4 }, state => {
      const broker = state.brokers.find(({ name }) => name === 'kafka02')
      Object.assign(broker ?? {}, { running: false, registered: false })
      for (const { partitions } of state.topics)
        for (const partition of partitions) {
          partition.isr = partition.isr.filter(id => id !== 2)
          if (partition.leader === 2) partition.leader = partition.isr[0] ?? null
        }
    })
    const settings = settingsOf(world.kafka)
    const waivers = new Map(
      ['every_broker_of_the_inventory_is_registered', 'every_partition_is_in_sync'].map(
        gate => [gate, 'its machine burnt down'] as const,
      ),
    )
    const end = await run(world.world.begin(), { drain: 'kafka02' }, waivers)
    expect(end).to.include({ outcome: 'waiting' })
    await approveRun(world.world.begin({ actor: 'bert' }).engine, 'run-1')
    expect(await carryOn(world.world.begin())).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expectTidy(world, settings)
    expectWhole(world)
  })

  it('copies nothing to a broker that is away, where that is waived', async () => {
    const world = begin({ ...small, brokers: 5 }, state => {
      const broker = state.brokers.find(({ name }) => name === 'kafka05')
      Object.assign(broker ?? {}, { running: false, registered: false })
      for (const { partitions } of state.topics)
        for (const partition of partitions) {
          const others = [1, 3, 4].filter(id => !partition.replicas.includes(id))
          partition.replicas = partition.replicas.map(id => (id === 5 ? (others[0] ?? 1) : id))
          Object.assign(partition, { isr: [...partition.replicas], leader: partition.replicas[0] })
          partition.holds = Object.fromEntries(partition.replicas.map(id => [id, partition.end]))
        }
    })
    const waivers = new Map([['every_broker_of_the_inventory_is_registered', 'its machine burnt down']])
    const end = await run(world.world.begin(), { drain: 'kafka02' }, waivers)
    expect(end).to.include({ outcome: 'succeeded' })
    expect(heldBy(world, 2)).to.deep.equal([])
    expect(heldBy(world, 5)).to.deep.equal([])
  })

  it('moves fewer at a time while somebody else falls behind', async () => {
    const world = beginWithEmpty({ ...pairs })
    const ended = run(world.world.begin(), { add: 'kafka04', batch: 4 })
    await untilMoving(world)
    world.kafka.act({ do: 'flap', broker: 'kafka03', everyMs: 6000, awayMs: 3000 })
    const chunks = await ended.then(() => chunksOf(world))
    expect(chunks.map(({ perBroker }) => perBroker).slice(0, 2)).to.deep.equal([4, 2])
  })

  it('stops and takes back copies that come no nearer', async () => {
    const world = begin(small, state => {
      state.copyBytesPerSecond = 1
    })
    const settings = settingsOf(world.kafka)
    const error = failureOf(await run(world.world.begin(), { drain: 'kafka02', stall: '1m' }))
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(moving(world)).to.equal(0)
    expect(settingsOf(world.kafka)).to.equal(settings)
  })

  for (const [name, params] of [
    ['drain', { drain: 'kafka02' }],
    ['raise', { raiseRf: 3, topic: 'raw-logs', batch: 2 }],
  ] as const) {
    it(`killed at any journal record it is carried on to the same end (${name})`, async function () {
      this.timeout(240_000)
      const whole = begin(small)
      const settings = settingsOf(whole.kafka)
      const process = whole.world.begin()
      expect(await run(process, params)).to.include({ outcome: 'succeeded' })
      const wanted = replicasOf(whole.kafka)
      const failures: string[] = []
      for (let record = 1; record <= process.life.appends; record++)
        for (const when of ['before', 'after'] as const)
          for (const mode of ['resume', 'abort'] as const)
            await killAndCarryOn({ record, when }, mode, params, wanted, settings).catch(thrown =>
              failures.push(`${mode} after a kill ${when} record ${record}: ${thrown.message}`),
            )
      expect(failures).to.deep.equal([])
    })
  }
})

const moving = ({ kafka }: KafkaWorld): number =>
  kafka.state.topics.flatMap(({ partitions }) => partitions.filter(({ before }) => before !== null)).length

async function untilMoving(world: KafkaWorld): Promise<void> {
  while (moving(world) === 0) await new Promise(setImmediate)
}

async function killAndCarryOn(
  cut: { readonly record: number; readonly when: 'before' | 'after' },
  mode: 'resume' | 'abort',
  params: JsonObject,
  wanted: Readonly<Record<string, readonly number[]>>,
  settings: string,
): Promise<void> {
  const world = begin(small)
  const before = replicasOf(world.kafka)
  expect(await run(world.world.begin({ cut }), params)).to.equal('killed')
  const [begun] = await world.world.journal.runs()
  if (begun?.outcome === 'succeeded') return
  let end: RunEnd | 'killed'
  if (begun === undefined) end = await run(world.world.begin(), params)
  else end = await carryOn(world.world.begin(), mode)
  expectTidy(world, settings)
  if (begun === undefined || mode === 'resume') {
    expect(end).to.include({ outcome: 'succeeded' })
    expect(replicasOf(world.kafka)).to.deep.equal(wanted)
    expectWhole(world)
    return
  }
  expect(end).to.include({ outcome: 'aborted' })
  for (const [name, ids] of Object.entries(replicasOf(world.kafka)))
    expect([before[name]?.join(), wanted[name]?.join()]).to.include(ids.join())
}
