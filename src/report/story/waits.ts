// What gated whom, for how long. Pure.
import type { Lane } from './lanes.ts'

export interface Wait {
  readonly member: string
  readonly gate: string
  readonly by: string
  readonly waitsFor: readonly string[]
  readonly fromMs: number
  readonly ms: number
  /** It was waiting still when the records end. */
  readonly open: boolean
}

/** In the order in which the waits began. */
export function listWaits(lanes: readonly Lane[]): Wait[] {
  return lanes
    .flatMap(({ name, spans }) =>
      spans
        .filter(({ phase }) => phase === 'waiting')
        .map(({ gate, by, waitsFor, fromMs, untilMs, open }) => ({
          member: name,
          gate,
          by,
          waitsFor,
          fromMs,
          ms: untilMs - fromMs,
          open,
        })),
    )
    .sort((a, b) => a.fromMs - b.fromMs)
}

/** Most members that were away from the cluster at once, from the stop of each until it was back. */
export function mostAwayAtOnce(lanes: readonly Lane[]): number {
  const moves = lanes.flatMap(({ spans }) =>
    spans
      .filter(({ phase }) => phase === 'down' || phase === 'joining')
      .flatMap(({ fromMs, untilMs }) => [
        { atMs: fromMs, by: 1 },
        { atMs: untilMs, by: -1 },
      ]),
  )
  let [away, most] = [0, 0]
  for (const { by } of moves.sort((a, b) => a.atMs - b.atMs || a.by - b.by)) {
    away += by
    most = Math.max(most, away)
  }
  return most
}
