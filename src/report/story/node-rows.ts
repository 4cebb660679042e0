// What every node went through, in numbers. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import { numberOf, textOf } from '../read.ts'
import type { Lane } from './lanes.ts'

export interface NodeRow {
  readonly name: string
  readonly wave: number | null
  readonly begunMs: number | null
  /** From the stop until it was back in the cluster. */
  readonly awayMs: number | null
  readonly recoveringMs: number | null
  /** From begin to end, times without a process included. */
  readonly totalMs: number | null
  readonly copies: number | null
  readonly copiedBytes: number | null
  readonly reusedBytes: number | null
  /** `done`, `not begun`, or the phase in which the run left it. */
  readonly state: string
}

/** In the order in which they were begun; those never begun come last. */
export function nodeRows(records: readonly JournalRecord[], lanes: readonly Lane[]): NodeRow[] {
  const recovered = new Map(
    records.filter(({ type }) => type === 'node.recovered').map(record => [textOf(record.node), record]),
  )
  return lanes
    .map(lane => rowOf(lane, recovered.get(lane.name)))
    .sort((a, b) => (a.begunMs ?? Number.MAX_VALUE) - (b.begunMs ?? Number.MAX_VALUE))
}

function rowOf({ name, wave, spans, doneMs, left }: Lane, recovered: JournalRecord | undefined): NodeRow {
  const begunMs = spans.findLast(({ phase }) => phase === 'draining')?.fromMs ?? null
  const lasted = (...phases: string[]): number | null => {
    const those = spans.filter(({ phase }) => phases.includes(phase))
    return those.length === 0 ? null : those.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
  }
  return {
    name,
    wave,
    begunMs,
    awayMs: lasted('down', 'joining'),
    recoveringMs: lasted('recovering'),
    totalMs: begunMs === null || doneMs === null ? null : doneMs - begunMs,
    copies: numberOf(recovered?.copies),
    copiedBytes: numberOf(recovered?.copiedBytes),
    reusedBytes: numberOf(recovered?.reusedBytes),
    state: left !== null ? `left ${left}` : doneMs !== null ? 'done' : 'not begun',
  }
}
