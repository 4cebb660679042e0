// The estimate: the frontier played through, canaries and all.
import { expect } from 'chai'
import fc from 'fast-check'
import { estimateMakespan, planWaves } from '../../../src/planning/index.ts'
import { anyWorld, member, platform, share, shareAllPairs, world, zoned } from './worlds.ts'

describe('estimateMakespan', () => {
  it('says three restarts for the platform, where one by one takes ten', () => {
    const given = platform()
    const order = planWaves(given).waves.flat()
    expect(estimateMakespan(given, order, () => 60)).to.equal(180)
    expect(estimateMakespan({ ...given, maxDown: 1 }, order, () => 60)).to.equal(600)
  })

  it('says four restarts for 80 nodes in three zones: the canary and the zones', () => {
    const given = zoned({ nodes: 80, zones: 3, shares: 8_000 })
    expect(estimateMakespan(given, planWaves(given).waves.flat(), () => 1)).to.equal(4)
  })

  it('does not wait for the slowest of a wave', () => {
    const given = world({
      members: ['a', 'b', 'c', 'd'].map(name => member(name)),
      shares: [share('x', ['a', 'c']), share('y', ['b', 'd'])],
    })
    const secondsOf = (name: string): number => ({ a: 10, b: 100, c: 90, d: 5 })[name] ?? 0
    expect(estimateMakespan(given, ['a', 'b', 'c', 'd'], secondsOf)).to.equal(105)
  })

  it('is no longer than the waves one after the other and one canary, where nodes differ in speed', () => {
    for (const shares of [200, 800, 8_000]) {
      const given = zoned({ nodes: 80, zones: 3, shares })
      const { waves } = planWaves(given)
      const secondsOf = (name: string): number => 50 + ((Number(name.slice(-3)) * 37) % 100)
      const oneByOne = waves.reduce((sum, wave) => sum + Math.max(...wave.map(secondsOf)), 0)
      expect(estimateMakespan(given, waves.flat(), secondsOf)).to.be.at.most(oneByOne + 150)
    }
  })

  it('lies between the longest restart and all of them one by one, for any world', () => {
    fc.assert(
      fc.property(anyWorld({ maxMembers: 10 }), given => {
        const order = planWaves(given).waves.flat()
        const secondsOf = (name: string): number => 1 + Number(name.slice(1))
        const all = order.map(secondsOf)
        const estimate = estimateMakespan(given, order, secondsOf)
        expect(estimate).to.be.at.least(Math.max(0, ...all))
        expect(estimate).to.be.at.most(all.reduce((sum, seconds) => sum + seconds, 0))
      }),
      { numRuns: 300 },
    )
  })

  it('is infinite where a member can never start', () => {
    const given = world({ members: [member('a')], shares: [share('x', ['a'])] })
    expect(estimateMakespan(given, ['a'], () => 1)).to.equal(Infinity)
    expect(estimateMakespan(given, ['unknown'], () => 1)).to.equal(Infinity)
  })

  it('is nothing for nobody', () => {
    expect(estimateMakespan(world({ shares: shareAllPairs(['x', 'y']) }), [], () => 1)).to.equal(0)
  })
})
