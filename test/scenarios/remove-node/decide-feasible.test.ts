// Never says feasible where a copy has no place: against every placement there is, in small worlds.
import { expect } from 'chai'
import fc from 'fast-check'
import { rulesOfCluster, rulesOfIndex } from '../../../runbooks/remove-node/constraints.ts'
import {
  decideFeasible,
  type FeasibleWorld,
  type PlacedCopy,
  type RoomyNode,
} from '../../../runbooks/remove-node/decide-feasible.ts'

type Settings = Record<string, string>

interface Small {
  readonly nodes: readonly { tier: string; zone: string; room: number }[]
  /** Numbers of nodes for the copies of one shard each. */
  readonly shards: readonly { index: number; bytes: number; on: readonly number[] }[]
  readonly leaving: readonly number[]
  readonly index: readonly Settings[]
  readonly cluster: Settings
}

const tier = fc.constantFrom('data_hot', 'data_warm')
const indexSettings = fc.record({
  tiers: fc.constantFrom('', 'data_hot', 'data_warm,data_hot'),
  perNode: fc.constantFrom('-1', '-1', '1', '2'),
  filter: fc.constantFrom<Settings>(
    {},
    {},
    { 'index.routing.allocation.require.zone': 'a' },
    { 'index.routing.allocation.exclude._name': 'n3,x*' },
    { 'index.routing.allocation.include._name': 'n1,n2' },
  ),
})

const smallWorld: fc.Arbitrary<Small> = fc.record({
  nodes: fc.array(
    fc.record({ tier, zone: fc.constantFrom('a', 'b'), room: fc.integer({ min: -2, max: 8 }) }),
    {
      minLength: 2,
      maxLength: 5,
    },
  ),
  shards: fc.array(
    fc.record({
      index: fc.integer({ min: 0, max: 1 }),
      bytes: fc.integer({ min: 0, max: 5 }),
      on: fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 5 },
  ),
  leaving: fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 2 }),
  index: fc.tuple(indexSettings, indexSettings).map(both =>
    both.map(({ tiers, perNode, filter }) => ({
      'index.routing.allocation.include._tier_preference': tiers,
      'index.routing.allocation.total_shards_per_node': perNode,
      ...filter,
    })),
  ),
  cluster: fc.constantFrom<Settings>(
    {},
    {},
    { 'cluster.routing.allocation.awareness.attributes': 'zone' },
    { 'cluster.routing.allocation.total_shards_per_node': '3' },
    { 'cluster.routing.allocation.exclude._name': 'n2' },
  ),
})

const nameOf = (number: number): string => `n${number}`

function worldOf({ nodes, shards, leaving, index, cluster }: Small): FeasibleWorld {
  const there = (number: number): boolean => number < nodes.length
  return {
    nodes: nodes.map(
      ({ tier: role, zone, room }, at): RoomyNode => ({
        ...{ id: `id-${at}`, name: nameOf(at), host: `10.0.0.${at}`, roles: [role], attributes: { zone } },
        roomBytes: room,
      }),
    ),
    leaving: new Set(leaving.filter(there).map(nameOf)),
    copies: shards.flatMap((shard, number) =>
      shard.on.filter(there).map(
        (on, at): PlacedCopy => ({
          ...{ index: `index-${shard.index}`, shard: number, primary: at === 0 },
          ...{ bytes: shard.bytes, node: nameOf(on), moving: false },
        }),
      ),
    ),
    rules: new Map(index.map((settings, at) => [`index-${at}`, rulesOfIndex(settings)])),
    cluster: rulesOfCluster({ persistent: cluster, transient: {}, defaults: {} }),
    expanding: new Set(),
  }
}

/** What is wrong with the world when every copy is where `place` says; written apart from the code that it judges. */
function faultsOf(small: Small, world: FeasibleWorld, place: ReadonlyMap<PlacedCopy, string>): string[] {
  const faults: string[] = []
  const at = (copy: PlacedCopy): string => place.get(copy) ?? copy.node
  for (const copy of place.keys()) {
    const number = world.nodes.findIndex(({ name }) => name === at(copy))
    const node = small.nodes[number]
    const settings = small.index[Number(copy.index.slice(-1))] ?? {}
    if (node === undefined || world.leaving.has(at(copy))) faults.push('nowhere')
    if (node === undefined) continue
    const wanted = (settings['index.routing.allocation.include._tier_preference'] ?? '').split(',')
    const first = wanted.find(one => small.nodes.some(({ tier: has }) => has === one))
    if (wanted[0] !== '' && node.tier !== first) faults.push('tier')
    if (settings['index.routing.allocation.require.zone'] === 'a' && node.zone !== 'a') faults.push('require')
    if ('index.routing.allocation.exclude._name' in settings && at(copy) === 'n3') faults.push('exclude')
    if ('index.routing.allocation.include._name' in settings && !['n1', 'n2'].includes(at(copy)))
      faults.push('include')
    if ('cluster.routing.allocation.exclude._name' in small.cluster && at(copy) === 'n2')
      faults.push('cluster exclude')
    const peers = world.copies.filter(one => one.index === copy.index && one.shard === copy.shard)
    if (peers.some(one => one !== copy && at(one) === at(copy))) faults.push('same shard')
    const perNode = Number(settings['index.routing.allocation.total_shards_per_node'])
    const beside = world.copies.filter(one => at(one) === at(copy))
    if (perNode > 0 && beside.filter(one => one.index === copy.index).length > perNode) faults.push('limit')
    if ('cluster.routing.allocation.total_shards_per_node' in small.cluster && beside.length > 3)
      faults.push('cluster limit')
    if ('cluster.routing.allocation.awareness.attributes' in small.cluster) {
      const zones = new Set(small.nodes.map(({ zone }) => zone)).size
      const inZone = peers.filter(
        one => small.nodes[world.nodes.findIndex(({ name }) => name === at(one))]?.zone === node.zone,
      )
      if (inZone.length > Math.ceil(peers.length / zones)) faults.push('zone')
    }
    const bytes = [...place].filter(([, to]) => to === at(copy)).reduce((sum, [one]) => sum + one.bytes, 0)
    if (bytes > 0 && bytes > node.room) faults.push('disk')
    if (copy.bytes === 0 && node.room < 0) faults.push('disk')
  }
  return faults
}

/** Tries every placement there is. */
function isPossible(small: Small, world: FeasibleWorld): boolean {
  const moving = world.copies.filter(({ node }) => world.leaving.has(node))
  const staying = world.nodes.filter(({ name }) => !world.leaving.has(name)).map(({ name }) => name)
  const tryAll = (at: number, place: Map<PlacedCopy, string>): boolean => {
    const copy = moving[at]
    if (copy === undefined) return faultsOf(small, world, place).length === 0
    return staying.some(to => tryAll(at + 1, new Map([...place, [copy, to]])))
  }
  return tryAll(0, new Map())
}

describe('whether a node can be let go, by arithmetic', () => {
  it('never says yes where a copy has no place, and has a place for each where it says yes', () => {
    const said = { yes: 0, no: 0 }
    fc.assert(
      fc.property(smallWorld, small => {
        const world = worldOf(small)
        const { placed, unplaceable } = decideFeasible(world)
        if (unplaceable.length > 0) {
          said.no += 1
          return
        }
        said.yes += 1
        const place = new Map(placed.map(({ copy, to }) => [copy, to]))
        expect(place.size).to.equal(world.copies.filter(({ node }) => world.leaving.has(node)).length)
        expect(faultsOf(small, world, place)).to.deep.equal([])
      }),
      { numRuns: 3000 },
    )
    expect(said.yes, 'feasible worlds').to.be.greaterThan(300)
    expect(said.no, 'others').to.be.greaterThan(300)
  })

  it('says no wherever no placement exists, and seldom elsewhere', () => {
    const wrong = { refused: 0, possible: 0 }
    fc.assert(
      fc.property(smallWorld, small => {
        const world = worldOf(small)
        const yes = decideFeasible(world).unplaceable.length === 0
        const possible = isPossible(small, world)
        if (!possible) expect(yes).to.equal(false)
        else {
          wrong.possible += 1
          if (!yes) wrong.refused += 1
        }
      }),
      { numRuns: 1000 },
    )
    expect(wrong.refused / wrong.possible, 'refused although it could be').to.be.lessThan(0.05)
  })

  it('names for every node why a copy cannot be there', () => {
    const world = worldOf({
      nodes: [
        { tier: 'data_hot', zone: 'a', room: 9 },
        { tier: 'data_hot', zone: 'a', room: 1 },
        { tier: 'data_hot', zone: 'b', room: 9 },
        { tier: 'data_warm', zone: 'b', room: 9 },
      ],
      shards: [{ index: 0, bytes: 3, on: [0, 2] }],
      leaving: [0],
      index: [{ 'index.routing.allocation.include._tier_preference': 'data_hot' }, {}],
      cluster: {},
    })
    const [found] = decideFeasible(world).unplaceable
    expect(found?.because.map(({ node, decider }) => `${node} ${decider}`)).to.deep.equal([
      'n1 disk_threshold',
      'n2 same_shard',
      'n3 data_tier',
    ])
  })

  it('lets a copy of an expanding index vanish where another one stays', () => {
    const small: Small = {
      nodes: [
        { tier: 'data_hot', zone: 'a', room: 9 },
        { tier: 'data_hot', zone: 'a', room: 9 },
      ],
      shards: [{ index: 0, bytes: 3, on: [0, 1] }],
      ...{ leaving: [0], index: [{}, {}], cluster: {} },
    }
    expect(decideFeasible(worldOf(small)).unplaceable).to.have.length(1)
    const expanding = { ...worldOf(small), expanding: new Set(['index-0']) }
    expect(decideFeasible(expanding).unplaceable).to.deep.equal([])
  })
})
