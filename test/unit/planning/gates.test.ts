// Every gate of the planner has a state that passes and one that it refuses.
import { expect } from 'chai'
import { decideStarts, type FrontierState, planningGates } from '../../../src/planning/index.ts'
import { member, share, world } from './worlds.ts'

type Gate = keyof typeof planningGates

const pair = [member('a', { machine: 'host' }), member('b', { machine: 'host' })]
const tier = [member('a', { tier: 'hot' }), member('b', { tier: 'hot' })]
const elected = [member('a', { tier: 'master' }), member('b', { tier: 'master', last: true })]
const plain = [member('a'), member('b'), member('c')]

/** What holds `b`, and the least that opens its gate. */
const cases: Record<Gate, { held: Partial<FrontierState>; free: Partial<FrontierState> }> = {
  copies: {
    held: { world: world({ members: plain, shares: [share('x', ['a', 'b'])] }), down: new Set(['a']) },
    free: { world: world({ members: plain, shares: [share('x', ['a', 'b', 'c'])] }), down: new Set(['a']) },
  },
  machine: {
    held: { world: world({ members: pair }), down: new Set(['a']) },
    free: { world: world({ members: pair }) },
  },
  total: {
    held: { world: world({ members: plain, maxDown: 1 }), down: new Set(['c']) },
    free: { world: world({ members: plain, maxDown: 2 }), down: new Set(['c']) },
  },
  canary: {
    held: { world: world({ members: tier }), down: new Set(['a']) },
    free: { world: world({ members: tier }), done: new Set(['a']) },
  },
  last: {
    held: { world: world({ members: elected }), order: ['b', 'a'] },
    free: { world: world({ members: elected }), done: new Set(['a']) },
  },
  line: {
    held: {
      world: world({ members: plain, shares: [share('x', ['a', 'c']), share('y', ['a', 'b'])] }),
      order: ['a', 'b'],
      down: new Set(['c']),
    },
    free: {
      world: world({ members: plain, shares: [share('x', ['a', 'c']), share('y', ['a', 'b'])] }),
      order: ['b', 'a'],
      down: new Set(['c']),
    },
  },
  up: {
    held: { world: world({ members: plain }), down: new Set(['b']) },
    free: { world: world({ members: plain }) },
  },
  known: {
    held: { world: world({ members: [], shares: [share('x', ['b', 'c'])] }) },
    free: { world: world({ members: plain, shares: [share('x', ['b', 'c'])] }) },
  },
}

describe('planningGates', () => {
  for (const [gate, { held, free }] of Object.entries(cases)) {
    const name = planningGates[gate as Gate]

    it(`refuses by ${name}`, () => {
      const { start, blocked } = decide(held)
      expect(start).to.not.include('b')
      expect(blocked.find(({ member }) => member === 'b')?.gate).to.equal(name)
    })

    it(`passes ${name}`, () => {
      expect(decide(free).start).to.include('b')
    })
  }

  it('reads as sentences, each once', () => {
    const names = Object.values(planningGates)
    expect(new Set(names).size).to.equal(names.length)
    for (const name of names) expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
  })
})

function decide(state: Partial<FrontierState>) {
  return decideStarts({ world: world({}), order: ['b'], down: new Set(), done: new Set(), ...state })
}
