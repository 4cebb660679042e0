// Whether a scheduled job may start now: maintenance windows and freeze days. Pure.
import type { Maintenance } from '../config/define.ts'

interface LocalTime {
  /** `2026-12-24`. */
  readonly day: string
  readonly weekday: string
  /** `03:30`. */
  readonly time: string
}

/** Why nothing may start at this moment, or `null`. */
export function explainMaintenance(
  { timezone, windows, freezeDays }: Maintenance,
  now: Date,
  ignoresFreeze: boolean,
): string | null {
  const local = localTime(now, timezone)
  if (!ignoresFreeze && freezeDays.includes(local.day)) return `freeze day ${local.day}`
  const inside = windows.find(window => isInside(window, local))
  if (inside === undefined) return null
  const { from, to, reason } = inside
  return `maintenance window ${from}-${to} ${timezone} (${reason})`
}

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function isInside({ days, from, to }: Maintenance['windows'][number], { weekday, time }: LocalTime): boolean {
  const today = days.some(day => day === weekday)
  if (from < to) return today && time >= from && time < to
  const yesterday = week[(week.indexOf(weekday) + 6) % 7]
  return (today && time >= from) || (days.some(day => day === yesterday) && time < to)
}

function localTime(at: Date, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    day: `${parts.year}-${parts.month}-${parts.day}`,
    weekday: String(parts.weekday).toLowerCase(),
    time: `${parts.hour}:${parts.minute}`,
  }
}
