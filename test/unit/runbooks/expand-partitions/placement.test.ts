// Placement of new partitions: racks, leaders, disks; the same answer for the same brokers in any order.
import { expect } from 'chai'
import fc from 'fast-check'
import { explainSharedRacks, type PlacementBroker, placePartitions } from '../../../../src/planning/index.ts'

const broker = (id: number, over: Partial<PlacementBroker> = {}): PlacementBroker => ({
  id,
  rack: `az-${((id - 1) % 3) + 1}`,
  leads: 0,
  holds: 0,
  freeBytes: null,
  ...over,
})

const clusters = fc
  .record({
    racks: fc.integer({ min: 1, max: 5 }),
    leads: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 3, maxLength: 12 }),
    count: fc.integer({ min: 1, max: 40 }),
    copies: fc.integer({ min: 1, max: 3 }),
    load: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ racks, leads, count, copies, load }) => ({
    brokers: leads.map((value, at) =>
      broker(at + 1, { rack: `az-${at % racks}`, leads: value, holds: 3 * value }),
    ),
    count,
    copies,
    load,
    bytes: load,
  }))

describe('placing new partitions', () => {
  it('gives each as many different brokers as it has copies, on racks of their own where there are enough', () => {
    fc.assert(
      fc.property(clusters, placement => {
        const made = placePartitions(placement)
        expect(made).to.have.length(placement.count)
        for (const ids of made) expect(new Set(ids).size).to.equal(placement.copies)
        expect(explainSharedRacks(made, placement.brokers)).to.deep.equal([])
      }),
    )
  })

  it('is the same for brokers in any order', () => {
    fc.assert(
      fc.property(clusters, placement => {
        const turned = { ...placement, brokers: [...placement.brokers].reverse() }
        expect(placePartitions(turned)).to.deep.equal(placePartitions(placement))
      }),
    )
  })

  it('never leaves the busiest leader more than one partition above what the others could have taken', () => {
    fc.assert(
      fc.property(clusters, placement => {
        const made = placePartitions(placement)
        const leads = new Map(placement.brokers.map(({ id, leads: value }) => [id, value]))
        for (const [leader = 0] of made) leads.set(leader, (leads.get(leader) ?? 0) + placement.load)
        const led = new Set(made.map(([leader]) => leader))
        const least = Math.min(...leads.values())
        for (const [id, value] of leads) if (led.has(id)) expect(value - placement.load).to.be.at.most(least)
      }),
    )
  })

  it('spreads equal partitions over equal brokers', () => {
    const made = placePartitions({
      brokers: [broker(1), broker(2), broker(3)],
      count: 16,
      copies: 2,
      load: 1,
      bytes: 1,
    })
    expect([1, 2, 3].map(id => made.filter(([leader]) => leader === id).length)).to.deep.equal([6, 5, 5])
    const copies = [1, 2, 3].map(id => made.flat().filter(one => one === id).length)
    expect(Math.max(...copies) - Math.min(...copies)).to.be.at.most(1)
  })

  it('lets brokers lead that lead little, and puts copies where little lies', () => {
    const brokers = [
      broker(1, { leads: 100, holds: 10 }),
      broker(2, { holds: 500 }),
      broker(3, { leads: 50, holds: 20 }),
    ]
    expect(placePartitions({ brokers, count: 1, copies: 2, load: 1, bytes: 1 })).to.deep.equal([[2, 1]])
  })

  it('says nothing where there are fewer brokers than copies', () => {
    expect(placePartitions({ brokers: [broker(1)], count: 4, copies: 2, load: 1, bytes: 1 })).to.deep.equal(
      [],
    )
  })

  it('names a placement with two copies on a rack although there are others', () => {
    const brokers = [broker(1, { rack: 'a' }), broker(2, { rack: 'a' }), broker(3, { rack: 'b' })]
    expect(
      explainSharedRacks(
        [
          [1, 3],
          [1, 2],
        ],
        brokers,
      ),
    ).to.deep.equal(['new partition 1: copies on a, a'])
  })
})
