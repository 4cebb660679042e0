// What is said to be lost: the span of the very copy that is taken, and none where nobody knows it.
import { expect } from 'chai'
import { stateLoss } from '../../../../runbooks/reroute/loss.ts'
import { sayLoss } from '../../../../runbooks/reroute/say.ts'
import { calmLoss } from '../../../scenarios/reroute/gate-cases.ts'

const fellBehindAt = (lastNode: string | null, details: string | null = null) => {
  const copies = calmLoss.copies.map(one => (one.primary ? one : { ...one, lastNode, details }))
  return stateLoss({ ...calmLoss, copies }, null)
}

describe('what is lost with an old copy', () => {
  it('begins when that copy lost its node', () => {
    const [, replica] = calmLoss.copies
    expect(fellBehindAt('es-node02').behindSinceMs).to.equal(replica?.sinceMs)
    expect(fellBehindAt(null, 'node_left [id-es-node02]').behindSinceMs).to.equal(replica?.sinceMs)
  })

  it('is not said to begin when another replica left that was made in its place', () => {
    for (const loss of [fellBehindAt('es-node03'), fellBehindAt(null, 'node_left [id-es-node03]')]) {
      expect(loss.behindSinceMs).to.equal(null)
      expect(sayLoss(loss)).to.match(/from the moment when this copy fell behind to/)
    }
  })
})
