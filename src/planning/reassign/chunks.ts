// Which moves are made together, how many a broker takes part in, how fast they may copy, and how long that takes.
import type { Move } from './world.ts'

/** Whose network and disk a move uses: those that get a copy, and the one that is read. */
const participantsOf = ({ adding, source }: Move): readonly number[] =>
  adding.length === 0 ? [] : [...adding, source]

/**
 * The next moves, in plan order, no broker in more than `perBroker` of them. Those that only change the preferred leader come
 * last, all together. Never empty while there are moves.
 */
export function chooseChunk<Some extends Move>(moves: readonly Some[], perBroker: number): readonly Some[] {
  const busy = new Map<number, number>()
  const copying = moves.filter(({ adding }) => adding.length > 0)
  if (copying.length === 0) return moves
  return copying.filter((move, index) => {
    const brokers = participantsOf(move)
    if (index > 0 && brokers.some(id => (busy.get(id) ?? 0) >= perBroker)) return false
    for (const id of brokers) busy.set(id, (busy.get(id) ?? 0) + 1)
    return true
  })
}

/** How many times the first number of moves a broker may come to. */
const mostTimes = 4

/** One more after a good chunk, half as many after a bad one. */
export function decideBatch(perBroker: number, first: number, wasGood: boolean): number {
  return wasGood ? Math.min(perBroker + 1, first * mostTimes) : Math.max(1, Math.floor(perBroker / 2))
}

/** A copy that gets fewer bytes than producers write never catches up. */
const aboveIngest = 1.25

export type Pace = {
  /** Bytes per second for each broker. */
  readonly throttle: number
  /** Most that producers write to the moving copies of one broker. */
  readonly ingest: number
}

export function decidePace<Some extends Move>(
  moves: readonly Some[],
  configured: number,
  ingestOf: (move: Some) => number,
): Pace {
  const into = sumByBroker(moves, ({ adding }) => adding, ingestOf)
  const outOf = sumByBroker(
    moves,
    ({ source }) => [source],
    move => ingestOf(move) * move.adding.length,
  )
  const ingest = Math.max(0, ...into.values(), ...outOf.values())
  return { throttle: Math.ceil(Math.max(configured, ingest * aboveIngest)), ingest }
}

/** Every chunk ends after a look, an answer and a settling of configs, however little it moves. */
const secondsPerChunk = 8

/** If every chunk is a good one of `perBroker` moves and brokers copy as fast as they may. */
export function estimateSeconds<Some extends Move>(
  moves: readonly Some[],
  perBroker: number,
  configured: number,
  ingestOf: (move: Some) => number,
): { readonly chunks: number; readonly seconds: number } {
  let left = moves
  let [chunks, seconds] = [0, 0]
  while (left.length > 0) {
    const chunk = chooseChunk(left, perBroker)
    const { throttle, ingest } = decidePace(chunk, configured, ingestOf)
    const into = sumByBroker(
      chunk,
      ({ adding }) => adding,
      ({ bytes }) => bytes,
    )
    const outOf = sumByBroker(
      chunk,
      ({ source }) => [source],
      ({ bytes, adding }) => bytes * adding.length,
    )
    const slowest = Math.max(0, ...into.values(), ...outOf.values())
    seconds += secondsPerChunk + slowest / Math.max(1, throttle - ingest)
    chunks += 1
    const taken = new Set(chunk)
    left = left.filter(move => !taken.has(move))
  }
  return { chunks, seconds: Math.ceil(seconds) }
}

function sumByBroker<Some extends Move>(
  moves: readonly Some[],
  brokersOf: (move: Some) => readonly number[],
  amountOf: (move: Some) => number,
): ReadonlyMap<number, number> {
  const sums = new Map<number, number>()
  for (const move of moves)
    for (const id of brokersOf(move)) sums.set(id, (sums.get(id) ?? 0) + amountOf(move))
  return sums
}
