// What becomes of the due times of one job: start, wait, leave out, raise an alarm. Pure: the loop does what is decided here.
import type { Maintenance, Schedule } from '../config/define.ts'
import type { DueRow, Verdict } from '../ports/ledger.ts'
import { jitterMs } from './jitter.ts'
import { explainMaintenance } from './maintenance.ts'

export interface Situation {
  readonly schedule: Schedule
  readonly maintenance: Maintenance
  readonly now: Date
  /** Due times without a row, oldest first, none after `now`. */
  readonly fresh: readonly Date[]
  /** Rows of the job that wait, oldest first. */
  readonly waiting: readonly DueRow[]
  /** The due time of the job that is being carried out, by whichever scheduler. */
  readonly claimed: DueRow | null
}

export interface Decision {
  readonly verdicts: readonly Verdict[]
  /** The one due time to start now. */
  readonly start: string | null
  /** When to decide again, where that is before the next due time. */
  readonly lookAgainAt: Date | null
}

/** A due time whose start is further back than this was not seen when it came. */
export const lateMs = 120_000

/**
 * 1. Only the newest due time can still start: what is older has been caught up by it, or has waited in vain.
 * 2. Jitter puts its start off.
 * 3. Nobody was awake when it came: what `catchUp` says.
 * 4. Maintenance leaves it out.
 * 5. The run before is under way: what `overlap` says.
 */
export function decideDue(situation: Situation): Decision {
  const { schedule, maintenance, now, fresh, waiting, claimed } = situation
  const newest = newestOf(situation)
  if (newest === null) return { verdicts: [], start: null, lookAgainAt: null }
  const verdicts = [
    ...waiting.filter(({ dueAt }) => dueAt !== newest.dueAt).map(giveUp),
    ...fresh
      .map(at => at.toISOString())
      .filter(dueAt => dueAt !== newest.dueAt)
      .map(dueAt => passOver(schedule, dueAt, newest.dueAt)),
  ]
  const decided = (verdict: Verdict): Decision => ({
    verdicts: [...verdicts, verdict],
    start: null,
    lookAgainAt: null,
  })
  const later = (at: Date): Decision => ({ verdicts, start: null, lookAgainAt: at })

  const startAt = newest.row?.notBefore ?? startOf(schedule, newest.dueAt).toISOString()
  if (startAt > now.toISOString()) return later(new Date(startAt))
  const late = now.getTime() - Date.parse(startAt) > lateMs
  if (newest.row === null && late && schedule.catchUp !== 'once') {
    return decided(unseen(schedule, newest.dueAt))
  }
  const closed = explainMaintenance(maintenance, now, schedule.ignoresFreeze)
  if (closed !== null) return decided({ dueAt: newest.dueAt, state: 'skipped', reason: closed })
  if (claimed === null) return { verdicts, start: newest.dueAt, lookAgainAt: null }
  const reason = `the run due at ${claimed.dueAt} is still under way`
  return decided({ dueAt: newest.dueAt, state: schedule.overlap === 'queue' ? 'due' : 'skipped', reason })
}

/** When a due time may start. */
export const startOf = ({ id, jitterSeconds }: Schedule, dueAt: string): Date =>
  new Date(Date.parse(dueAt) + jitterMs(id, new Date(dueAt), jitterSeconds))

function newestOf({ fresh, waiting }: Situation): { dueAt: string; row: DueRow | null } | null {
  const dueAt = fresh.at(-1)?.toISOString()
  const row = waiting.at(-1)
  if (row !== undefined && (dueAt === undefined || row.dueAt > dueAt)) return { dueAt: row.dueAt, row }
  return dueAt === undefined ? null : { dueAt, row: null }
}

const giveUp = ({ dueAt, reason }: DueRow): Verdict => ({
  dueAt,
  state: 'missed',
  reason: `could not start before the next due time: ${reason ?? 'it waited'}`,
})

const passOver = (schedule: Schedule, dueAt: string, newest: string): Verdict =>
  schedule.catchUp === 'once'
    ? { dueAt, state: 'skipped', reason: `caught up by the one due at ${newest}` }
    : unseen(schedule, dueAt)

const unseen = ({ catchUp }: Schedule, dueAt: string): Verdict => ({
  dueAt,
  state: catchUp === 'alert' ? 'missed' : 'skipped',
  reason: 'no scheduler was awake at that time',
})
