// A schedule as the scheduler uses it: its runbook found, its parameters parsed and ready for the command line.
import type { Schedule } from '../config/define.ts'
import type { JsonObject } from '../ports/json.ts'

export interface Job {
  readonly id: string
  readonly schedule: Schedule
  readonly runbook: string
  /** As on the command line. */
  readonly args: readonly string[]
  /** With every default filled in, as a run journals them. */
  readonly params: JsonObject
}

/** Who asks for the run of one due time. The journal keeps it, so that the run is found again after a crash. */
export const actorOf = (job: string, dueAt: string): string => `schedule:${job}@${dueAt}`

/** What makes a schedule another one: due times before the change are not made up for. */
export const rhythmOf = ({ schedule: { cron, timezone } }: Job): string => `${cron} ${timezone}`
