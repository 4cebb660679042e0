// `ops schedule list`: every job with its next and last due time, or the last due times of one.
import type { DueRow } from '../../ports/ledger.ts'
import { type JobStatus, readStatus } from '../../scheduler/status.ts'
import type { CliIo } from '../io.ts'
import { withState } from '../run/with-state.ts'
import { findJob, readJobs } from './jobs.ts'

/** Due times of one job that are shown. */
const shown = 20

export async function listCommand(io: CliIo, typed: string | undefined): Promise<void> {
  await withState(io, async state => {
    const { config, clock, ledger } = state
    const now = clock.now()
    const jobs = await readJobs(config, now)
    if (typed !== undefined) {
      const job = findJob(jobs, typed)
      const [status] = await readStatus(state, [job], now)
      const rows = await ledger.rows(job.id, shown)
      if (io.json) return io.result({ ...status, dues: rows })
      return io.result(
        [...(status === undefined ? [] : describe(status)), '', ...describeRows(rows)].join('\n'),
      )
    }
    const statuses = await readStatus(state, jobs, now)
    if (io.json) return io.result(statuses)
    io.result(statuses.length === 0 ? 'No schedule in ops.config.ts.' : table(statuses))
  })
}

function table(statuses: readonly JobStatus[]): string {
  const rows = statuses.map(({ job, cron, timezone, enabled, nextDueAt, last, overdue }) => [
    job,
    `${cron} ${timezone}`,
    nextDueAt === null ? (enabled ? 'never' : 'disabled') : minute(nextDueAt),
    last === null ? '-' : `${minute(last.dueAt)} ${last.state}`,
    overdue ?? '',
  ])
  const all = [['job', 'cron', 'next due (UTC)', 'last due (UTC)', ''], ...rows]
  const widths = [0, 1, 2, 3].map(at => Math.max(...all.map(row => row[at]?.length ?? 0)) + 2)
  return all
    .map(row =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

const describe = (status: JobStatus): readonly string[] => [
  `${status.job}: ${status.runbook}, ${status.cron} ${status.timezone}${status.enabled ? '' : ', disabled'}`,
  `next due      ${status.nextDueAt ?? '-'}`,
  `last success  ${status.lastSuccessAt ?? '-'}`,
  ...(status.overdue === null ? [] : [`overdue       ${status.overdue}`]),
]

const describeRows = (rows: readonly DueRow[]): readonly string[] =>
  rows.length === 0
    ? ['No due time yet.']
    : rows.map(
        ({ dueAt, state, run, reason }) =>
          `${minute(dueAt)}  ${state.padEnd(9)}${[run, reason].filter(part => part !== null).join('  ')}`,
      )

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ')
