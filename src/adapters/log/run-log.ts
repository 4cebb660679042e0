// The diagnostic log of a state directory: every record of every run as one line of JSON, for a log shipper. It gets
// redacted records only, and must never be what a run depends on: the journal is.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino } from 'pino'
import type { Host } from '../../ports/notify.ts'

const levels: Readonly<Record<string, 'warn' | 'error'>> = {
  'gate.refused': 'warn',
  'gate.waived': 'warn',
  'step.unknown': 'warn',
  'member.deferred': 'warn',
  'step.failed': 'error',
}

export function openRunLog(file: string): Host {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const destination = pino.destination({ dest: file, append: true, mode: 0o600, sync: true })
  // A full disk ends the log and not the run.
  destination.on('error', () => {})
  const log = pino({ base: null, timestamp: false }, destination)
  return {
    notify: notice => {
      if (notice.kind === 'record') log[levels[notice.record.type] ?? 'info'](notice.record)
    },
  }
}
