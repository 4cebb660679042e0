// `ops schedule start`: the scheduler in the foreground, until Ctrl-C or the service manager ends it.
import { openScheduling, replaceFile } from '../../app/scheduling.ts'
import type { State } from '../../app/wire.ts'
import { exitCodes, OpsError } from '../../errors/index.ts'
import type { ScheduleEvent } from '../../scheduler/events.ts'
import type { Job } from '../../scheduler/job.ts'
import { keepLooking } from '../../scheduler/keep-looking.ts'
import { Scheduler } from '../../scheduler/scheduler.ts'
import { readStatus } from '../../scheduler/status.ts'
import type { CliIo } from '../io.ts'
import { withState } from '../run/with-state.ts'
import { collectMetrics } from './collect-metrics.ts'
import { readJobs } from './jobs.ts'

export interface StartOptions {
  readonly metrics?: string
  /** For tests: what carries jobs out in the place of ops. */
  readonly program?: string
}

export async function startCommand(io: CliIo, { metrics, program }: StartOptions): Promise<number> {
  return withState(io, async state => {
    const jobs = await readJobs(state.config, state.clock.now())
    if (!jobs.some(({ schedule }) => schedule.enabled)) {
      throw new OpsError('CONFIG_INVALID', {
        message: 'ops.config.ts: schedules: none is enabled',
        hint: 'add one, or set enabled: true',
      })
    }
    const notify = (event: ScheduleEvent): void => (io.json ? io.result(event) : io.talk(sayEvent(event)))
    const { setAlarm, ...outside } = openScheduling({ ...io, jobs, program })
    const scheduler = new Scheduler({
      ...state,
      ...outside,
      jobs,
      maintenance: state.config.maintenance,
      notify,
      changed: () => writeMetrics(state, jobs, metrics),
    })
    const stop = new AbortController()
    const deaf = listen(scheduler, stop, line => io.talk(line))
    try {
      for (const { job, nextDueAt } of await readStatus(state, jobs, state.clock.now())) {
        if (nextDueAt !== null) io.talk(`${job}: next due at ${nextDueAt}`)
      }
      await keepLooking(scheduler, { clock: state.clock, setAlarm, notify }, stop.signal)
      return exitStatus(scheduler.stopped)
    } finally {
      deaf()
    }
  })
}

async function writeMetrics(state: State, jobs: readonly Job[], file: string | undefined): Promise<void> {
  if (file !== undefined) {
    replaceFile(file, `${await collectMetrics(state, jobs, state.clock.now())}\n`)
  }
}

/** Once: what runs ends at its next safe point. A second Ctrl-C stops at once. */
function listen(scheduler: Scheduler, stop: AbortController, say: (line: string) => void): () => void {
  const gently = (): void => {
    if (stop.signal.aborted) return
    say('Ending when what runs has reached its next safe point. Ctrl-C again stops it at once.')
    stop.abort()
    scheduler.askToEnd()
  }
  const interrupt = (): void => {
    if (stop.signal.aborted) scheduler.endNow()
    else gently()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', gently)
  process.on('SIGHUP', gently)
  return () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', gently)
    process.off('SIGHUP', gently)
  }
}

/** Of runs that were asked to end: whether one needs a human, whether one was interrupted, or all were done in time. */
function exitStatus(statuses: readonly (number | null)[]): number {
  if (statuses.includes(exitCodes.needsHuman)) return exitCodes.needsHuman
  const cut = statuses.some(status => status === null || status === exitCodes.interrupted)
  return cut ? exitCodes.interrupted : exitCodes.done
}

function sayEvent(event: ScheduleEvent): string {
  const at = event.at.slice(0, 19).replace('T', ' ')
  if (event.what === 'trouble') return `${at}  ${event.job ?? 'scheduler'}: ${event.reason}`
  const { job, dueAt, what, run, reason } = event
  const more = [run === null ? '' : ` (run ${run})`, reason === null ? '' : `: ${reason}`].join('')
  return `${at}  ${job} due at ${dueAt}: ${what === 'due' ? 'waits' : what}${more}`
}
