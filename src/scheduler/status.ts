// How every job stands, from ledger and journal. Reads only, and needs no scheduler that lives.
import type { Journal } from '../ports/journal.ts'
import type { DueRow, JobLook, Ledger } from '../ports/ledger.ts'
import { nextDue } from './due-times.ts'
import { runsOf } from './find-run.ts'
import type { Job } from './job.ts'
import { explainOverdue } from './overdue.ts'

export interface JobStatus {
  readonly job: string
  readonly runbook: string
  readonly cron: string
  readonly timezone: string
  readonly enabled: boolean
  readonly maxAgeHours: number | null
  /** Without jitter; `null` where it is disabled. */
  readonly nextDueAt: string | null
  readonly last: DueRow | null
  readonly lastFailed: DueRow | null
  readonly lastMissed: DueRow | null
  /** By the scheduler or by hand. */
  readonly lastSuccessAt: string | null
  readonly lastExit: { readonly status: number; readonly at: string } | null
  /** When a scheduler last looked at it. */
  readonly lookedAt: string | null
  readonly overdue: string | null
}

export interface StatusSources {
  readonly ledger: Ledger
  readonly journal: Journal
}

export async function readStatus(
  { ledger, journal }: StatusSources,
  jobs: readonly Job[],
  now: Date,
): Promise<readonly JobStatus[]> {
  const looks = await ledger.looks()
  return Promise.all(jobs.map(job => statusOf(job, looks, { ledger, journal }, now)))
}

async function statusOf(
  job: Job,
  looks: readonly JobLook[],
  { ledger, journal }: StatusSources,
  now: Date,
): Promise<JobStatus> {
  const { cron, timezone, enabled, maxAgeHours } = job.schedule
  const look = looks.find(one => one.job === job.id)
  const [last = null] = await ledger.rows(job.id, 1)
  const done = await ledger.last(job.id, 'done')
  const lastFailed = await ledger.last(job.id, 'failed')
  const runs = await runsOf(journal, job)
  const success = runs.find(({ outcome }) => outcome === 'succeeded')
  const lastSuccessAt = latest([done?.at, success?.endedAt])
  const exits = [
    ...[done, lastFailed].map(row => ({ status: row?.exitCode ?? null, at: row?.at ?? '' })),
    ...runs.map(({ exitCode, endedAt }) => ({ status: exitCode, at: endedAt })),
  ].flatMap(({ status, at }) => (status === null ? [] : [{ status, at }]))
  return {
    job: job.id,
    runbook: job.runbook,
    cron,
    timezone,
    enabled,
    maxAgeHours,
    nextDueAt: enabled ? (nextDue(cron, timezone, now)?.toISOString() ?? null) : null,
    last,
    lastFailed,
    lastMissed: await ledger.last(job.id, 'missed'),
    lastSuccessAt,
    lastExit: exits.sort((a, b) => b.at.localeCompare(a.at))[0] ?? null,
    lookedAt: look?.lookedAt ?? null,
    overdue: explainOverdue({ enabled, maxAgeHours, lastSuccessAt, since: look?.since ?? null }, now),
  }
}

const latest = (times: readonly (string | undefined)[]): string | null =>
  times
    .filter(time => time !== undefined)
    .sort()
    .at(-1) ?? null
