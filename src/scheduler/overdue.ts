// What a watchdog tells of one job, whether or not a scheduler lives. Pure.
import type { JobStatus } from './status.ts'

export interface Trouble {
  readonly about: string
  readonly what: string
  readonly mend: string
}

const hourMs = 3_600_000
/** A scheduler that lives has looked within this. */
const silentMs = 600_000
/** Clocks of machines and servers may differ by so much. */
const skewMs = 300_000

export function explainTroubles(status: JobStatus, now: Date): readonly Trouble[] {
  if (!status.enabled) return []
  const about = `schedule ${status.job}`
  const again = `run it now: ops run ${status.runbook}; see: ops schedule list ${status.job}`
  const troubles: Trouble[] = []
  if (status.overdue !== null) troubles.push({ about, what: status.overdue, mend: again })
  const silent = explainSilence(status, now)
  if (silent !== null) {
    troubles.push({ about, what: silent, mend: 'ops schedule start, or: systemctl status ops-schedule' })
  }
  for (const row of [status.lastFailed, status.lastMissed]) {
    // A success since then has mended it.
    if (row === null || (status.lastSuccessAt !== null && status.lastSuccessAt >= row.at)) continue
    const what = `${row.state} when it was due at ${row.dueAt}: ${row.reason ?? 'no reason is known'}`
    troubles.push({ about, what, mend: row.run === null ? again : `see: ops show ${row.run}; ${again}` })
  }
  return troubles
}

export interface Ages {
  readonly enabled: boolean
  readonly maxAgeHours: number | null
  readonly lastSuccessAt: string | null
  /** When a scheduler first saw the job, where one has. */
  readonly since: string | null
}

/** Why a job counts as overdue, or `null`. One that never succeeded is given its time from when a scheduler first saw it. */
export function explainOverdue(
  { enabled, maxAgeHours, lastSuccessAt, since }: Ages,
  now: Date,
): string | null {
  if (!enabled || maxAgeHours === null) return null
  const rule = `it must succeed every ${maxAgeHours} h`
  const from = lastSuccessAt ?? since
  if (from === null) return `has never succeeded, and no scheduler has looked at it; ${rule}`
  const ageMs = now.getTime() - Date.parse(from)
  if (ageMs < -skewMs)
    return `is judged by a time that lies in the future, ${from}: the clock was set back; ${rule}`
  if (ageMs <= maxAgeHours * hourMs) return null
  const age = `${Math.floor(ageMs / hourMs)} h`
  return lastSuccessAt === null
    ? `is overdue: never succeeded in the ${age} since ${from}; ${rule}`
    : `is overdue: the last success was ${age} ago, at ${from}; ${rule}`
}

function explainSilence({ lookedAt }: JobStatus, now: Date): string | null {
  if (lookedAt === null) return 'is new, and no scheduler has looked at it yet'
  if (now.getTime() - Date.parse(lookedAt) <= silentMs) return null
  return `has no scheduler: nobody has looked at it since ${lookedAt}`
}
