// When a node that is back counts as done: not while the cluster is short of breath, not while an endpoint lags behind.
import { expect } from 'chai'
import type { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { startRestart } from '../../support/fake-world/restart.ts'
import { beginTrouble, failureOf, mendAndResume } from '../../support/fake-world/trouble.ts'

const soak = '5s'

/** Restarts one node and gives the seconds from its return to its end, with the remarks of the run. */
async function settle(node: string, world: FakeWorld): Promise<{ seconds: number; remarks: string[] }> {
  const end = await startRestart(world.begin(), { limit: node, soak })
  expect(end).to.include({ outcome: 'succeeded' })
  const records = await world.journal.read('run-1')
  const at = (type: string): number => Date.parse(records.find(record => record.type === type)?.at ?? '')
  const remarks = records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
  return { seconds: (at('member.done') - at('node.back')) / 1000, remarks }
}

describe('a node that is back', () => {
  it('is watched for the soak time where all is calm', async () => {
    const { world } = beginTrouble(() => {})
    const { seconds, remarks } = await settle('es-data03', world)
    expect(seconds).to.be.within(5, 15)
    expect(remarks).to.deep.equal([])
  })

  it('is watched anew for as long as some node rejects work', async () => {
    const { world } = beginTrouble(({ cluster }) => {
      cluster.when({ joined: 'es-data03' }, { do: 'reject', node: 'es-data01', perSecond: 2 })
      cluster.when({ joined: 'es-data03' }, { do: 'reject', node: 'es-data01', perSecond: 0 }, 25_000)
    })
    const { seconds, remarks } = await settle('es-data03', world)
    expect(seconds).to.be.within(28, 40)
    expect(remarks).to.deep.equal([])
  })

  it('is let go after ten soak times of rejected work, and the run says so', async () => {
    const { world } = beginTrouble(({ cluster }) => {
      cluster.when({ joined: 'es-data03' }, { do: 'reject', node: 'es-data01', perSecond: 2 })
    })
    const { seconds, remarks } = await settle('es-data03', world)
    expect(seconds).to.be.within(50, 65)
    expect(remarks).to.have.length(1)
    expect(remarks[0]).to.match(/did not calm down after es-data03: es-data01: writeRejected grew by \d/)
  })

  it('and is a master is not done while an endpoint lags behind in the cluster state', async () => {
    const { world } = beginTrouble(({ cluster }) => {
      const lagging = (behind: Record<string, number>) =>
        ({ do: 'world', world: { lagging: behind } }) as const
      cluster.when({ joined: 'es-master02' }, lagging({ 'es-coord01': 3 }))
      cluster.when({ joined: 'es-master02' }, lagging({}), 30_000)
    })
    const { seconds } = await settle('es-master02', world)
    expect(seconds).to.be.within(33, 45)
  })

  const hidden = (...unreachable: string[]) => ({ do: 'world', world: { unreachable } }) as const

  it('is not done before it answers clients, though it is a member', async () => {
    const { world } = beginTrouble(({ cluster }) => {
      cluster.when({ stopped: 'es-data03' }, hidden('es-data03'))
      cluster.when({ joined: 'es-data03' }, hidden(), 30_000)
    })
    const { seconds } = await settle('es-data03', world)
    expect(seconds).to.be.within(33, 45)
  })

  it('and never answers clients again as it did keeps everybody else running, and says why', async () => {
    const { world, before } = beginTrouble(({ cluster }) =>
      cluster.when({ stopped: 'es-data03' }, hidden('es-data03')),
    )
    const error = failureOf(await startRestart(world.begin(), { giveUp: '2m' }))
    expect(error).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
    expect(error.message).to.match(/^es-data03 is in the cluster again, .*: connection refused$/)
    expect(world.cluster.starts('es-data04')).to.equal(0)
    world.cluster.set({ unreachable: [] })
    await mendAndResume(world, before)
  })

  it('is not asked at an address where it did not answer before', async () => {
    const { world } = beginTrouble(({ cluster }) => cluster.set({ unreachable: ['es-data03'] }))
    const { seconds } = await settle('es-data03', world)
    expect(seconds).to.be.within(5, 15)
  })
})
