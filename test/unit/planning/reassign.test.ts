// The planner of reassignments: what it answers on small clusters, and what it never does on any.
import { expect } from 'chai'
import fc from 'fast-check'
import { planReassignment, type ReassignGoal } from '../../../src/planning/reassign/index.ts'
import { Layout } from '../../../src/planning/reassign/layout.ts'
import { findShares } from '../../../src/planning/reassign/shares.ts'
import {
  anyCluster,
  broker,
  cluster,
  listBreaches,
  partition,
  replicasAfter,
  shuffled,
  subsets,
} from './reassign-worlds.ts'

const kinds: readonly ReassignGoal['kind'][] = ['add', 'drain', 'rebalance', 'raise']
const three = [broker(1), broker(2), broker(3)]
const pairs = [
  [1, 2],
  [2, 3],
  [3, 1],
] as const
const sixteen = Array.from({ length: 16 }, (_, at) => partition(at, pairs[at % 3] ?? [1, 2]))

describe('the planner of reassignments', () => {
  it('takes every copy off a drained broker, copies each of them once and nothing else', () => {
    const brokers = [broker(1), broker(2, { role: 'drained' }), broker(3)]
    const plan = planReassignment(cluster({ brokers, partitions: sixteen, goal: { kind: 'drain' } }))
    const held = sixteen.filter(({ replicas }) => replicas.includes(2)).length
    expect(plan.bytesMoved).to.equal(held * 10)
    expect(plan.lowerBound.bytes).to.equal(plan.bytesMoved)
    expect(plan.brokers.find(({ id }) => id === 2)?.after).to.deep.equal({
      bytes: 0,
      replicas: 0,
      leaders: 0,
    })
    expect(plan.brokers.map(({ after }) => after.leaders)).to.deep.equal([8, 0, 8])
  })

  it('refuses to place a copy where every broker that is left has one', () => {
    const brokers = [broker(1), broker(2, { role: 'drained' }), broker(3)]
    const partitions = [partition(0, [1, 2, 3])]
    const { moves, unplaced } = planReassignment(cluster({ brokers, partitions, goal: { kind: 'drain' } }))
    expect(moves).to.deep.equal([])
    expect(unplaced).to.deep.equal([
      { topic: 'raw-logs', partition: 0, because: 'every broker that may take a copy has one already' },
    ])
  })

  it('fills an added broker to its share, copies to nobody else and gives it leaders', () => {
    const brokers = [...three, broker(4, { role: 'added' })]
    const plan = planReassignment(cluster({ brokers, partitions: sixteen, goal: { kind: 'add' } }))
    expect(plan.brokers.map(({ bytesIn }) => bytesIn)).to.deep.equal([0, 0, 0, 80])
    expect(plan.brokers.map(({ after }) => after.replicas)).to.deep.equal([8, 8, 8, 8])
    expect(plan.brokers.map(({ after }) => after.leaders)).to.deep.equal([4, 4, 4, 4])
    expect(plan.lowerBound.bytes).to.equal(80)
  })

  it('adds copies in racks that have none', () => {
    const brokers = [...three, broker(4, { rack: 'az-1' })]
    const goal = { kind: 'raise', factor: 3, topics: new Set(['raw-logs']) } as const
    const plan = planReassignment(cluster({ brokers, partitions: sixteen, goal }))
    expect(plan.bytesMoved).to.equal(160)
    for (const replicas of replicasAfter(cluster({ partitions: sixteen }), plan).values())
      expect(new Set(replicas.map(id => (id === 4 ? 1 : id))).size).to.equal(3)
  })

  it('brings a full broker down to its share, with the least that whole copies allow', () => {
    const partitions = Array.from({ length: 12 }, (_, at) => partition(at, [at < 8 ? 1 : at < 10 ? 2 : 3]))
    const plan = planReassignment(cluster({ brokers: three, partitions }))
    expect(plan.brokers.map(({ after }) => after.replicas)).to.deep.equal([4, 4, 4])
    expect(plan.bytesMoved).to.equal(40)
    expect(plan.lowerBound).to.deep.equal({ bytes: 40, because: 'what brokers lack' })
  })

  it('mends partitions that have two copies in one rack when it rebalances', () => {
    const brokers = [broker(1), broker(2, { rack: 'az-1' }), broker(3), broker(4)]
    const partitions = [partition(0, [1, 2]), partition(1, [3, 4])]
    const { crowded, moves } = planReassignment(cluster({ brokers, partitions, within: 1 }))
    expect(crowded).to.deep.equal({ before: 1, after: 0 })
    expect(moves.map(({ partition: number }) => number)).to.include(0)
  })

  it('names partitions that end in fewer racks', () => {
    const brokers = [broker(1), broker(2, { rack: 'az-1' }), broker(3, { role: 'drained' })]
    const partitions = [partition(0, [1, 3])]
    const { lessSpread } = planReassignment(cluster({ brokers, partitions, goal: { kind: 'drain' } }))
    expect(lessSpread).to.deep.equal(['raw-logs-0'])
  })

  it('passes a copy on where disks are so tight that the first choice leaves no room', () => {
    // The small copy takes the only place of the partition that may go nowhere else.
    const brokers = [
      broker(1, { role: 'drained' }),
      broker(2, { roomBytes: 20 }),
      broker(3, { roomBytes: 20 }),
      broker(4, { roomBytes: 0 }),
    ]
    const partitions = [partition(0, [1], { bytes: 20 }), partition(1, [1, 3], { bytes: 20 })]
    const plan = planReassignment(cluster({ brokers, partitions, goal: { kind: 'drain' } }))
    expect(plan.unplaced).to.deep.equal([])
    expect(listBreaches(cluster({ brokers, partitions }), plan)).to.deep.equal([])
  })

  it('hands leaders over by what comes in, and moves no data for it', () => {
    const partitions = Array.from({ length: 6 }, (_, at) => partition(at, [1, 2, 3], { bytesInPerSecond: 5 }))
    const plan = planReassignment(cluster({ brokers: three, partitions }))
    expect(plan.bytesMoved).to.equal(0)
    expect(plan.brokers.map(({ after }) => after.leaders)).to.deep.equal([2, 2, 2])
  })

  it('plans nothing for a cluster without brokers or partitions', () => {
    for (const kind of ['add', 'drain', 'rebalance'] as const)
      expect(planReassignment(cluster({ goal: { kind } })).moves).to.deep.equal([])
  })

  for (const kind of kinds) {
    it(`never breaks a rack or a disk (${kind})`, () => {
      check(anyCluster({ maxBrokers: 7, maxPartitions: 14, kinds: [kind] }), world => {
        expect(listBreaches(world, planReassignment(world))).to.deep.equal([])
      })
    })
  }

  it('makes the same plan of the same cluster in any order', () => {
    const pair = anyCluster({ maxBrokers: 6, maxPartitions: 10, kinds }).chain(world =>
      fc.tuple(fc.constant(world), shuffled(world)),
    )
    check(pair, ([world, again]) => {
      expect(planReassignment(again)).to.deep.equal(planReassignment(world))
    })
  })

  it('leaves nothing on a drained broker but what it names', () => {
    check(anyCluster({ maxBrokers: 6, maxPartitions: 10, kinds: ['drain'] }), world => {
      const plan = planReassignment(world)
      const drained = new Set(world.brokers.filter(({ role }) => role === 'drained').map(({ id }) => id))
      const left = [...replicasAfter(world, plan)].filter(([, ids]) => ids.some(id => drained.has(id)))
      const named = plan.unplaced.map(one => `${one.topic}-${one.partition}`)
      expect(left.map(([name]) => name).sort()).to.deep.equal(named.sort())
    })
  })

  it('never moves fewer bytes than its lower bound, and no plan of all does', () => {
    const small = anyCluster({ maxBrokers: 3, maxPartitions: 4, kinds: ['add', 'rebalance'] })
    check(small, world => {
      const plan = planReassignment(world)
      expect(plan.bytesMoved).to.be.at.least(plan.lowerBound.bytes)
      expect(fewestBytesOfAll(world, plan)).to.be.at.least(plan.lowerBound.bytes - 1e-6)
    })
  })

  it('never ends further from the shares than it began, unless racks had to be mended', () => {
    check(anyCluster({ maxBrokers: 6, maxPartitions: 12, kinds: ['add', 'rebalance'] }), world => {
      const layout = new Layout(world)
      const shares = findShares(layout)
      const plan = planReassignment(world)
      // One copy less in a crowded rack is worth it, also where the partition stays crowded.
      if (world.goal.kind === 'rebalance' && plan.crowded.before > 0) return
      const distance = (when: 'before' | 'after'): number =>
        plan.brokers.reduce((sum, one, at) => sum + (one[when].bytes - (shares[at] ?? 0)) ** 2, 0)
      expect(distance('after')).to.be.at.most(distance('before') + 1e-6)
    })
  })
})

/** Every way to place every partition that ends no further from the shares than the plan; the one that copies least. */
function fewestBytesOfAll(
  world: Parameters<typeof planReassignment>[0],
  plan: ReturnType<typeof planReassignment>,
): number {
  const shares = findShares(new Layout(world))
  const { within, goal } = world
  const bands = plan.brokers.map(({ id, role, after }, at) => {
    const share = shares[at] ?? 0
    const matters = goal.kind === 'rebalance' || role === 'added'
    return {
      id,
      least: matters ? Math.min(share * (1 - within), after.bytes) - 1e-6 : -Infinity,
      most: goal.kind === 'rebalance' ? Math.max(share * (1 + within), after.bytes) + 1e-6 : Infinity,
    }
  })
  const ids = bands.map(({ id }) => id)
  let best = Infinity
  const place = (at: number, load: Map<number, number>, copied: number): void => {
    const next = world.partitions[at]
    if (next === undefined) {
      if (bands.every(({ id, least, most }) => (load.get(id) ?? 0) >= least && (load.get(id) ?? 0) <= most))
        best = Math.min(best, copied)
      return
    }
    for (const holders of subsets(ids, next.replicas.length)) {
      const more = new Map(load)
      for (const id of holders) more.set(id, (more.get(id) ?? 0) + next.bytes)
      const fresh = holders.filter(id => !next.replicas.includes(id)).length
      place(at + 1, more, copied + fresh * next.bytes)
    }
  }
  place(0, new Map(), 0)
  return plan.crowded.before > 0 ? Infinity : best
}

function check<Value>(values: fc.Arbitrary<Value>, predicate: (value: Value) => void): void {
  fc.assert(fc.property(values, predicate), { numRuns: 500 })
}
