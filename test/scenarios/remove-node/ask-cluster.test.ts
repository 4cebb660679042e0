// The cluster's own word on moves that are not made: one bad question spoils no other, and a refused place need not be the only one.
import { expect } from 'chai'
import { askCluster } from '../../../runbooks/remove-node/ask-cluster.ts'
import type { PlacedCopy } from '../../../runbooks/remove-node/decide-feasible.ts'
import { begin } from './world.ts'

const leaving = new Set(['es-data05'])
const copyOf = (index: string, given: Partial<PlacedCopy> = {}): PlacedCopy => ({
  ...{ index, shard: 0, primary: true, bytes: 1, node: 'es-data05', moving: false, ...given },
})
const ask = (
  { world }: ReturnType<typeof begin>,
  placed: readonly { readonly copy: PlacedCopy; readonly to: string }[],
) => askCluster(world.cluster.allocation, { placed, unplaceable: [], bytes: 0, roomBytes: 0 }, { leaving })

describe('asking the cluster whether it would make the moves', () => {
  it('is answered for all but the copy that is no more where it was', async () => {
    const self = begin()
    self.world.cluster.set({
      forced: [{ index: 'mysql-old', decider: 'max_retry', decision: 'no', explanation: 'five times' }],
    })
    const { tried, refused } = await ask(self, [
      { copy: copyOf('audit-old'), to: 'es-data04' },
      { copy: copyOf('nginx-old'), to: 'es-data04' },
      { copy: copyOf('mysql-old'), to: 'es-data04' },
    ])
    expect(tried).to.equal(3)
    expect(refused.map(({ copy }) => copy.index)).to.deep.equal(['mysql-old'])
  })

  it('takes another place for a place', async () => {
    const self = begin()
    // The first one has the replica; the second one would take it.
    const { refused } = await ask(self, [{ copy: copyOf('mysql-old'), to: 'es-data03' }])
    expect(refused).to.deep.equal([])
  })

  it('does not ask about what is on its way', async () => {
    const self = begin()
    const copy = copyOf('audit-old', { moving: true })
    expect(await ask(self, [{ copy, to: 'es-data04' }])).to.include({ tried: 0, of: 1 })
    expect(self.world.cluster.tally.moves).to.deep.equal([])
  })
})
