// Clusters for the tests of the planner of reassignments: built by hand or random, and a plain check of all bounds that shares
// no line with the planner.
import fc from 'fast-check'
import type {
  BrokerRole,
  LoadedBroker,
  LoadedPartition,
  ReassignGoal,
  ReassignPlan,
  ReassignWorld,
} from '../../../src/planning/reassign/index.ts'

export function broker(id: number, over: Partial<LoadedBroker> = {}): LoadedBroker {
  return { id, rack: `az-${id}`, role: 'stays', totalBytes: 1000, usedBytes: 0, roomBytes: null, ...over }
}

export function partition(
  number: number,
  replicas: readonly number[],
  over: Partial<LoadedPartition> = {},
): LoadedPartition {
  return {
    topic: 'raw-logs',
    partition: number,
    replicas,
    leader: replicas[0] ?? null,
    bytes: 10,
    bytesInPerSecond: null,
    ...over,
  }
}

export function cluster(over: Partial<ReassignWorld>): ReassignWorld {
  return { brokers: [], partitions: [], goal: { kind: 'rebalance' }, within: 0.05, ...over }
}

/** Replicas of every partition after the plan, by `topic-partition`. */
export function replicasAfter({ partitions }: ReassignWorld, { moves }: ReassignPlan) {
  const after = new Map(partitions.map(one => [`${one.topic}-${one.partition}`, one.replicas]))
  for (const { topic, partition: number, to } of moves) after.set(`${topic}-${number}`, to)
  return after
}

/** Bounds that a plan breaks, one sentence each. */
export function listBreaches(world: ReassignWorld, plan: ReassignPlan): string[] {
  const byId = new Map(world.brokers.map(one => [one.id, one]))
  const before = new Map(world.partitions.map(one => [`${one.topic}-${one.partition}`, one]))
  const arriving = new Map<number, number>()
  const breaches: string[] = []
  for (const { topic, partition: number, from, to, adding, bytes } of plan.moves) {
    const name = `${topic}-${number}`
    if (new Set(to).size !== to.length) breaches.push(`${name} is twice on one broker`)
    if (from.join() !== before.get(name)?.replicas.join()) breaches.push(`${name} was never on ${from}`)
    const raised = world.goal.kind === 'raise' && world.goal.topics.has(topic) ? world.goal.factor : 0
    if (to.length !== Math.max(from.length, raised)) breaches.push(`${name} has ${to.length} copies`)
    if (to.filter(id => !from.includes(id)).join() !== adding.join()) breaches.push(`${name} adds ${adding}`)
    for (const id of adding) {
      arriving.set(id, (arriving.get(id) ?? 0) + bytes)
      if (byId.get(id)?.role === 'drained') breaches.push(`${name} goes to ${id}, which is drained`)
    }
    breaches.push(...listCrowded(world, from, to).map(rack => `${name} crowds ${rack}`))
  }
  for (const [id, bytes] of arriving)
    if (bytes > (byId.get(id)?.roomBytes ?? Infinity)) breaches.push(`${id} gets ${bytes} bytes`)
  return breaches
}

/** Racks that hold more of a partition than before and more than the best placement of all would need. */
function listCrowded({ brokers }: ReassignWorld, from: readonly number[], to: readonly number[]): string[] {
  if (brokers.some(({ rack }) => rack === null)) return []
  const rackOf = new Map(brokers.map(({ id, rack }) => [id, `${rack}`]))
  const count = (ids: readonly number[], rack: string): number =>
    ids.filter(id => rackOf.get(id) === rack).length
  const fullest = (ids: readonly number[]): number =>
    Math.max(...[...rackOf.values()].map(rack => count(ids, rack)))
  const open = brokers.filter(({ role }) => role !== 'drained').map(({ id }) => id)
  const fewest = Math.min(...subsets(open, to.length).map(fullest))
  return [...new Set(rackOf.values())].filter(rack => {
    return count(to, rack) > Math.max(fewest, count(from, rack))
  })
}

export function subsets<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]]
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map(rest => [item, ...rest]),
  )
}

interface Limits {
  readonly maxBrokers: number
  readonly maxPartitions: number
  readonly kinds: readonly ReassignGoal['kind'][]
}

/** Clusters with any racks, any sizes and often too little room. */
export function anyCluster({ maxBrokers, maxPartitions, kinds }: Limits): fc.Arbitrary<ReassignWorld> {
  return fc
    .tuple(fc.integer({ min: 1, max: maxBrokers }), fc.constantFrom(...kinds))
    .chain(([size, kind]) => {
      const ids = Array.from({ length: size }, (_, index) => index + 1)
      return fc.record({
        brokers: fc.tuple(...ids.map(id => anyBroker(id, kind))),
        partitions: fc
          .array(anyPartition(ids), { maxLength: maxPartitions })
          .map(list => list.map((one, index) => ({ ...one, partition: index }))),
        goal: anyGoal(kind),
        within: fc.constantFrom(0.05, 0.1, 0.3),
      })
    })
}

function anyBroker(id: number, kind: ReassignGoal['kind']): fc.Arbitrary<LoadedBroker> {
  const special: Record<string, BrokerRole> = { add: 'added', drain: 'drained' }
  return fc.record({
    id: fc.constant(id),
    rack: fc.oneof({ weight: 30, arbitrary: fc.constantFrom('a', 'b', 'c') }, fc.constant(null)),
    role: fc.constantFrom<BrokerRole>('stays', 'stays', special[kind] ?? 'stays'),
    totalBytes: fc.constantFrom(null, 1000, 1000, 2000),
    usedBytes: fc.nat(500),
    roomBytes: fc.oneof(fc.constant(null), fc.nat(60)),
  })
}

function anyPartition(ids: readonly number[]): fc.Arbitrary<LoadedPartition> {
  return fc.record({
    topic: fc.constantFrom('raw-logs', 'audit'),
    partition: fc.constant(0),
    replicas: fc.shuffledSubarray([...ids], { minLength: 1, maxLength: Math.min(4, ids.length) }),
    leader: fc.constant(null),
    bytes: fc.oneof(fc.nat(30), fc.constant(10)),
    bytesInPerSecond: fc.constantFrom(null, 0, 5, 10),
  })
}

function anyGoal(kind: ReassignGoal['kind']): fc.Arbitrary<ReassignGoal> {
  if (kind !== 'raise') return fc.constant({ kind })
  return fc
    .integer({ min: 2, max: 4 })
    .map(factor => ({ kind, factor, topics: new Set(['raw-logs']) }) as const)
}

export function shuffled(given: ReassignWorld): fc.Arbitrary<ReassignWorld> {
  const mix = <Item>(items: readonly Item[]): fc.Arbitrary<Item[]> =>
    fc.shuffledSubarray([...items], { minLength: items.length })
  return fc
    .tuple(mix(given.brokers), mix(given.partitions))
    .map(([brokers, partitions]) => ({ ...given, brokers, partitions }))
}
