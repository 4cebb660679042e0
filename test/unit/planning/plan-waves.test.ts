// The plan: no wave breaks a rule, nobody is forgotten, and the bound it prints is true.
import { expect } from 'chai'
import fc from 'fast-check'
import { planWaves, type World } from '../../../src/planning/index.ts'
import { countFewestWaves } from './brute-force.ts'
import {
  anyWorld,
  listBreaches,
  listImpossible,
  member,
  platform,
  share,
  shareAllPairs,
  world,
  zoned,
} from './worlds.ts'

describe('planWaves', () => {
  it('never leaves a share without enough copies up, nor breaks a cap, in any wave of any world', () => {
    check(anyWorld({ maxMembers: 14 }), given => {
      for (const wave of planWaves(given).waves) expect(listBreaches(given, new Set(wave))).to.eql([])
    })
  })

  it('puts each member into exactly one wave, or says that it is impossible', () => {
    check(anyWorld({ maxMembers: 14 }), given => {
      const { waves, impossible } = planWaves(given)
      expect(waves.every(wave => wave.length > 0)).to.equal(true)
      expect(impossible.map(({ member: name }) => name)).to.have.members(listImpossible(given))
      expect([...waves.flat(), ...listImpossible(given)]).to.have.members(
        given.members.map(({ name }) => name),
      )
    })
  })

  it('prints a lower bound that no plan can beat', () => {
    check(anyWorld({ maxMembers: 7 }), given => {
      const { waves, lowerBound } = planWaves(given)
      const fewest = countFewestWaves(given)
      expect(lowerBound).to.be.at.most(fewest)
      expect(waves.length).to.be.at.least(fewest)
    })
  })

  it('finds the fewest waves for nearly all small worlds, and one more at the most for the others', () => {
    const worlds = fc.sample(anyWorld({ maxMembers: 7 }), { numRuns: 400, seed: 1 })
    const extra = worlds.map(given => planWaves(given).waves.length - countFewestWaves(given))
    expect(Math.max(...extra)).to.be.at.most(1)
    expect(extra.filter(waves => waves > 0).length).to.be.at.most(worlds.length * 0.03)
  })

  it('puts a last member after all others of its tier', () => {
    check(anyWorld({ maxMembers: 14 }), given => {
      const { waves } = planWaves(given)
      const waveOf = (name: string): number => waves.findIndex(wave => wave.includes(name))
      for (const last of given.members.filter(m => m.last && waveOf(m.name) >= 0)) {
        for (const other of given.members.filter(m => !m.last && m.tier === last.tier)) {
          expect(waveOf(other.name)).to.be.below(waveOf(last.name))
        }
      }
    })
  })

  it('gives the same plan for the same world in any order', () => {
    const shuffledTwice = anyWorld({ maxMembers: 10 }).chain(given =>
      fc.tuple(fc.constant(given), shuffle(given)),
    )
    check(shuffledTwice, ([given, shuffled]) => {
      expect(planWaves(shuffled)).to.eql(planWaves(given))
    })
  })

  it('takes a cluster of 80 nodes in 3 zones in 3 waves, zone by zone', () => {
    const { waves, method, lowerBound } = planWaves(zoned({ nodes: 80, zones: 3, shares: 8_000 }))
    expect({ waves: waves.map(wave => wave.length), method, lowerBound }).to.eql({
      waves: [27, 27, 26],
      method: 'by zone',
      lowerBound: 3,
    })
  })

  it('keeps to the zones when two copies of a share are in one of them', () => {
    const given = zoned({ nodes: 80, zones: 3, shares: 8_000 })
    const stray = share('stray', ['es-data000', 'es-data003'])
    const { waves, method } = planWaves({ ...given, shares: [...given.shares, stray] })
    expect({ count: waves.length, method }).to.eql({ count: 4, method: 'by zone' })
  })

  it('takes the ten nodes of the platform in 3 waves, and says that fewer are impossible', () => {
    const { waves, lowerBound, impossible } = planWaves(platform())
    expect(waves).to.eql([
      ['es-coord01', 'es-data03', 'es-data01', 'es-master01'],
      ['es-coord02', 'es-data04', 'es-data02', 'es-master03'],
      ['es-data05', 'es-master02'],
    ])
    expect({ lowerBound, impossible }).to.eql({ lowerBound: 3, impossible: [] })
  })

  it('names the cap or the members that keep a plan from being shorter', () => {
    const masters = ['m1', 'm2', 'm3']
    const cap = { name: 'one_master_at_a_time', members: masters, max: 1 }
    expect(planWaves(world({ members: masters.map(name => member(name)), caps: [cap] })).boundBy).to.eql({
      gate: 'one_master_at_a_time',
      members: masters,
    })
    const shares = shareAllPairs(masters)
    expect(planWaves(world({ members: masters.map(name => member(name)), shares })).boundBy).to.eql({
      gate: 'no_two_of_these_at_once',
      members: masters,
    })
  })

  it('lets two of three copies be down at once, but not three', () => {
    const names = ['a', 'b', 'c']
    const given = world({ members: names.map(name => member(name)), shares: [share('x', names)] })
    expect(planWaves(given).waves.map(wave => wave.length)).to.eql([2, 1])
    expect(planWaves(given).lowerBound).to.equal(2)
  })

  it('counts a holder named twice as one copy', () => {
    const given = world({ members: [member('a')], shares: [share('x', ['a', 'a'])] })
    expect(planWaves(given).impossible).to.eql([{ member: 'a', by: ['x'] }])
  })

  it('lets a member with the only copy stop where nobody has to stay up', () => {
    const given = world({ members: [member('a')], shares: [share('x', ['a'], 0)] })
    expect(planWaves(given)).to.deep.include({ waves: [['a']], impossible: [] })
  })

  it('lets nobody stop where a number is none', () => {
    const given = world({ members: [member('a'), member('b')], shares: [share('x', ['a', 'b'], Number.NaN)] })
    expect(planWaves(given).waves).to.eql([])
    expect(planWaves({ ...given, shares: [], maxDown: Number.NaN }).waves).to.eql([])
  })

  it('never takes two members of one machine at once', () => {
    const members = ['a', 'b', 'c'].map(name => member(name, { machine: name === 'c' ? 'host2' : 'host1' }))
    expect(planWaves(world({ members })).waves).to.eql([['a', 'c'], ['b']])
  })

  it('plans nothing for nobody', () => {
    expect(planWaves(world({}))).to.deep.include({ waves: [], lowerBound: 0, impossible: [] })
  })

  it('refuses two members of the same name', () => {
    expect(() => planWaves(world({ members: [member('a'), member('a')] }))).to.throw('same name')
  })
})

function check<Value>(values: fc.Arbitrary<Value>, predicate: (value: Value) => void): void {
  fc.assert(fc.property(values, predicate), { numRuns: 400 })
}

function shuffle(given: World): fc.Arbitrary<World> {
  const mix = <Item>(items: readonly Item[]): fc.Arbitrary<Item[]> =>
    fc.shuffledSubarray([...items], { minLength: items.length })
  return fc.record({
    members: mix(given.members),
    shares: mix(given.shares),
    caps: mix(given.caps),
    maxDown: fc.constant(given.maxDown),
  })
}
