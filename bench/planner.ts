// How fast the planner is and how few waves it finds, on random placements with a seed. Run it with
// `node bench/planner.ts`; it exits 1 where a bar is missed.
import { execFileSync } from 'node:child_process'
import {
  decideStarts,
  estimateMakespan,
  type Member,
  planWaves,
  type Share,
  type World,
} from '../src/planning/index.ts'

interface Case {
  readonly nodes: number
  readonly shards: number
  readonly zones: number
  /** Share of the nodes that may be down at once; 1 is no limit. */
  readonly maxDown?: number
  /** Each number stays below. */
  readonly bars?: { readonly [measured in 'planMs' | 'startsMs' | 'peakRssMiB' | 'waves']?: number }
}

const medium = { nodes: 1_000, shards: 100_000, bars: { planMs: 500, startsMs: 50 } }
const large = { nodes: 10_000, shards: 500_000, bars: { planMs: 3_000, peakRssMiB: 1_024 } }
const cases: readonly Case[] = [
  { nodes: 80, shards: 8_000, zones: 0 },
  { nodes: 80, shards: 8_000, zones: 3, bars: { waves: 4 } },
  { ...medium, zones: 0 },
  { ...medium, zones: 3 },
  { ...medium, zones: 3, maxDown: 0.1 },
  { ...large, zones: 0 },
  { ...large, zones: 3 },
]

const given = cases[Number(process.argv[2] ?? Number.NaN)]
if (given) process.stdout.write(JSON.stringify(measure(given)))
else reportAll()

/** Each case in a process of its own: the peak of one must not hide in the garbage of another. */
function reportAll(): void {
  const results = cases.map((_, index) => {
    const answer = execFileSync(process.execPath, [import.meta.filename, `${index}`], { encoding: 'utf8' })
    return JSON.parse(answer) as ReturnType<typeof measure>
  })
  console.table(results)
  console.log(
    'From names to the answer. firstMs: the first plan of a process; planMs, startsMs: the fastest of some.',
  )
  console.log('barrier, frontier: makespan if a node takes 0.5 to 1.5, wave by wave without canaries, and by')
  console.log('decideStarts with them.')
  const missed = cases.flatMap((given, index) => listMissed(given, results[index]))
  for (const line of missed) console.log(`missed: ${line}`)
  process.exitCode = missed.length > 0 ? 1 : 0
}

function measure({ nodes, shards, zones, ...given }: Case) {
  const world = placeAtRandom({ nodes, shards, zones, ...given })
  const { firstMs, ms: planMs, value: plan } = time(3, () => planWaves(world))
  const order = plan.waves.flat()
  const [canary = '', ...down] = plan.waves[0] ?? []
  const state = { world, order, down: new Set(down), done: new Set([canary]) }
  const { ms: startsMs } = time(7, () => decideStarts({ ...state, order: order.slice(down.length + 1) }))
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1_024)

  const random = createRandom(7)
  const rounds = new Map(order.map(name => [name, 0.5 + random()]))
  const roundsOf = (name: string): number => rounds.get(name) ?? 0
  const barrier = plan.waves.reduce((sum, wave) => sum + Math.max(...wave.map(roundsOf)), 0)
  const frontier = estimateMakespan(world, order, roundsOf)
  return {
    ...{ nodes, shards, zones, maxDown: Number.isFinite(world.maxDown) ? world.maxDown : '-' },
    ...{ firstMs, planMs, startsMs, peakRssMiB },
    ...{ waves: plan.waves.length, lowerBound: plan.lowerBound, method: plan.method },
    ...{ barrier: barrier.toFixed(1), frontier: frontier.toFixed(1) },
  }
}

function listMissed({ bars = {} }: Case, result: ReturnType<typeof measure> | undefined): string[] {
  return (['planMs', 'startsMs', 'peakRssMiB', 'waves'] as const).flatMap(name => {
    const bar = bars[name] ?? Infinity
    const value = result?.[name] ?? Infinity
    return value < bar || bar === Infinity ? [] : [`${name} ${value}, bar ${bar}: ${JSON.stringify(result)}`]
  })
}

/** The first run is what a command sees, the fastest what the code needs: others may use the machine meanwhile. */
function time<Value>(times: number, act: () => Value) {
  const runs = Array.from({ length: times }, () => {
    const start = performance.now()
    const value = act()
    return { value, ms: Math.round(performance.now() - start) }
  })
  const [first] = runs
  if (!first) throw new Error('nothing was timed')
  return { value: first.value, firstMs: first.ms, ms: Math.min(...runs.map(({ ms }) => ms)) }
}

/** Two copies of each shard on two nodes, in two zones where there are zones; names as an API answer would give. */
function placeAtRandom({ nodes, shards, zones, maxDown = 1 }: Case): World {
  const random = createRandom(nodes + zones)
  const pick = (): number => Math.floor(random() * nodes)
  const zoneOf = (node: number): number => (zones > 0 ? node % zones : node)
  const nameOf = (node: number): string => `es-data${String(node).padStart(5, '0')}`

  const members = Array.from(
    { length: nodes },
    (_, node): Member => ({
      name: nameOf(node),
      rank: 2,
      tier: 'hot',
      machine: `host${node}`,
      attributes: zones > 0 ? { zone: `z${zoneOf(node)}` } : {},
    }),
  )
  const shares = Array.from({ length: shards }, (_, shard): Share => {
    const first = pick()
    let second = pick()
    while (zoneOf(second) === zoneOf(first)) second = pick()
    return { name: `logs-${shard}[0]`, holders: [nameOf(first), nameOf(second)], minUp: 1 }
  })
  return { members, shares, caps: [], maxDown: maxDown === 1 ? Infinity : Math.ceil(nodes * maxDown) }
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
