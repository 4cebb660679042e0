// How fast reassignments are planned and how near the bytes come to the lower bound, on random clusters with a seed. Run it with
// `node bench/reassign.ts`; it exits 1 where a bar is missed.
import { planReassignment, type ReassignGoal, type ReassignWorld } from '../src/planning/reassign/index.ts'

interface Case {
  readonly name: string
  readonly brokers: number
  readonly partitions: number
  readonly copies: number
  readonly racks: number
  readonly kind: 'drain' | 'add' | 'rebalance' | 'raise'
}

const bars = { firstMs: 2000, aboveBound: 0.05 }
const large = { brokers: 100, partitions: 20_000, copies: 3, racks: 5 }
const cases: readonly Case[] = [
  ...(['drain', 'add', 'rebalance', 'raise'] as const).map(kind => ({
    ...large,
    kind,
    name: `large ${kind}`,
  })),
  { ...large, racks: 3, kind: 'add', name: 'as many racks as copies' },
  { ...large, racks: 3, kind: 'rebalance', name: 'as many racks as copies' },
  { brokers: 12, partitions: 600, copies: 3, racks: 3, kind: 'rebalance', name: 'middling' },
  { brokers: 4, partitions: 64, copies: 2, racks: 4, kind: 'add', name: 'small' },
]

const results = cases.map(measure)
console.table(results)
console.log(
  'firstMs: the first plan of this shape in the process. aboveBound: bytes moved above the lower bound, as a part of it.',
)
const missed = results.filter(
  ({ firstMs, aboveBound }) => firstMs > bars.firstMs || Number(aboveBound) > bars.aboveBound,
)
for (const { name, kind, firstMs, aboveBound } of missed)
  console.log(
    `missed: ${name}, ${kind}: ${firstMs} ms, bar ${bars.firstMs}; ${aboveBound}, bar ${bars.aboveBound}`,
  )
process.exitCode = missed.length > 0 ? 1 : 0

function measure(given: Case) {
  const world = placeAtRandom(given)
  const begunMs = performance.now()
  const plan = planReassignment(world)
  const firstMs = Math.round(performance.now() - begunMs)
  const { bytesMoved, lowerBound, moves, unplaced, worst } = plan
  const above = lowerBound.bytes === 0 ? bytesMoved : bytesMoved / lowerBound.bytes - 1
  return {
    ...{ name: given.name, kind: given.kind, firstMs, moves: moves.length, unplaced: unplaced.length },
    ...{ gib: Math.round(bytesMoved / 2 ** 30), aboveBound: above.toFixed(4) },
    ...{ worstBefore: worst.before.toFixed(2), worstAfter: worst.after.toFixed(2) },
  }
}

function placeAtRandom({ brokers, partitions, copies, racks, kind }: Case): ReassignWorld {
  const random = createRandom(brokers + partitions + racks)
  const fresh = kind === 'add' ? Math.max(1, Math.floor(brokers / 10)) : 0
  const used = brokers - fresh
  const rackOf = (broker: number): number => broker % racks
  const totalBytes = 8 * 2 ** 40
  const load = new Float64Array(brokers)
  const list = Array.from({ length: partitions }, (_, index) => {
    const bytes = Math.round(2 ** 30 * Math.exp(2 * random()))
    const replicas: number[] = []
    while (replicas.length < copies) {
      // Skewed, so that a rebalance has something to do.
      const broker = Math.floor(used * (kind === 'rebalance' ? random() ** 1.3 : random()))
      if (replicas.some(other => other === broker || (racks >= copies && rackOf(other) === rackOf(broker))))
        continue
      replicas.push(broker)
      load[broker] = (load[broker] ?? 0) + bytes
    }
    return {
      ...{ topic: `topic-${index % 500}`, partition: Math.floor(index / 500), replicas, bytes },
      ...{ leader: replicas[0] ?? null, bytesInPerSecond: bytes / 86_400 },
    }
  })
  return {
    brokers: Array.from({ length: brokers }, (_, id) => ({
      ...{ id, rack: `az-${rackOf(id)}`, totalBytes, usedBytes: load[id] ?? 0 },
      ...{ roomBytes: totalBytes * 0.85 - (load[id] ?? 0) },
      role: kind === 'drain' && id === 7 ? 'drained' : id >= used ? 'added' : 'stays',
    })),
    partitions: list,
    goal: goalOf(kind, copies),
    within: 0.05,
  }
}

function goalOf(kind: Case['kind'], copies: number): ReassignGoal {
  if (kind !== 'raise') return { kind }
  return { kind, factor: copies + 1, topics: new Set(Array.from({ length: 500 }, (_, at) => `topic-${at}`)) }
}

/** mulberry32: small, fast, the same on every machine. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
