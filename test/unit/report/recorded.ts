// Recorded runs of test/golden/report, and short journals made by hand.
import { readFileSync } from 'node:fs'
import type { JournalRecord, Sample } from '../../../src/ports/journal.ts'

export const recordedRuns = ['succeeded-with-resume', 'refused', 'failed-node-down'] as const

export interface Recorded {
  readonly records: readonly JournalRecord[]
  readonly samples: readonly Sample[]
}

export function readRecorded(name: (typeof recordedRuns)[number]): Recorded {
  return JSON.parse(readFileSync(`test/golden/report/${name}.json`, 'utf8'))
}

const beganMs = Date.UTC(2025, 3, 10, 12)

export const timeAt = (second: number): string => new Date(beganMs + second * 1000).toISOString()

/** Second, type, fields. */
export type Row = readonly [number, string, object?]

export function journal(...rows: readonly Row[]): JournalRecord[] {
  return rows.map(([second, type, fields = {}], index) => ({
    seq: index + 1,
    at: timeAt(second),
    run: '20250410-120000-abc',
    type,
    ...fields,
  }))
}

export const started = [
  0,
  'run.started',
  { runbook: 'rolling-restart', version: 'f00', params: {}, actor: 'anna', host: 'ops01' },
] as const
