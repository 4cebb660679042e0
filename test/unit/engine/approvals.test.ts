import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { carryOn, expectEachRestartedOnce, startRestart } from '../../support/fake-world/restart.ts'

const errorOf = (run: Promise<unknown>) =>
  run.then(
    () => null,
    thrown => thrown,
  )

describe('an approval', () => {
  const waivers = new Map([['indices_without_replicas_are_protected', 'can be indexed again']])
  const waiting = async () => {
    const world = new FakeWorld({ prepare: cluster => cluster.spoil('zeroReplicas') })
    const end = await startRestart(world.begin(), {}, waivers)
    expect(end).to.include({ outcome: 'waiting', exitCode: 3 })
    return world
  }
  const bert = (world: FakeWorld) => approveRun(world.begin({ actor: 'bert' }).engine, 'run-1')

  it('is asked for before anything is touched, where data may be lost', async () => {
    const world = await waiting()
    expect(world.cluster.tally.history).to.deep.equal([])
    expect(world.lockTable.rows.size).to.equal(0)
    expect(await carryOn(world.begin())).to.include({ outcome: 'waiting' })
  })

  it('of another person lets the run go on', async () => {
    const world = await waiting()
    await bert(world)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })

  it('of the same person does not count unless the policy says so', async () => {
    const world = await waiting()
    expect(await errorOf(approveRun(world.begin().engine, 'run-1'))).to.include({ code: 'NEEDS_APPROVAL' })
    await approveRun(world.begin({ selfApproval: true }).engine, 'run-1')
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
  })

  it('runs out', async () => {
    const world = await waiting()
    await bert(world)
    world.clock.pass(31 * 60_000)
    expect(await carryOn(world.begin())).to.include({ outcome: 'waiting' })
  })

  it('is bound to the plan: another world needs another one', async () => {
    const world = await waiting()
    await bert(world)
    world.cluster.act({ do: 'create-index', index: { name: 'later', tier: 'data_hot', replicas: 0 } })
    expect(await carryOn(world.begin())).to.include({ outcome: 'waiting' })
    await bert(world)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
  })

  it('is refused where nothing waits for it', async () => {
    const world = new FakeWorld()
    await startRestart(world.begin())
    expect(await errorOf(bert(world))).to.include({ code: 'RUN_ENDED' })
  })
})
