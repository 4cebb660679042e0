// Whole runs of the rolling restart on fakes: who may begin, approve and carry on, and what stays the same.
import { expect } from 'chai'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import { makePlan } from '../../../src/engine/plan.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  carryOn,
  expectClean,
  expectEachRestartedOnce,
  rollingRestart,
  startRestart,
  temporaryThings,
} from '../../support/fake-world/restart.ts'

const planHash = async ({ engine }: FakeProcess, given = {}) =>
  (await makePlan(engine, rollingRestart, schema.parse(given) as never, new Map())).hash
const errorOf = (run: Promise<unknown>) =>
  run.then(
    () => null,
    thrown => thrown,
  )

describe('a plan', () => {
  it('has the same hash for the same world', async () => {
    expect(await planHash(new FakeWorld().begin())).to.equal(await planHash(new FakeWorld().begin()))
  })

  it('has the same hash later, while nothing it depends on has changed', async () => {
    const world = new FakeWorld()
    const first = await planHash(world.begin())
    world.clock.pass(3_600_000)
    expect(await planHash(world.begin())).to.equal(first)
  })

  const changes: Record<string, (world: FakeWorld) => void> = {
    'a node has another version': ({ cluster }) => cluster.spoil('mixedVersions'),
    'a copy lies elsewhere': ({ cluster }) => cluster.spoil('zeroReplicas'),
    'the inventory is another': ({ ansible }) =>
      ansible.setHosts([{ name: 'es-data01', groups: ['elasticsearch'] }]),
  }
  for (const [change, make] of Object.entries(changes)) {
    it(`has another hash when ${change}`, async () => {
      const world = new FakeWorld()
      const first = await planHash(world.begin())
      make(world)
      expect(await planHash(world.begin())).not.to.equal(first)
    })
  }

  it('has another hash for other parameters and for other code', async () => {
    const world = new FakeWorld()
    const first = await planHash(world.begin())
    expect(await planHash(world.begin(), { serial: true })).not.to.equal(first)
    expect(await planHash(world.begin({ version: 'v2' }))).not.to.equal(first)
  })
})

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
