// A run that is told to stop: at a safe point, by a pause, at once, or because another process took it over.
import { expect } from 'chai'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import { makePlan } from '../../../src/engine/plan.ts'
import { startRun } from '../../../src/engine/run.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  carryOn,
  expectClean,
  expectEachRestartedOnce,
  rollingRestart,
  startRestart,
  temporaryThings,
} from '../../support/fake-world/restart.ts'

const begin = () => {
  const world = new FakeWorld()
  return { world, before: temporaryThings(world.cluster.state), first: world.begin() }
}
const twice = new OpsError('INTERRUPTED', { message: 'was stopped at once' })

describe('a run that is interrupted', () => {
  for (const seconds of [6, 8, 11, 14, 16, 20, 25]) {
    it(`after ${seconds} s leaves no node down and nothing changed, and is resumed from there`, async () => {
      const { world, before, first } = begin()
      void world.clock.sleep(seconds * 1000).then(() => first.control.halt('interrupt'))
      const end = await startRestart(first)
      expect(end).to.include({ outcome: 'interrupted', exitCode: 130 })
      expectClean(world, before)
      const done = world.cluster.state.nodes.filter(({ starts }) => starts === 1).length
      expect(done).to.be.within(1, 9)
      expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
      expectEachRestartedOnce(world)
      expectClean(world, before)
    })
  }

  it('is aborted without restarting anybody else', async () => {
    const { world, before, first } = begin()
    void world.clock.sleep(8000).then(() => first.control.halt('interrupt'))
    await startRestart(first)
    const starts = () => world.cluster.state.nodes.map(({ starts }) => starts)
    const restarted = starts()
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect(starts()).to.deep.equal(restarted)
    expectClean(world, before)
  })

  it('twice says which nodes are down and which settings are not given back; a resume mends it', async () => {
    const { world, before, first } = begin()
    void world.clock.sleep(7000).then(() => first.control.stopNow(twice))
    const error = await startRestart(first).catch(thrown => thrown)
    expect(error).to.include({ code: 'INTERRUPTED', exitCode: 4 })
    expect(error.message).to.match(/was stopped at once; down: .*es-data01/)
    expect(error.message).to.contain('not given back: delay')
    expect(error.hint).to.contain('ops resume run-1')
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
    expectClean(world, before)
  })

  it('twice is aborted as well: nodes that were down come back', async () => {
    const { world, before, first } = begin()
    void world.clock.sleep(7000).then(() => first.control.stopNow(twice))
    await startRestart(first).catch(() => {})
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expectClean(world, before)
  })
})

describe('a run that is paused', () => {
  it('ends at its next safe point, waits, and goes on', async () => {
    const { world, before, first } = begin()
    void world.clock.sleep(8000).then(() => world.journal.request('run-1', 'pause'))
    expect(await startRestart(first)).to.include({ outcome: 'waiting', exitCode: 3 })
    expectClean(world, before)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })
})

describe('a run that another process took over', () => {
  it('stops at once and does not touch what is now another one’s', async () => {
    const { world, first } = begin()
    void world.clock.sleep(8000).then(() => {
      world.lockTable.rows.clear()
    })
    const error = await startRestart(first).catch(thrown => thrown)
    expect(error).to.include({ code: 'LOCK_LOST', exitCode: 4 })
  })
})

describe('a run that holds no lock', () => {
  it('has none to lose, however long it takes', async () => {
    const { world, before, first } = begin()
    const { engine, control } = first
    const unlocked = { ...rollingRestart, locks: () => [] }
    const plan = await makePlan(engine, unlocked, schema.parse({}) as JsonObject, new Map())
    expect(await startRun(engine, plan, control)).to.include({ outcome: 'succeeded' })
    expectClean(world, before)
  })
})

describe('a run whose disk is full', () => {
  it('ends at its next safe point with what it kept back, and is resumed later', async () => {
    const { world, before, first } = begin()
    void world.clock.sleep(8000).then(() => Object.assign(world.journal, { low: true }))
    const end = await startRestart(first)
    expect(end).to.include({ outcome: 'failed', exitCode: 4 }).and.nested.property('error.code', 'STATE_FULL')
    expectClean(world, before)
    Object.assign(world.journal, { low: false })
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })
})
