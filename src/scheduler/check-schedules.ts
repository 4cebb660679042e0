// What is wrong with the schedules of ops.config.ts beyond their types: expressions, zones, names. Pure; it must be called
// before anything is scheduled.
import { validateDetailed } from 'node-cron'
import type { Maintenance, Schedule } from '../config/define.ts'
import { OpsError } from '../errors/index.ts'
import { nextDues } from './due-times.ts'

/** @throws OpsError CONFIG_INVALID naming the field */
export function checkSchedules(
  { schedules, maintenance }: { schedules: readonly Schedule[]; maintenance: Maintenance },
  file: string,
  now: Date,
): void {
  for (const [at, schedule] of schedules.entries()) {
    const field = `schedules.${at}`
    if (schedules.findIndex(({ id }) => id === schedule.id) !== at)
      throw badField(file, `${field}.id`, `${schedule.id} is the id of another schedule as well`)
    const badZone = explainZone(schedule.timezone)
    if (badZone !== null) throw badField(file, `${field}.timezone`, badZone)
    const badCron = explainCron(schedule.cron)
    if (badCron !== null) throw badField(file, `${field}.cron`, badCron)
    const badJitter = explainJitter(schedule, now)
    if (badJitter !== null) throw badField(file, `${field}.jitterSeconds`, badJitter)
  }
  const badZone = explainZone(maintenance.timezone)
  if (badZone !== null) throw badField(file, 'maintenance.timezone', badZone)
}

export const badField = (file: string, field: string, problem: string): OpsError =>
  new OpsError('CONFIG_INVALID', {
    message: `${file}: ${field}: ${problem}`,
    hint: `correct ${field} in ${file}, then: ops schedule list`,
  })

export function explainZone(zone: string): string | null {
  try {
    // Intl takes offsets as well; a zone that does not know daylight saving is hardly what was meant.
    if (/^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone })) return null
  } catch {
    // Told below.
  }
  return `${zone || 'an empty text'} is no time zone; one is named like Europe/Warsaw or UTC`
}

/** Both parsers must take it: one computes due times, the other rings. */
export function explainCron(cron: string): string | null {
  const [error] = validateDetailed(cron).errors
  if (error !== undefined) return `"${cron}": ${error.message}`
  try {
    if (nextDues(cron, 'UTC', new Date(0), 1).length === 0) return `"${cron}" is never due`
    return null
  } catch (thrown) {
    return `"${cron}": ${(thrown as Error).message.replace(/^CronPattern: /, '')}`
  }
}

/** A due time must have started, late as jitter makes it, before the next one comes. */
function explainJitter({ cron, timezone, jitterSeconds }: Schedule, now: Date): string | null {
  const times = nextDues(cron, timezone, now, 60)
  const gaps = times.slice(1).map((time, at) => time.getTime() - (times[at]?.getTime() ?? 0))
  const shortest = Math.min(...gaps)
  return jitterSeconds * 1000 < shortest
    ? null
    : `must be shorter than the ${shortest / 1000} s between two due times, not ${jitterSeconds}`
}
