// The frontier: no state that a run can reach breaks a rule, every run ends, and each wait has its reason.
import { expect } from 'chai'
import fc from 'fast-check'
import { decideStarts, type FrontierState, planWaves, type World } from '../../../src/planning/index.ts'
import { anyWorld, listBreaches, listImpossible, member, platform, share, world, zoned } from './worlds.ts'

describe('decideStarts', () => {
  it('never leaves a share without enough copies up, whoever comes back first, and restarts everybody', () => {
    check(fc.tuple(anyWorld({ maxMembers: 12 }), anyDice()), ([given, dice]) => {
      const order = planWaves(given).waves.flat()
      const done = play(given, order, dice, down => expect(listBreaches(given, down)).to.eql([]))
      expect([...done]).to.have.members(order)
    })
  })

  it('never has a last member down before all others of its tier are done, nor two of a tier before one is', () => {
    check(fc.tuple(anyWorld({ maxMembers: 12 }), anyDice()), ([given, dice]) => {
      const order = planWaves(given).waves.flat()
      const running = given.members.filter(({ name }) => order.includes(name))
      play(given, order, dice, (down, done) => {
        for (const { tier } of running) {
          const inTier = running.filter(other => other.tier === tier)
          const names = inTier.map(({ name }) => name)
          const isDone = inTier.filter(({ last }) => !last).every(({ name }) => done.has(name))
          if (inTier.some(({ name, last }) => last && down.has(name))) expect(isDone).to.equal(true)
          const downInTier = names.filter(name => down.has(name)).length
          if (!names.some(name => done.has(name))) expect(downInTier).to.be.at.most(1)
        }
      })
    })
  })

  it('never takes a copy that is missed already, whoever else is down and in whatever order it is asked', () => {
    const states = anyWorld({ maxMembers: 10 }).chain(given => {
      const names = given.members.map(({ name }) => name)
      return fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...names, 'nobody-knows'], { minLength: 1 }),
        fc.subarray([...names, 'outside-a', 'nobody-knows']),
        fc.subarray(names),
      )
    })
    check(states, ([given, order, down, done]) => {
      const { start } = decide({ world: given, order, down: new Set(down), done: new Set(done) })
      expect(listBreaches(keepTouched(given, start), new Set([...down, ...start]))).to.eql([])
      const mustNot = new Set([...listImpossible(given), ...down, ...done, 'nobody-knows'])
      expect(start.filter(name => mustNot.has(name))).to.eql([])
    })
  })

  it('never starts an impossible member', () => {
    check(anyWorld({ maxMembers: 10 }), given => {
      const order = given.members.map(({ name }) => name)
      const { start } = decide({ world: given, order })
      expect(start.filter(name => listImpossible(given).includes(name))).to.eql([])
    })
  })

  it('starts each pending member or says what holds it', () => {
    check(fc.tuple(anyWorld({ maxMembers: 10 }), fc.nat({ max: 4 })), ([given, count]) => {
      const order = given.members.map(({ name }) => name)
      const down = new Set(order.slice(0, count))
      const { start, blocked } = decide({ world: given, order, down })
      expect([...start, ...blocked.map(({ member: name }) => name)]).to.have.members(order)
      for (const { gate, by, waitsFor } of blocked) {
        expect(gate).to.be.a('string').that.is.not.equal('')
        expect(by).to.be.a('string').that.is.not.equal('')
        expect(order.concat('outside-a', 'outside-b')).to.include.members([...waitsFor])
      }
    })
  })

  it('answers the same for the same world in any order', () => {
    const worlds = anyWorld({ maxMembers: 10 })
    check(fc.tuple(worlds, fc.nat({ max: 3 })), ([given, count]) => {
      const order = given.members.map(({ name }) => name)
      const down = new Set(order.slice(-count))
      const turned = { ...given, members: given.members.toReversed(), shares: given.shares.toReversed() }
      expect(decide({ world: turned, order, down })).to.eql(decide({ world: given, order, down }))
    })
  })

  it('starts the next node as soon as its own partner is back, without waiting for the whole wave', () => {
    const given = world({
      members: ['a', 'b', 'c', 'd'].map(name => member(name)),
      shares: [share('x', ['a', 'c']), share('y', ['b', 'd'])],
    })
    const order = ['a', 'b', 'c', 'd']
    expect(decide({ world: given, order }).start).to.eql(['a', 'b'])
    const later = { world: given, order: ['c', 'd'], down: new Set(['b']), done: new Set(['a']) }
    expect(decide(later).start).to.eql(['c'])
  })

  it('takes the first of a tier alone in its tier, and the others once it is done', () => {
    const given = zoned({ nodes: 6, zones: 3, shares: 0 })
    const [first = '', ...others] = given.members.map(({ name }) => name)
    const one = decide({ world: given, order: [first, ...others] })
    expect(one.start).to.eql([first])
    expect(one.blocked[0]).to.deep.include({
      gate: 'first_of_a_tier_goes_alone',
      by: 'hot',
      waitsFor: [first],
    })
    expect(decide({ world: given, order: others, done: new Set([first]) }).start).to.eql(others)
  })

  it('takes a canary of each tier of the platform at once, and the elected master after the others', () => {
    const given = platform()
    const order = planWaves(given).waves.flat()
    const rounds: string[][] = []
    const done = new Set<string>()
    while (done.size < order.length) {
      const { start } = decide({ world: given, order, done })
      rounds.push([...start])
      for (const name of start) done.add(name)
    }
    expect(rounds).to.eql([
      ['es-coord01', 'es-data03', 'es-data01', 'es-master01'],
      ['es-coord02', 'es-data04', 'es-data02', 'es-master03'],
      ['es-data05', 'es-master02'],
    ])
  })

  it('holds a pending node when a share of which it has the only copy appears during the run', () => {
    const given = world({ members: ['a', 'b'].map(name => member(name)), shares: [share('x', ['a', 'b'])] })
    const state = { order: ['b'], done: new Set(['a']) }
    expect(decide({ world: given, ...state }).start).to.eql(['b'])

    const grown = { ...given, shares: [...given.shares, share('new', ['b'])] }
    expect(decide({ world: grown, ...state })).to.eql({
      start: [],
      blocked: [{ member: 'b', gate: 'enough_in_sync_copies_stay_up', by: 'new', waitsFor: [] }],
    })
    const copied = { ...given, shares: [...given.shares, share('new', ['b', 'a'])] }
    expect(decide({ world: copied, ...state }).start).to.eql(['b'])
  })

  it('holds a pending node when a new share has its other copy on a node that is down', () => {
    const members = ['a', 'b'].map(name => member(name))
    const state = { order: ['b'], down: new Set(['a']) }
    expect(decide({ world: world({ members }), ...state }).start).to.eql(['b'])
    const grown = world({ members, shares: [share('new', ['a', 'b'])] })
    expect(decide({ world: grown, ...state }).blocked).to.eql([
      { member: 'b', gate: 'enough_in_sync_copies_stay_up', by: 'new', waitsFor: ['a'] },
    ])
  })

  it('starts nobody from a map that is empty', () => {
    const { start, blocked } = decide({ world: world({}), order: ['a', 'b'] })
    expect(start).to.eql([])
    expect(blocked.map(({ gate }) => gate)).to.eql([
      'is_seen_in_the_fresh_world',
      'is_seen_in_the_fresh_world',
    ])
  })

  it('counts a node that is down outside the run against shares and caps', () => {
    const members = ['a', 'b'].map(name => member(name))
    const shares = [share('x', ['a', 'elsewhere'])]
    const caps = [{ name: 'one_of_the_tier', members: ['b', 'elsewhere'], max: 1 }]
    const down = new Set(['elsewhere'])
    const { blocked } = decide({ world: world({ members, shares, caps }), order: ['a', 'b'], down })
    expect(blocked.map(({ gate, waitsFor }) => ({ gate, waitsFor }))).to.eql([
      { gate: 'enough_in_sync_copies_stay_up', waitsFor: ['elsewhere'] },
      { gate: 'one_of_the_tier', waitsFor: ['elsewhere'] },
    ])
  })

  it('lets nobody overtake into the way of the next in line', () => {
    const given = world({
      members: ['a', 'b', 'c', 'd'].map(name => member(name)),
      shares: [share('x', ['a', 'b']), share('y', ['b', 'c'])],
    })
    const { start, blocked } = decide({ world: given, order: ['b', 'c', 'd'], down: new Set(['a']) })
    expect(start).to.eql(['d'])
    expect(blocked[1]).to.eql({
      member: 'c',
      gate: 'is_not_in_the_way_of_the_next_in_line',
      by: 'y',
      waitsFor: ['b'],
    })
  })

  it('keeps room for the next in line behind a member that can never stop', () => {
    const given = world({
      members: ['never', 'a', 'b', 'c'].map(name => member(name)),
      shares: [share('single', ['never']), share('x', ['a', 'b']), share('y', ['b', 'c'])],
    })
    const order = ['never', 'b', 'c']
    expect(decide({ world: given, order, down: new Set(['a']) }).start).to.eql([])
  })

  it('lets the others of a tier overtake one that has become its last during the run', () => {
    const given = world({
      members: [member('a', { tier: 'broker', last: true }), member('b', { tier: 'broker' })],
      shares: [share('x', ['a', 'b'])],
    })
    expect(decide({ world: given, order: ['a', 'b'] }).start).to.eql(['b'])
  })

  it('counts a node that the fresh world no longer names, and says that it is waited for', () => {
    const given = world({ members: [member('a')], maxDown: 1 })
    const { start, blocked } = decide({ world: given, order: ['a'], down: new Set(['gone']) })
    expect(start).to.eql([])
    expect(blocked[0]?.waitsFor).to.eql(['gone'])
  })

  it('keeps nobody waiting for a member that can never stop', () => {
    const given = world({
      members: ['a', 'b'].map(name => member(name)),
      shares: [share('x', ['a', 'b']), share('single', ['a'])],
    })
    expect(decide({ world: given, order: ['a', 'b'] }).start).to.eql(['b'])
  })
})

function decide(state: Partial<FrontierState> & Pick<FrontierState, 'world' | 'order'>) {
  return decideStarts({ down: new Set(), done: new Set(), ...state })
}

/** The rules that somebody of `names` is part of; others may be broken already, by whoever is down. */
function keepTouched(given: World, names: readonly string[]): World {
  const touches = (others: readonly string[]): boolean => others.some(name => names.includes(name))
  const machines = given.members.filter(({ name }) => names.includes(name)).map(({ machine }) => machine)
  return {
    members: given.members.filter(({ machine }) => machines.includes(machine)),
    shares: given.shares.filter(({ holders }) => touches(holders)),
    caps: given.caps.filter(({ members }) => touches(members)),
    maxDown: names.length > 0 ? given.maxDown : Infinity,
  }
}

/** Runs to the end: all that may start do, then the dice say who comes back. Answers who is done. */
function play(
  given: World,
  order: readonly string[],
  dice: readonly number[],
  watch: (down: ReadonlySet<string>, done: ReadonlySet<string>) => void,
): Set<string> {
  const down = new Set<string>()
  const done = new Set<string>()
  for (let turn = 0; ; turn++) {
    const pending = order.filter(name => !down.has(name) && !done.has(name))
    for (const name of decideStarts({ world: given, order: pending, down, done }).start) down.add(name)
    watch(down, done)
    const back = [...down][(dice[turn % dice.length] ?? 0) % down.size]
    if (back === undefined) return done
    down.delete(back)
    done.add(back)
  }
}

function anyDice(): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(), { minLength: 1, maxLength: 12 })
}

function check<Value>(values: fc.Arbitrary<Value>, predicate: (value: Value) => void): void {
  fc.assert(fc.property(values, predicate), { numRuns: 400 })
}
