// When a job is due. Pure, and right at both edges of daylight saving: a time of day in the hour that is left out is due at
// the end of it, one in the hour that comes twice is due once; what repeats by the hour or minute just goes on. docs/adr/0021.
import { Cron } from 'croner'

const parse = (cron: string, timezone: string): Cron =>
  new Cron(cron, { paused: true, mode: '5-or-6-parts', timezone, fixedTimeRule: 'no-wildcard' })

/** Every due time after `from`, up to and with `to`. */
export function dueTimes(cron: string, timezone: string, from: Date, to: Date): readonly Date[] {
  const times: Date[] = []
  const parsed = parse(cron, timezone)
  for (let at = parsed.nextRun(from); at !== null && at <= to; at = parsed.nextRun(at)) times.push(at)
  return times
}

/** `null` where it is never due again. */
export const nextDue = (cron: string, timezone: string, after: Date): Date | null =>
  parse(cron, timezone).nextRun(after)

/** The next due times, at most `count`. */
export const nextDues = (cron: string, timezone: string, after: Date, count: number): readonly Date[] =>
  parse(cron, timezone).nextRuns(count, after)
