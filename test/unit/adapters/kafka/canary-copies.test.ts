// Where the copies of the canary's partitions go.
import { expect } from 'chai'
import { placeOn } from '../../../../src/adapters/kafka/canary.ts'

const brokersIn = (...racks: readonly (string | null)[]) =>
  racks.map((rack, at) => ({ id: at + 1, host: `127.0.8.${at + 1}`, port: 9092, rack }))

describe('the copies of a canary', () => {
  it('are on the broker that it is for and on the ones after it', () => {
    const brokers = brokersIn(null, null, null, null)
    expect(placeOn(1, brokers, 3)).to.deep.equal([1, 2, 3])
    expect(placeOn(4, brokers, 3)).to.deep.equal([4, 1, 2])
  })

  it('are in a rack each, where there are as many: brokers of one rack go down together', () => {
    const brokers = brokersIn('a', 'a', 'b', 'b', 'c', 'c')
    expect(placeOn(1, brokers, 3)).to.deep.equal([1, 3, 5])
    expect(placeOn(4, brokers, 3)).to.deep.equal([4, 5, 1])
  })

  it('share a rack rather than be fewer', () => {
    expect(placeOn(2, brokersIn('a', 'a', 'b'), 3)).to.deep.equal([2, 3, 1])
    expect(placeOn(1, brokersIn('a', 'a'), 3)).to.deep.equal([1, 2])
  })
})
