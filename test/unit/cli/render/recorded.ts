// Runs as they were recorded: journal and samples of test/golden/report.
import { readFileSync } from 'node:fs'
import type { JournalRecord, Sample } from '../../../../src/ports/journal.ts'
import type { Notice } from '../../../../src/ports/notify.ts'

export interface Recorded {
  readonly records: readonly JournalRecord[]
  readonly samples: readonly Sample[]
}

export function readRecorded(name: 'succeeded-with-resume' | 'refused' | 'failed-node-down'): Recorded {
  return JSON.parse(readFileSync(`test/golden/report/${name}.json`, 'utf8'))
}

/** Records and samples in the order in which a host got them. */
export function noticesOf({ records, samples }: Recorded): readonly Notice[] {
  const notices = [
    ...records.map(record => ({ at: record.at, notice: { kind: 'record', record } as const })),
    ...samples.map(sample => ({ at: sample.at, notice: { kind: 'sample', sample } as const })),
  ]
  return notices.sort((a, b) => a.at.localeCompare(b.at)).map(({ notice }) => notice)
}

export const record = (type: string, data: object = {}, at = '2025-04-10T12:00:00.000Z'): Notice => ({
  kind: 'record',
  record: { seq: 1, at, run: '20250410-120000-abc', type, ...data } as JournalRecord,
})
