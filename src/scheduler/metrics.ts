// How the jobs stand, as Prometheus reads it. Pure.
import type { JobStatus } from './status.ts'

interface Metric {
  readonly name: string
  readonly help: string
  /** `null` where there is nothing to say of this job. */
  readonly value: (status: JobStatus) => number | null
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000)

const metrics: readonly Metric[] = [
  {
    name: 'ops_job_last_success_timestamp_seconds',
    help: 'When the job last succeeded, by the scheduler or by hand; 0 where it never did.',
    value: ({ lastSuccessAt }) => (lastSuccessAt === null ? 0 : seconds(lastSuccessAt)),
  },
  {
    name: 'ops_job_last_run_exit_status',
    help: 'Exit status of the last run of the job that has ended.',
    value: ({ lastExit }) => lastExit?.status ?? null,
  },
  {
    name: 'ops_job_max_age_seconds',
    help: 'The last success of an enabled job must not be older.',
    value: ({ enabled, maxAgeHours }) => (enabled && maxAgeHours !== null ? maxAgeHours * 3600 : null),
  },
  {
    name: 'ops_job_scheduler_looked_timestamp_seconds',
    help: 'When a scheduler last looked at the job.',
    value: ({ lookedAt }) => (lookedAt === null ? null : seconds(lookedAt)),
  },
]

export function renderMetrics(statuses: readonly JobStatus[]): string {
  return metrics
    .map(({ name, help, value }) => {
      const samples = statuses.flatMap(status => {
        const number = value(status)
        return number === null ? [] : [`${name}{job="${status.job}"} ${number}`]
      })
      return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples].join('\n')
    })
    .join('\n')
}
