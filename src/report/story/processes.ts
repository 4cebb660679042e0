// Who carried the run, from when to when. A process that was killed wrote no end: it is known to have lived until its
// last record or sample.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import { textOf } from '../read.ts'

export interface Process {
  readonly mode: 'start' | 'resume' | 'abort'
  readonly actor: string
  readonly host: string
  readonly fromMs: number
  readonly untilMs: number
  /** Of its `run.ended`; `null` where it wrote none. */
  readonly outcome: string | null
}

export function listProcesses(records: readonly JournalRecord[], samples: readonly Sample[]): Process[] {
  const parts: JournalRecord[][] = []
  for (const record of records) {
    const begins = record.type === 'run.started' || record.type === 'run.resumed'
    if (begins || parts.length === 0) parts.push([])
    parts.at(-1)?.push(record)
  }
  return parts.flatMap((part, index) => {
    const [first] = part
    const last = part.at(-1)
    if (first === undefined || last === undefined) return []
    const next = parts[index + 1]?.[0]?.at ?? null
    const ended = part.findLast(({ type }) => type === 'run.ended')
    const sampled = samples.findLast(({ at }) => at >= first.at && (next === null || at < next))?.at ?? ''
    const seen = ended === undefined && sampled > last.at ? sampled : last.at
    return [
      {
        mode: modeOf(first),
        actor: textOf(first.actor),
        host: textOf(first.host),
        fromMs: Date.parse(first.at),
        // An approval may be written by another process after the end.
        untilMs: Date.parse(ended?.at ?? seen),
        outcome: ended === undefined ? null : textOf(ended.outcome),
      },
    ]
  })
}

function modeOf({ type, mode }: JournalRecord): Process['mode'] {
  if (type !== 'run.resumed') return 'start'
  return mode === 'abort' ? 'abort' : 'resume'
}

export interface Gap {
  readonly fromMs: number
  readonly untilMs: number
  readonly before: Process
  readonly after: Process
}

/** Times at which nobody carried the run. */
export function gapsOf(processes: readonly Process[]): Gap[] {
  return processes.flatMap((after, index) => {
    const before = processes[index - 1]
    if (before === undefined) return []
    return [{ fromMs: before.untilMs, untilMs: after.fromMs, before, after }]
  })
}
