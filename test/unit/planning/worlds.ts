// Worlds for the planner's tests: some built by hand, some random, and a plain check of all rules that shares no
// line with the planner.
import fc from 'fast-check'
import type { Cap, Member, Share, World } from '../../../src/planning/index.ts'

/** A member that nothing holds, with what a test says of it. */
export function member(name: string, over: Partial<Member> = {}): Member {
  return { name, rank: 0, tier: name, attributes: {}, machine: '', ...over }
}

export function world(over: Partial<World>): World {
  return { members: [], shares: [], caps: [], maxDown: Infinity, ...over }
}

export function share(name: string, holders: readonly string[], minUp = 1): Share {
  return { name, holders, minUp }
}

/** One share for every two of the names: no two of them may be down together. */
export function shareAllPairs(names: readonly string[]): Share[] {
  return names.flatMap((a, i) => names.slice(i + 1).map(b => share(`${a}+${b}`, [a, b])))
}

/** The ten nodes of the platform; es-master02 is the elected master. */
export function platform(): World {
  const masters = ['es-master01', 'es-master02', 'es-master03']
  const hot = ['es-data01', 'es-data02']
  const warm = ['es-data03', 'es-data04', 'es-data05']
  const coordinators = ['es-coord01', 'es-coord02']
  return world({
    members: [
      ...coordinators.map(name => member(name, { rank: 0, tier: 'coordinating' })),
      ...warm.map(name => member(name, { rank: 2, tier: 'warm' })),
      ...hot.map(name => member(name, { rank: 3, tier: 'hot' })),
      ...masters.map(name => member(name, { rank: 4, tier: 'master', last: name === 'es-master02' })),
    ],
    shares: [...shareAllPairs(hot), ...shareAllPairs(warm)],
    caps: [
      { name: 'one_master_at_a_time', members: masters, max: 1 },
      { name: 'one_coordinator_stays_up', members: coordinators, max: 1 },
    ],
  })
}

/** Data nodes in zones, two copies of each share in two zones. */
export function zoned({ nodes, zones, shares }: { nodes: number; zones: number; shares: number }): World {
  const name = (index: number): string => `es-data${String(index % nodes).padStart(3, '0')}`
  return world({
    members: Array.from({ length: nodes }, (_, index) =>
      member(name(index), { tier: 'hot', attributes: { zone: `z${index % zones}`, rack: `r${index % 7}` } }),
    ),
    shares: Array.from({ length: shares }, (_, index) => {
      const first = index % nodes
      const distance = 1 + Math.floor(index / nodes) * zones + (index % (zones - 1))
      const second = (first + distance) % nodes
      return share(`logs[${index}]`, [
        name(first),
        name(second % zones === first % zones ? second + 1 : second),
      ])
    }),
  })
}

/** Rules that `down` breaks, one sentence each. Shares too small to lose any copy are left to `listImpossible`. */
export function listBreaches(given: World, down: ReadonlySet<string>): string[] {
  const count = (names: readonly string[]): number => new Set(names.filter(name => down.has(name))).size
  const machines = [...new Set(given.members.map(({ machine }) => machine))].filter(machine => machine !== '')
  const onMachine = (wanted: string): string[] =>
    given.members.filter(({ machine }) => machine === wanted).map(({ name }) => name)
  return [
    ...given.shares
      .filter(({ holders, minUp }) => new Set(holders).size > minUp)
      .filter(({ holders, minUp }) => new Set(holders).size - count(holders) < minUp)
      .map(({ name }) => `${name} has too few copies up`),
    ...given.caps.filter(({ members, max }) => count(members) > max).map(({ name }) => name),
    ...machines.filter(machine => count(onMachine(machine)) > 1).map(machine => `two down on ${machine}`),
    ...(down.size > given.maxDown ? [`${down.size} down of ${given.maxDown}`] : []),
  ]
}

/** Members whose stop alone is too much. */
export function listImpossible(given: World): string[] {
  const isTooMuch = ({ name }: Member): boolean =>
    given.maxDown < 1 ||
    given.caps.some(({ members, max }) => max < 1 && members.includes(name)) ||
    given.shares.some(({ holders, minUp }) => {
      return minUp > 0 && holders.includes(name) && new Set(holders).size <= minUp
    })
  return given.members.filter(isTooMuch).map(({ name }) => name)
}

/** Random worlds; some holders and cap members are not members of the run. */
export function anyWorld({ maxMembers }: { maxMembers: number }): fc.Arbitrary<World> {
  return fc.integer({ min: 1, max: maxMembers }).chain(size => {
    const names = Array.from({ length: size }, (_, index) => `m${index}`)
    const anyName = fc.constantFrom(...names, ...names, 'outside-a', 'outside-b')
    const members = fc.tuple(...names.map(anyMember))
    const shares = fc
      .array(anyShare(anyName), { maxLength: size * 3 })
      .map(list => list.map((one, index): Share => ({ ...one, name: `share${index}` })))
    const caps = fc.array(anyCap(anyName), { maxLength: 2 })
    const maxDown = fc.oneof(fc.constant(Infinity), fc.nat({ max: size }))
    return fc.record({ members, shares, caps, maxDown })
  })
}

function anyMember(name: string): fc.Arbitrary<Member> {
  return fc.record({
    name: fc.constant(name),
    rank: fc.integer({ min: 0, max: 2 }),
    tier: fc.constantFrom('hot', 'warm'),
    attributes: fc.oneof(
      fc.constant({}),
      fc.constantFrom('z0', 'z1', 'z2').map(zone => ({ zone })),
    ),
    machine: fc.constantFrom('', '', '', 'host-a', 'host-b'),
    last: fc.integer({ min: 0, max: 5 }).map(die => die === 0),
  })
}

function anyShare(anyName: fc.Arbitrary<string>): fc.Arbitrary<Omit<Share, 'name'>> {
  return fc.record({
    holders: fc.array(anyName, { minLength: 1, maxLength: 4 }),
    minUp: fc.constantFrom(0, 1, 1, 1, 2),
  })
}

function anyCap(anyName: fc.Arbitrary<string>): fc.Arbitrary<Cap> {
  return fc.record({
    name: fc.constantFrom('one_at_a_time', 'few_at_a_time'),
    members: fc.array(anyName, { maxLength: 6 }),
    max: fc.integer({ min: 0, max: 3 }),
  })
}
