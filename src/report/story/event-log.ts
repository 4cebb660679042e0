// Every record as one row: what else it says beside its number, time and type. Pure; long values are cut, and say so.
import type { JournalRecord } from '../../ports/journal.ts'
import { textOf } from '../read.ts'

export interface LogRow {
  readonly seq: number
  readonly atMs: number
  readonly type: string
  readonly text: string
}

const longest = 300
const shownElsewhere = new Set(['seq', 'at', 'run', 'type', 'once'])

export function listEvents(records: readonly JournalRecord[]): LogRow[] {
  return records.map(record => ({
    seq: record.seq,
    atMs: Date.parse(record.at),
    type: record.type,
    text: cut(
      Object.entries(record)
        .filter(([name, value]) => !shownElsewhere.has(name) && value !== undefined && value !== null)
        .map(([name, value]) => `${name}=${textOf(value)}`)
        .join('  '),
    ),
  }))
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`
}
