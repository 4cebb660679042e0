// Trouble in the middle of a rolling restart: what is stopped, what is kept, what is said, and how it is mended.
import { expect } from 'chai'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  carryOn,
  expectClean,
  expectEachRestartedOnce,
  startRestart,
  temporaryThings,
} from '../../support/fake-world/restart.ts'

const begin = (prepare: (world: FakeWorld) => void) => {
  const world = new FakeWorld()
  const before = temporaryThings(world.cluster.state)
  prepare(world)
  return { world, before }
}
const failureOf = (end: RunEnd | 'killed'): OpsError => {
  if (end === 'killed' || end.error === null) throw new Error('the run did not fail')
  return end.error
}
/** The test took a node away at a bad moment: that is not on the run's account. */
const forgive = ({ cluster }: FakeWorld) =>
  cluster.change(state => {
    state.tally.violations = []
  })
const mendAndResume = async (world: FakeWorld, before: string) => {
  expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
  expectClean(world, before)
}

describe('a node that does not come back', () => {
  for (const [trouble, why] of [
    ['never-joins', /es-data03 has not come back: not in the cluster after/],
    ['dies', /es-data03 has not come back: its process has ended/],
    ['refuses', /es-data03 was stopped and could not be started/],
  ] as const) {
    it(`because it ${trouble} ends the run, keeps its copies waited for, and goes on once mended`, async () => {
      const { world, before } = begin(({ cluster }) => cluster.trouble('es-data03', trouble))
      const end = await startRestart(world.begin())
      expect(failureOf(end)).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
      expect(failureOf(end).message).to.match(why)
      // Those that share copies with it were never touched.
      for (const name of ['es-data04', 'es-data05']) expect(world.cluster.starts(name), name).to.equal(0)
      const last = (await world.journal.read('run-1')).at(-1)
      expect(last?.kept).to.deep.equal(['elasticsearch.index index.unassigned.node_left.delayed_timeout'])
      expect(world.lockTable.rows.size, 'the lock is kept').to.equal(1)
      expect(world.cluster.violations).to.deep.equal([])
      world.cluster.trouble('es-data03', null)
      // A person starts it by hand.
      world.cluster.stopNode('es-data03')
      world.cluster.startNode('es-data03')
      await mendAndResume(world, before)
    })
  }

  it('is given up by an abort, which gives everything back', async () => {
    const { world, before } = begin(({ cluster }) => cluster.trouble('es-data03', 'never-joins'))
    await startRestart(world.begin())
    const end = await carryOn(world.begin(), 'abort')
    expect(end).to.include({ outcome: 'aborted', exitCode: 4 })
    expect(temporaryThings(world.cluster.state)).to.equal(before)
    expect(world.lockTable.rows.size).to.equal(0)
  })

  for (const [trouble, what] of [
    ['other-id', 'node id'],
    ['other-version', 'version'],
    ['other-roles', 'roles'],
  ] as const) {
    it(`as the one it was (${what}) ends the run, and nobody who shares its copies is touched`, async () => {
      const { world } = begin(({ cluster }) => cluster.trouble('es-data03', trouble))
      const error = failureOf(await startRestart(world.begin()))
      expect(error).to.include({ code: 'NODE_CHANGED', exitCode: 4 })
      expect(error.message).to.contain(`es-data03 came back as another node: ${what}`)
      for (const name of ['es-data04', 'es-data05']) expect(world.cluster.starts(name), name).to.equal(0)
      expect(world.cluster.lostWrites()).to.equal(0)
    })
  }
})

describe('a cluster that changes under the run', () => {
  it('and loses another master begins nobody new, says so, and goes on once it is back', async () => {
    const { world, before } = begin(({ cluster }) => cluster.spoil('masterLostMidRun'))
    const error = failureOf(await startRestart(world.begin()))
    expect(error.code).to.be.oneOf(['STOP_CONDITION', 'STALLED'])
    expect(error.message).to.contain('master01')
    forgive(world)
    world.cluster.startNode('es-master01')
    await world.clock.sleep(30_000)
    await mendAndResume(world, before)
  })

  it('and loses another node begins nobody new, says so, and goes on once it is back', async () => {
    const { world, before } = begin(({ cluster }) =>
      cluster.when({ stopped: 'es-data03' }, { do: 'stop-node', node: 'es-data05' }, 500),
    )
    const error = failureOf(await startRestart(world.begin()))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.contain('es-data05 left the cluster and not by this run')
    expect(world.cluster.starts('es-data04')).to.equal(0)
    forgive(world)
    world.cluster.startNode('es-data05')
    await world.clock.sleep(30_000)
    await mendAndResume(world, before)
  })

  it('and gets an index on nodes that still wait holds its copies too, and loses nothing', async () => {
    const index = { name: 'made-mid-run', tier: 'data_hot', replicas: 1, written: true } as const
    const world = new FakeWorld()
    world.cluster.when({ stopped: 'es-data03' }, { do: 'create-index', index }, 6000)
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
    expect(world.cluster.violations).to.deep.equal([])
    expect(world.cluster.lostWrites()).to.equal(0)
    expect(world.cluster.tally.copiedElsewhere).to.deep.equal([])
    const made = world.cluster.state.indices.find(({ name }) => name === 'made-mid-run')
    expect(made?.settings).to.deep.equal({})
    const intents = (await world.journal.read('run-1')).filter(({ type }) => type === 'setting.intent')
    expect(JSON.stringify(intents)).to.contain('made-mid-run')
  })

  it('and can no longer be written to stops the run', async () => {
    const { world, before } = begin(({ cluster }) =>
      cluster.when({ stopped: 'es-data03' }, { do: 'world', world: { canaryFails: true } }),
    )
    expect(failureOf(await startRestart(world.begin())).message).to.contain('canary_write_fails')
    world.cluster.set({ canaryFails: false })
    await mendAndResume(world, before)
    expectEachRestartedOnce(world)
  })
})

describe('Ansible', () => {
  it('that loses its answer after the stop is not asked to stop again', async () => {
    const { world, before } = begin(({ ansible }) =>
      ansible.trouble('es-data03', 'lost-after', { playbook: 'service_stop.yml', times: 1 }),
    )
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    const stops = world.ansible.requests.filter(
      ({ playbook, hosts }) => playbook === 'service_stop.yml' && hosts[0] === 'es-data03',
    )
    expect(stops).to.have.lengthOf(1)
    expectEachRestartedOnce(world)
    expectClean(world, before)
  })

  it('that dies before the stop ends the run with nothing done to the node', async () => {
    const { world, before } = begin(({ ansible }) =>
      ansible.trouble('es-data03', 'lost-before', { playbook: 'service_stop.yml', times: 1 }),
    )
    const error = failureOf(await startRestart(world.begin()))
    expect(error.code).to.equal('ANSIBLE_UNKNOWN')
    expect(world.cluster.starts('es-data03')).to.equal(0)
    await mendAndResume(world, before)
    expectEachRestartedOnce(world)
  })

  for (const [trouble, code] of [
    ['fails', 'ANSIBLE_FAILED'],
    ['unreachable', 'ANSIBLE_UNREACHABLE'],
  ] as const) {
    it(`that cannot stop a node (${trouble}) ends the run; the node stays up, nothing is left`, async () => {
      const { world, before } = begin(({ ansible }) =>
        ansible.trouble('es-data03', trouble, { playbook: 'service_stop.yml' }),
      )
      const end = await startRestart(world.begin())
      expect(end).to.include({ outcome: 'failed', exitCode: 1 })
      expect(failureOf(end).code).to.equal(code)
      expectClean(world, before)
      world.ansible.mend('es-data03')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })

    it(`that cannot start a node (${trouble}) says that it is down; a resume starts it`, async () => {
      const { world, before } = begin(({ ansible }) =>
        ansible.trouble('es-data03', trouble, { playbook: 'service_start.yml' }),
      )
      const error = failureOf(await startRestart(world.begin()))
      expect(error).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
      world.ansible.mend('es-data03')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })
  }

  it('that fails to start a node once is asked again', async () => {
    const { world } = begin(({ ansible }) =>
      ansible.trouble('es-data03', 'fails', { playbook: 'service_start.yml', times: 1 }),
    )
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
  })
})

describe('a change of settings without an answer', () => {
  for (const lost of ['done', 'not-done'] as const) {
    it(`that was ${lost} ends the run with everything given back, or named; a resume goes on`, async () => {
      const { world, before } = begin(({ cluster }) => cluster.set({ lostAnswers: [lost] }))
      const end = await startRestart(world.begin())
      expect(failureOf(end).code).to.equal('OUTCOME_UNKNOWN')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })
  }
})
