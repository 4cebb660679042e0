// A node that does not come back, or not as itself: what is stopped, what is kept, what is said.
import { expect } from 'chai'
import { carryOn, startRestart, temporaryThings } from '../../support/fake-world/restart.ts'
import { beginTrouble, failureOf, mendAndResume } from '../../support/fake-world/trouble.ts'

describe('a node that does not come back', () => {
  for (const [trouble, why] of [
    ['never-joins', /es-data03 has not come back: not in the cluster after/],
    ['dies', /es-data03 has not come back: its process has ended, saying: bootstrap check failure/],
    ['refuses', /es-data03 was stopped and could not be started/],
  ] as const) {
    it(`because it ${trouble} ends the run, keeps its copies waited for, and goes on once mended`, async () => {
      const { world, before } = beginTrouble(({ cluster }) => cluster.trouble('es-data03', trouble))
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
    const { world, before } = beginTrouble(({ cluster }) => cluster.trouble('es-data03', 'never-joins'))
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
      const { world } = beginTrouble(({ cluster }) => cluster.trouble('es-data03', trouble))
      const error = failureOf(await startRestart(world.begin()))
      expect(error).to.include({ code: 'NODE_CHANGED', exitCode: 4 })
      expect(error.message).to.contain(`es-data03 came back as another node: ${what}`)
      for (const name of ['es-data04', 'es-data05']) expect(world.cluster.starts(name), name).to.equal(0)
      expect(world.cluster.lostWrites()).to.equal(0)
    })
  }
})
