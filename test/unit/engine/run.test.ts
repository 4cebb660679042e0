// Whole runs of the rolling restart on fakes: who may begin and carry on, and when nothing is touched.
import { expect } from 'chai'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  carryOn,
  expectClean,
  expectEachRestartedOnce,
  startRestart,
  temporaryThings,
} from '../../support/fake-world/restart.ts'

const errorOf = (run: Promise<unknown>) =>
  run.then(
    () => null,
    thrown => thrown,
  )

describe('a run', () => {
  it('restarts every node once, loses nothing and leaves nothing', async () => {
    const world = new FakeWorld()
    const before = temporaryThings(world.cluster.state)
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectEachRestartedOnce(world)
    expectClean(world, before)
  })

  it('touches nothing when a gate refuses', async () => {
    const world = new FakeWorld({ prepare: cluster => cluster.spoil('nodeMissing') })
    const end = await startRestart(world.begin())
    expect(end)
      .to.include({ outcome: 'refused', exitCode: 2 })
      .and.nested.property('error.code', 'GATE_REFUSED')
    expect(world.cluster.tally.history.filter(line => line.startsWith('start'))).to.deep.equal([])
    expect(world.lockTable.rows.size).to.equal(0)
  })

  it('touches nothing while another run holds the lock', async () => {
    const world = new FakeWorld()
    const other = world.begin()
    await other.engine.locks.acquire('other', 'bert', ['es:ovh-prod-elk'], world.clock.now())
    const end = await startRestart(world.begin())
    expect(end).to.include({ outcome: 'refused', exitCode: 5 }).and.nested.property('error.code', 'LOCK_HELD')
    expect(world.cluster.tally.history).to.deep.equal([])
  })

  it('that has done something stays one to carry on while another run holds the lock', async () => {
    const world = new FakeWorld()
    const before = temporaryThings(world.cluster.state)
    const first = world.begin()
    void first.engine.clock.sleep(8000).then(() => first.control.halt('interrupt'))
    expect(await startRestart(first)).to.include({ outcome: 'interrupted' })
    const other = world.begin()
    await other.engine.locks.acquire('other', 'bert', ['es:ovh-prod-elk'], world.clock.now())
    expect(await carryOn(world.begin())).to.include({ exitCode: 5 })
    await other.engine.locks.release('other')
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
    expectClean(world, before)
  })

  it('is not carried on while its process is alive', async () => {
    const world = new FakeWorld()
    const first = world.begin()
    const running = startRestart(first)
    await world.clock.sleep(9000)
    expect(await errorOf(carryOn(world.begin()))).to.include({ code: 'RUN_ALIVE', exitCode: 5 })
    expect(await running).to.include({ outcome: 'succeeded' })
  })

  it('is not carried on with other code unless somebody accepts it', async () => {
    const world = new FakeWorld()
    expect(await startRestart(world.begin({ cut: { record: 70, when: 'after' } }))).to.equal('killed')
    const changed = () => world.begin({ version: 'v2' })
    expect(await errorOf(carryOn(changed()))).to.include({ code: 'RUNBOOK_CHANGED', exitCode: 2 })
    const accepted = await carryOn(changed(), 'resume', { acceptChanged: true })
    expect(accepted).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })

  it('is aborted whatever has become of the code', async () => {
    const world = new FakeWorld()
    await startRestart(world.begin({ cut: { record: 70, when: 'after' } }))
    expect(await carryOn(world.begin({ version: 'v2' }), 'abort')).to.include({ outcome: 'aborted' })
  })

  it('that has ended is not carried on', async () => {
    const world = new FakeWorld()
    await startRestart(world.begin())
    expect(await errorOf(carryOn(world.begin()))).to.include({ code: 'RUN_ENDED' })
  })
})
