// What the scheduler needs of the outside: children that run jobs, an alarm clock, a file for metrics.
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childRunner } from '../adapters/child/job-runner.ts'
import { cronAlarm } from '../adapters/cron/alarm.ts'
import { systemProcesses } from '../adapters/system/processes.ts'
import { OpsError } from '../errors/index.ts'
import type { JobRunner, SetAlarm } from '../ports/job-runner.ts'
import type { ProcessTable } from '../ports/processes.ts'
import type { Job } from '../scheduler/job.ts'
import { checkout } from './wire.ts'

export interface Scheduling {
  readonly runner: JobRunner
  readonly setAlarm: SetAlarm
  readonly processes: ProcessTable
}

export interface SchedulingOptions {
  readonly stateDir: string
  readonly inventory: string
  readonly jobs: readonly Job[]
  /** The program that carries jobs out; `ops` of this checkout. */
  readonly program?: string | undefined
}

export function openScheduling({ stateDir, inventory, jobs, program }: SchedulingOptions): Scheduling {
  return {
    runner: childRunner({
      command: [program ?? join(checkout, 'ops'), '--inventory', inventory, '--state', stateDir],
      logDir: join(stateDir, 'log', 'schedule'),
    }),
    setAlarm: cronAlarm(jobs.map(({ schedule }) => schedule).filter(({ enabled }) => enabled)),
    processes: systemProcesses,
  }
}

/**
 * Puts a file in place as a whole: a collector never reads half of it.
 * @throws OpsError USAGE
 */
export function replaceFile(file: string, text: string): void {
  // Collectors read files whose names end in .prom; this one must not.
  const next = `${file}.${process.pid}.new`
  try {
    writeFileSync(next, text)
    // Whoever collects is another user.
    chmodSync(next, 0o644)
    renameSync(next, file)
  } catch (thrown) {
    rmSync(next, { force: true })
    throw new OpsError('USAGE', {
      message: `${file} cannot be written: ${(thrown as Error).message}`,
      hint: 'make its folder, and let this user write there',
      cause: thrown,
    })
  }
}
