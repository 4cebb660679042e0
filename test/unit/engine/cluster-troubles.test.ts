// A cluster that changes under the run: nobody new is taken down, and it goes on once mended.
import { expect } from 'chai'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { expectEachRestartedOnce, startRestart } from '../../support/fake-world/restart.ts'
import { beginTrouble, failureOf, mendAndResume } from '../../support/fake-world/trouble.ts'

/** The test took a node away at a bad moment: that is not on the run's account. */
const forgive = ({ cluster }: FakeWorld) =>
  cluster.change(state => {
    state.tally.violations = []
  })
describe('a cluster that changes under the run', () => {
  it('and loses another master begins nobody new, says so, and goes on once it is back', async () => {
    const { world, before } = beginTrouble(({ cluster }) => cluster.spoil('masterLostMidRun'))
    const error = failureOf(await startRestart(world.begin()))
    expect(error.code).to.be.oneOf(['STOP_CONDITION', 'STALLED'])
    expect(error.message).to.contain('master01')
    forgive(world)
    world.cluster.startNode('es-master01')
    await world.clock.sleep(30_000)
    await mendAndResume(world, before)
  })

  it('and loses another node begins nobody new, says so, and goes on once it is back', async () => {
    const { world, before } = beginTrouble(({ cluster }) =>
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

  it('and has a member that pauses for some seconds goes on', async () => {
    const { world } = beginTrouble(({ cluster }) => {
      cluster.when({ stopped: 'es-data03' }, { do: 'world', world: { silent: ['es-data05'] } }, 500)
      cluster.when({ stopped: 'es-data03' }, { do: 'world', world: { silent: [] } }, 10_000)
    })
    expect(await startRestart(world.begin())).to.include({ outcome: 'succeeded' })
    expectEachRestartedOnce(world)
    expect(world.cluster.violations).to.deep.equal([])
  })

  it('and has a member that stays silent begins nobody new, and goes on once it answers', async () => {
    const { world, before } = beginTrouble(({ cluster }) =>
      cluster.when({ stopped: 'es-data03' }, { do: 'world', world: { silent: ['es-data05'] } }, 500),
    )
    const error = failureOf(await startRestart(world.begin()))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.match(/es-data05 in the cluster, without an answer for \d+ s/)
    expect(world.cluster.starts('es-data04')).to.equal(0)
    world.cluster.set({ silent: [] })
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

  for (const [what, forMs, outcome] of [
    ['misses documents of a read-only index for a moment ends well', 30_000, 'succeeded'],
    ['goes on missing documents of a read-only index says that they are lost', 900_000, 'failed'],
  ] as const)
    it(`and ${what}`, async () => {
      const { world } = beginTrouble(({ cluster }) => {
        const index = cluster.state.indices.find(({ written }) => !written)
        cluster.change(({ indices }) =>
          indices.find(({ name }) => name === index?.name)?.blocks.push('write'),
        )
        cluster.when({ joined: 'es-master01' }, { do: 'world', world: { uncounted: [index?.name ?? ''] } })
        cluster.when({ joined: 'es-master01' }, { do: 'world', world: { uncounted: [] } }, forMs)
      })
      const end = await startRestart(world.begin())
      expect(end).to.include({ outcome })
      if (outcome === 'failed') expect(failureOf(end)).to.include({ code: 'DATA_LOST', exitCode: 4 })
    })

  it('and can no longer be written to stops the run', async () => {
    const { world, before } = beginTrouble(({ cluster }) =>
      cluster.when({ stopped: 'es-data03' }, { do: 'world', world: { canaryFails: true } }),
    )
    expect(failureOf(await startRestart(world.begin())).message).to.contain('canary_write_fails')
    world.cluster.set({ canaryFails: false })
    await mendAndResume(world, before)
    expectEachRestartedOnce(world)
  })
})

describe('a change of settings without an answer', () => {
  for (const lost of ['done', 'not-done'] as const) {
    it(`that was ${lost} ends the run with everything given back, or named; a resume goes on`, async () => {
      const { world, before } = beginTrouble(({ cluster }) => cluster.set({ lostAnswers: [lost] }))
      const end = await startRestart(world.begin())
      expect(failureOf(end).code).to.equal('OUTCOME_UNKNOWN')
      await mendAndResume(world, before)
      expectEachRestartedOnce(world)
    })
  }
})
