// One chunk: which moves it has, and making them. It ends with every one of them made and its throttle given back, or it throws
// and the caller takes back what is under way.
import { chooseChunk, decidePace, durationMs, OpsError, type Run, sayBytes, sayFew } from '#sdk'
import { decideStop } from './conditions.ts'
import { keepAboveIngest, type Pace } from './pace.ts'
import { type ReassignParams, sizeBytes } from './params.ts'
import type { PlannedMove, ReassignDetails } from './plan.ts'
import { growthOf, keyOf, sizesOf } from './sizes.ts'
import { decideThrottle, giveBackThrottle, putThrottle, type Throttle, verifyGivenBack } from './throttle.ts'
import { bytesLeft, isInSync, type MoveState, type Seen, seeCluster, stateOf } from './watch.ts'
import { sayRate } from './words.ts'

export type Chunk = {
  readonly perBroker: number
  readonly moves: readonly PlannedMove[]
  readonly throttle: Throttle
}

/** `good`: nothing else in the cluster suffered meanwhile. */
export type ChunkEnd = { readonly good: boolean; readonly seconds: number }

/** What this process has read of partition sizes last, to tell what producers write by now. */
export interface Readings {
  last: { readonly atMs: number; readonly sizes: ReadonlyMap<string, number> } | null
}

const pollMs = 2000
/** A request that is still on its way shows by then: the controllers drop what has waited for longer. */
const lateMs = 25_000
const shown = 5
/** A shorter time between two readings says little of what is written. */
const shortestReadingMs = 5000

/** The next moves on the world as it is now; `null` when all are made. */
export async function composeChunk(
  run: Run,
  { moves, registered }: ReassignDetails,
  params: ReassignParams,
  { perBroker, readings }: { readonly perBroker: number; readonly readings: Readings },
): Promise<Chunk | null> {
  const seen = await seeCluster(run)
  const states = new Map(moves.map(move => [move, stateOf(move, seen)]))
  const foreign = moves.filter(move => states.get(move) === 'elsewhere')
  if (foreign.length > 0) throw movedBySomebody(foreign)
  const wanted = moves.filter(move => isOpen(states.get(move)))
  if (wanted.length === 0) return null
  // What a killed process has begun goes on by itself, so it comes first.
  const waits = (move: PlannedMove): boolean => states.get(move) === 'pending'
  const inTurn = [...wanted.filter(move => !waits(move)), ...wanted.filter(waits)]
  const growth = await readGrowth(run, registered, readings)
  const chosen = chooseChunk(inTurn, perBroker).map(move => {
    const grown = growth.get(keyOf(move)) ?? move.bytesInPerSecond
    const source = seen.partitions.get(keyOf(move))?.leader ?? move.source
    return { ...move, source, bytesInPerSecond: grown }
  })
  const { throttle: rate } = decidePace(chosen, sizeBytes(params.throttle), move => move.bytesInPerSecond)
  const topics = await run.kafka.topicConfigs([...new Set(chosen.map(({ topic }) => topic))])
  const brokers = await run.kafka.brokerConfigs(registered)
  return { perBroker, moves: chosen, throttle: decideThrottle(chosen, rate, { topics, brokers }) }
}

/**
 * A chunk of an earlier process is chosen anew: what producers write may have changed since, and what was under way may have been
 * taken back.
 */
export async function renewChunk(
  run: Run,
  number: number,
  chunk: Chunk,
  details: ReassignDetails,
  params: ReassignParams,
  readings: Readings,
): Promise<Chunk> {
  if (readings.last === null) {
    await readGrowth(run, details.registered, readings)
    await run.clock.sleep(shortestReadingMs, run.signal)
  }
  // Its entries must not be taken for those of others.
  await giveBackThrottle(run, new Set(details.moves.map(({ topic }) => topic)))
  const choice = { perBroker: chunk.perBroker, readings }
  const renewed = await run.note(`chunk.${number}.${run.fencing}`, () =>
    composeChunk(run, details, params, choice),
  )
  return renewed ?? chunk
}

const isOpen = (state: MoveState | undefined): boolean => state !== 'made' && state !== 'gone'

async function readGrowth(
  { kafka, clock }: Run,
  brokers: readonly number[],
  readings: Readings,
): Promise<ReadonlyMap<string, number>> {
  const { last } = readings
  const atMs = clock.monotonicMs()
  if (last !== null && atMs - last.atMs < shortestReadingMs) return new Map()
  const sizes = sizesOf(await kafka.logDirs(brokers))
  readings.last = { atMs, sizes }
  return last === null ? new Map() : growthOf(last.sizes, sizes, atMs - last.atMs)
}

/**
 * 1. Throttle.
 * 2. Ask for the moves that nobody has asked for yet.
 * 3. Wait until none is listed and every in-sync set is whole; raise the throttle where producers write more than it lets through.
 *    `null` when the run is to end before that.
 * 4. Give the throttle back and look whether it is gone.
 */
export async function makeChunk(
  run: Run,
  number: number,
  chunk: Chunk,
  details: ReassignDetails,
  { stall }: ReassignParams,
): Promise<ChunkEnd | null> {
  const begunMs = run.clock.monotonicMs()
  await putThrottle(run, chunk.throttle)
  if (run.ending) return null
  await askForMoves(run, number, chunk.moves)
  const pace: Pace = { throttle: chunk.throttle, last: null }
  const good = await waitForMoves(run, number, { moves: chunk.moves, pace }, details, durationMs(stall))
  if (good === null) return null
  await giveBackThrottle(run, new Set(chunk.throttle.topics.map(({ topic }) => topic)))
  await verifyGivenBack(run, pace.throttle)
  return { good, seconds: Math.round((run.clock.monotonicMs() - begunMs) / 1000) }
}

/** Of every process its own step: moves that an earlier one had taken back are asked for again. */
function askForMoves(run: Run, number: number, moves: readonly PlannedMove[]): Promise<number> {
  const pending = async (): Promise<readonly PlannedMove[]> => {
    const seen = await seeCluster(run)
    return moves.filter(move => stateOf(move, seen) === 'pending')
  }
  let patienceMs = 0
  return run.step({
    key: `chunk.${number}.move.${run.fencing}`,
    title: `move ${moves.length} partitions (chunk ${number})`,
    before: moves.map(({ topic, partition, from }) => ({ topic, partition, replicas: from })),
    observe: async () => {
      const untilMs = run.clock.monotonicMs() + patienceMs
      while ((await pending()).length > 0) {
        if (run.clock.monotonicMs() >= untilMs) return { state: 'not-done' }
        await run.clock.sleep(pollMs, run.signal)
      }
      return { state: 'done', result: moves.length }
    },
    apply: async () => {
      const wanted = await pending()
      if (wanted.length === 0) return 0
      // Without an answer it may be carried out a little later: what begins after a look would never be taken back.
      patienceMs = lateMs
      const answers = await run.kafka.reassign(
        wanted.map(({ topic, partition, to }) => ({ topic, partition, replicas: to })),
      )
      patienceMs = 0
      const problems = answers.filter(({ problem }) => problem !== null)
      if (problems.length === 0) return wanted.length
      throw new OpsError('STEP_FAILED', {
        message: `the brokers refuse to move ${problems
          .slice(0, shown)
          .map(answer => `${keyOf(answer)}: ${answer.problem}`)
          .join('; ')}`,
        hint: `mend it, then: ops resume ${run.id}`,
      })
    },
  })
}

function waitForMoves(
  run: Run,
  number: number,
  { moves, pace }: { readonly moves: readonly PlannedMove[]; readonly pace: Pace },
  details: ReassignDetails,
  stallMs: number,
): Promise<boolean | null> {
  const own = new Set(moves.map(keyOf))
  let good = true
  let least = Number.POSITIVE_INFINITY
  return run.wait({
    subject: `chunk ${number}`,
    title: `${moves.length} partitions move`,
    everyMs: pollMs,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      if (run.ending) return { done: null }
      const seen = await seeCluster(run)
      const stop = decideStop({ ...details, seen })
      if (stop !== null) throw stopped(run, stop)
      if (countOthersBehind(seen, own) > 0) good = false
      const open = moves.filter(move => isOpen(stateOf(move, seen)))
      if (open.length === 0) return { done: good }
      // What is still to come, not what has come: copies that get less than is written grow for ever.
      const dirs = await run.kafka.logDirs(details.registered)
      least = Math.min(least, bytesLeft(open, dirs))
      await keepAboveIngest(run, pace, open, dirs)
      return { progress: [open.length, least], text: sayOpen(open, seen, least) }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `copies come no nearer at ${sayRate(pace.throttle.rate)}: ${lastSeen}`,
        hint: `see the brokers' logs and the throttle, then: ops resume ${run.id}`,
      }),
  })
}

/** Partitions that this run does not move and that lack an in-sync copy: the copying is too much for somebody. */
const countOthersBehind = ({ partitions }: Seen, own: ReadonlySet<string>): number =>
  [...partitions].filter(([key, partition]) => !own.has(key) && !isInSync(partition)).length

function sayOpen(open: readonly PlannedMove[], seen: Seen, bytes: number): string {
  const names = open.map(move => {
    const state = stateOf(move, seen)
    const strange = state === 'pending' || state === 'elsewhere'
    return strange ? `${keyOf(move)} (somebody else has taken it over or back)` : keyOf(move)
  })
  return `${open.length} to go, ${sayBytes(bytes)}: ${sayFew(names)}`
}

const stopped = (run: Run, stop: string): OpsError =>
  new OpsError('STOP_CONDITION', {
    message: `stopped: ${stop}`,
    hint: `see to it, then: ops resume ${run.id}`,
  })

const movedBySomebody = (moves: readonly PlannedMove[]): OpsError =>
  new OpsError('PLAN_CHANGED', {
    message: `somebody else has moved ${sayFew(moves.map(keyOf))}`,
    hint: 'make a new plan: ops plan reassign',
  })
