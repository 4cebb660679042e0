// Schedulers that share one real ledger in SQLite, under a clock of the test. Jobs are carried out by a fake runner, which
// journals runs as `ops run` would; schedulers can die at any moment and new ones come.
import { SqliteLedger } from '../../../src/adapters/sqlite/ledger.ts'
import type { Maintenance, Schedule } from '../../../src/config/define.ts'
import type { JobCall, JobEnd, JobRunner } from '../../../src/ports/job-runner.ts'
import type { ProcessTable } from '../../../src/ports/processes.ts'
import type { ScheduleEvent } from '../../../src/scheduler/events.ts'
import type { Job } from '../../../src/scheduler/job.ts'
import { Scheduler } from '../../../src/scheduler/scheduler.ts'
import { FakeJournal } from '../../support/fake-world/fake-journal.ts'
import { jobOf, maintenanceOf } from '../../support/schedule-world/schedule-world.ts'
import { stateDir } from '../../unit/adapters/sqlite/state-dir.ts'

export interface Started {
  readonly actor: string
  readonly at: string
}

/** How runs go: `journal` false is a process that dies before it has journalled anything. */
export interface Conduct {
  readonly exitCode: number | null
  readonly signal?: string
  readonly journal?: boolean
  /** The process does not end until the test ends it. */
  readonly hangs?: boolean
}

type Fields = Partial<Schedule> & { readonly id: string; readonly cron: string }

export class ScheduleWorld implements Disposable {
  nowMs: number
  conduct: Conduct = { exitCode: 0 }
  readonly started: Started[] = []
  readonly events: ScheduleEvent[] = []
  readonly journal = new FakeJournal()
  readonly hanging: ((end: JobEnd) => void)[] = []
  /** Actors whose process lives although its scheduler died. */
  readonly alive = new Set<string>()
  readonly jobs: readonly Job[]
  readonly maintenance: Maintenance
  readonly #dir = stateDir()
  readonly #files = this.#dir.open()
  readonly #living = new Set<number>()
  #lastPid = 100
  #runs = 0

  constructor(start: string, schedules: readonly Fields[], maintenance: Partial<Maintenance> = {}) {
    this.nowMs = Date.parse(start)
    this.maintenance = maintenanceOf(maintenance)
    this.jobs = schedules.map(jobOf)
  }

  readonly clock = {
    now: () => new Date(this.nowMs),
    monotonicMs: () => this.nowMs,
    sleep: async (ms: number) => {
      this.nowMs += ms
    },
  }

  at(time: string): void {
    this.nowMs = Date.parse(time)
  }

  /** A new process with a scheduler in it. */
  begin(): { readonly scheduler: Scheduler; readonly ledger: SqliteLedger; die(): void } {
    this.#lastPid += 1
    const pid = this.#lastPid
    this.#living.add(pid)
    const processes: ProcessTable = {
      host: 'bastion01',
      pid,
      startOf: of => (this.#living.has(of) ? `start-of-${of}` : null),
    }
    const ledger = new SqliteLedger(this.#dir.path, processes, this.#files)
    const { clock, jobs, maintenance, journal } = this
    const scheduler = new Scheduler({
      ...{ clock, jobs, maintenance, journal, ledger, processes },
      runner: this.#runner(),
      notify: event => void this.events.push(event),
      changed: async () => {},
    })
    return { scheduler, ledger, die: () => void this.#living.delete(pid) }
  }

  async rows(job: string) {
    return (await this.begin().ledger.rows(job, 20_000)).toReversed()
  }

  [Symbol.dispose](): void {
    this.#dir[Symbol.dispose]()
  }

  #runner(): JobRunner {
    return {
      isAlive: actor => this.alive.has(actor),
      start: call => {
        this.started.push({ actor: call.actor, at: this.clock.now().toISOString() })
        const { promise, resolve } = Promise.withResolvers<JobEnd>()
        if (this.conduct.hangs === true) this.hanging.push(resolve)
        else void this.#carryOut(call).then(resolve)
        return { end: promise, askToEnd: () => {}, endNow: () => {} }
      },
    }
  }

  async #carryOut({ runbook, actor }: JobCall): Promise<JobEnd> {
    const { exitCode, signal = null, journal = true } = this.conduct
    if (journal) {
      const run = await this.beginRun(runbook, actor)
      const outcome = exitCode === 0 ? 'succeeded' : 'failed'
      await this.journal.append(run, 'run.ended', this.clock.now(), { outcome, exitCode: exitCode ?? 1 })
    }
    return { exitCode, signal, said: null }
  }

  /** The first record of a run, as `ops run` writes it. */
  async beginRun(runbook: string, actor: string): Promise<string> {
    this.#runs += 1
    const run = `run-${this.#runs}`
    await this.journal.append(run, 'run.started', this.clock.now(), { runbook, actor, params: {} })
    return run
  }
}
