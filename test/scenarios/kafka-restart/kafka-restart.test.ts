// The rolling restart of brokers, on a fake Kafka that takes writes all the while and counts what would be lost.
import { expect } from 'chai'
import type { JournalRecord } from '../../../src/ports/journal.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { carryOn } from '../../support/fake-world/restart.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { type Brokers, begin, expectTidy, restart, settingsOf, startsOf } from './world.ts'

const once = { kafka01: 1, kafka02: 1, kafka03: 1 }
const threeControllersOfSix = Array.from({ length: 6 }, (_, at) => ({
  name: `kafka0${at + 1}`,
  ...(at < 3 ? {} : { static: { 'process.roles': 'broker' } }),
}))
const rackMates = [
  ['kafka01', 'kafka04'],
  ['kafka02', 'kafka05'],
  ['kafka03', 'kafka06'],
] as const
const asThePlatform = { replicationFactor: 2 }

describe('rolling-restart --service kafka', () => {
  it('restarts every broker once, the active controller last, and stops no write', async () => {
    const brokers = begin()
    const { world, kafka } = brokers
    const before = settingsOf(kafka)
    const controller = kafka.state.controller
    expect(await restart(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expect(startsOf(brokers)).to.deep.equal(once)
    await expectTidy(brokers, before)
    expect(kafka.tally.refused).to.equal(0)
    const stops = (await world.journal.read('run-1')).filter(({ type }) => type === 'node.stopped')
    expect(stops.at(-1)?.node).to.equal(kafka.state.brokers.find(({ id }) => id === controller)?.name)
  })

  it('says in the plan what would become of the partitions without each broker', async () => {
    const { world } = begin(asThePlatform)
    const end = failureOf(await restart(world.begin()))
    expect(end).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
    expect(end.message).to.match(/^no_partition_would_refuse_writes: without kafka01: raw-logs-0, raw-logs-/)
    expect(end.message).to.include('--during min-insync=1')
  })

  it('with two copies of which both are needed: refused, and nothing is stopped', async () => {
    const brokers = begin(asThePlatform)
    await restart(brokers.world.begin())
    expect(startsOf(brokers)).to.deep.equal({ kafka01: 0, kafka02: 0, kafka03: 0 })
    expect(brokers.kafka.tally.refused).to.equal(0)
  })

  it('with --during min-insync=1: no write is refused, and the setting is given back', async () => {
    const brokers = begin(asThePlatform)
    const before = settingsOf(brokers.kafka)
    expect(await restart(brokers.world.begin(), { during: 'min-insync=1' })).to.include({
      outcome: 'succeeded',
    })
    expect(startsOf(brokers)).to.deep.equal(once)
    expect(brokers.kafka.tally.refused).to.equal(0)
    await expectTidy(brokers, before)
  })

  it('with --accept-stall: writers wait, nothing is lost, and it is said for how long', async () => {
    const brokers = begin(asThePlatform)
    const { world, kafka } = brokers
    kafka.set({ mayRefuseWrites: true })
    const before = settingsOf(kafka)
    expect(await restart(world.begin(), { acceptStall: true })).to.include({ outcome: 'succeeded' })
    expect(kafka.tally.refused).to.be.greaterThan(0)
    await expectTidy(brokers, before)
    const recovered = (await world.journal.read('run-1')).filter(({ type }) => type === 'node.recovered')
    for (const { outOfSyncSeconds } of recovered) expect(outOfSyncSeconds).to.be.greaterThan(0)
  })

  for (const [active, alone] of [
    [1, ['kafka04', 'kafka01']],
    [2, ['kafka05', 'kafka02']],
    [3, ['kafka06', 'kafka03']],
  ] as const)
    it(`restarts six brokers of three racks a rack at a time, controller ${active} and what begins alone`, async () => {
      const brokers = begin({ brokers: threeControllersOfSix }, state => {
        state.controller = active
      })
      const { world, kafka } = brokers
      const before = settingsOf(kafka)
      expect(await restart(world.begin())).to.include({ outcome: 'succeeded' })
      expect(Object.values(startsOf(brokers))).to.deep.equal([1, 1, 1, 1, 1, 1])
      await expectTidy(brokers, before)
      expect(kafka.tally.refused).to.equal(0)
      const rounds = roundsOf(await world.journal.read('run-1'))
      expect(rounds.filter(round => round.length === 1).flat()).to.deep.equal(alone)
      expect(rounds.filter(round => round.length === 2)).to.have.deep.members(
        rackMates.filter(([, mate]) => mate !== alone[0]),
      )
    })

  it('restarts six brokers that are all controllers one at a time', async () => {
    const brokers = begin({ brokers: 6 })
    expect(await restart(brokers.world.begin())).to.include({ outcome: 'succeeded' })
    expect(Object.values(startsOf(brokers))).to.deep.equal([1, 1, 1, 1, 1, 1])
    expect(brokers.kafka.tally.mostDownAtOnce).to.equal(1)
  })

  it('restarts only the brokers that it is asked for', async () => {
    const brokers = begin()
    expect(await restart(brokers.world.begin(), { limit: 'kafka02' })).to.include({ outcome: 'succeeded' })
    expect(startsOf(brokers)).to.deep.equal({ kafka01: 0, kafka02: 1, kafka03: 0 })
  })

  for (const [moment, victim, stopped] of [
    ['first', 'kafka03', 'kafka02'],
    ['last', 'kafka03', 'kafka01'],
  ] as const)
    it(`stops and says what to type when another broker dies during the ${moment} restart`, async () => {
      const brokers = begin()
      const { world, kafka } = brokers
      kafka.when({ stopped }, { do: 'kill-broker', broker: victim }, 500)
      const end = failureOf(await restart(world.begin()))
      expect(end).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
      expect(end.message).to.include(`${victim} left the cluster and not by this run`)
      expect(end.hint).to.include('ops resume run-1')
      expect(kafka.starts('kafka01') + kafka.starts('kafka02') + kafka.starts('kafka03')).to.equal(
        moment === 'first' ? 1 : 3,
      )
    })

  for (const [world, code] of [
    ['brokerThatRefuses', 'NODE_NOT_BACK'],
    ['brokerThatDies', 'NODE_NOT_BACK'],
    ['brokerThatNeverJoins', 'NODE_NOT_BACK'],
    ['brokerWithEmptyDisk', 'NODE_CHANGED'],
  ] as const)
    it(`names a broker that does not come back as it was (${world}), and touches no other`, async () => {
      const brokers = begin()
      brokers.kafka.spoil(world)
      const end = failureOf(await restart(brokers.world.begin(), { giveUp: '5m', limit: 'kafka01' }))
      expect(end).to.include({ code, exitCode: 4 })
      expect(end.message).to.include('kafka01')
      expect(startsOf(brokers)).to.include({ kafka02: 0, kafka03: 0 })
    })

  for (const [name, options, params] of [
    ['three copies', {}, {}],
    ['two copies and --during min-insync=1', asThePlatform, { during: 'min-insync=1' }],
    ['two of one rack at a time', { brokers: threeControllersOfSix }, {}],
  ] as const)
    it(`killed at any journal record is carried on to the same end (${name})`, async function () {
      this.timeout(240_000)
      const whole = begin(options).world.begin()
      expect(await restart(whole, params)).to.include({ outcome: 'succeeded' })
      const failures: string[] = []
      for (let record = 1; record <= whole.life.appends; record++)
        for (const when of ['before', 'after'] as const)
          await killAndResume(begin(options), params, { record, when }).catch(thrown =>
            failures.push(`killed ${when} record ${record}: ${thrown.message}`),
          )
      expect(failures).to.deep.equal([])
    })
})

/** Brokers that were away together, in the order in which they stopped. */
function roundsOf(records: readonly JournalRecord[]): readonly (readonly string[])[] {
  const away = new Set<string>()
  const rounds: string[][] = []
  for (const { type, node } of records) {
    if (type === 'node.stopped') {
      const round = away.size === 0 ? [] : rounds.pop()
      rounds.push([...(round ?? []), String(node)].sort())
      away.add(String(node))
    }
    if (type === 'node.recovered') away.delete(String(node))
  }
  return rounds
}

async function killAndResume(brokers: Brokers, params: object, cut: Cut): Promise<void> {
  const { world, kafka } = brokers
  const before = settingsOf(kafka)
  expect(await restart(world.begin({ cut }), { ...params })).to.equal('killed')
  const [begun] = await world.journal.runs()
  if (begun?.outcome !== 'succeeded') {
    const process = world.begin()
    const end = begun === undefined ? await restart(process, { ...params }) : await carryOn(process)
    expect(end).to.include({ outcome: 'succeeded' })
  }
  for (const [name, starts] of Object.entries(startsOf(brokers))) expect(starts, name).to.equal(1)
  expect(kafka.tally.refused).to.equal(0)
  await expectTidy(brokers, before)
}
