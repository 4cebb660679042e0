// Keeps the throttle of a chunk above what producers write while it lasts: a copy that gets less never catches up. It raises it and
// never lowers it.
import { decidePace, type LogDir, type Run } from '#sdk'
import type { PlannedMove } from './plan.ts'
import { keyOf } from './sizes.ts'
import { raiseRate, type Throttle } from './throttle.ts'

export interface Pace {
  throttle: Throttle
  last: Reading | null
}

interface Reading {
  readonly atMs: number
  /** Bytes by `topic-partition broker`: a broker that does not answer must not look like writes. */
  readonly copies: ReadonlyMap<string, number>
}

/** Long enough that a burst of a second is none. */
const windowMs = 30_000

export async function keepAboveIngest(
  run: Run,
  pace: Pace,
  open: readonly PlannedMove[],
  dirs: readonly LogDir[],
): Promise<void> {
  const { last } = pace
  const now = { atMs: run.clock.monotonicMs(), copies: copiesOf(dirs) }
  if (last !== null && now.atMs - last.atMs < windowMs) return
  pace.last = now
  if (last === null) return
  const { throttle: rate } = decidePace(open, pace.throttle.rate, move => growthOf(move, last, now))
  if (rate <= pace.throttle.rate) return
  pace.throttle = { ...pace.throttle, rate }
  await raiseRate(run, pace.throttle)
}

const copiesOf = (dirs: readonly LogDir[]): ReadonlyMap<string, number> =>
  new Map(
    dirs.flatMap(({ broker, replicas }) =>
      replicas.map(replica => [`${keyOf(replica)} ${broker}`, replica.bytes] as const),
    ),
  )

/** Bytes per second by which copies grew that were there before the move: a new one grows by what is copied. */
function growthOf(move: PlannedMove, last: Reading, now: Reading): number {
  const grown = move.from.flatMap(id => {
    const [before, after] = [last, now].map(({ copies }) => copies.get(`${keyOf(move)} ${id}`))
    return before === undefined || after === undefined ? [] : [after - before]
  })
  return (Math.max(0, ...grown) * 1000) / (now.atMs - last.atMs)
}
