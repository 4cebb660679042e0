// node-cron as an alarm clock: one task a schedule, which only rings. What is due the ledger decides, so a ring too many, too
// few or at the wrong time does no harm.
import { createTask, type Logger } from 'node-cron'
import type { SetAlarm } from '../../ports/job-runner.ts'

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }

export function cronAlarm(
  schedules: readonly { readonly cron: string; readonly timezone: string }[],
): SetAlarm {
  return ring => {
    const tasks = schedules.map(({ cron, timezone }) =>
      createTask(cron, ring, { timezone, logger: quiet, suppressMissedWarning: true }),
    )
    for (const task of tasks) {
      task.on('execution:missed', ring)
      task.start()
    }
    return () => {
      for (const task of tasks) task.destroy()
    }
  }
}
