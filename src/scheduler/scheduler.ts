// Looks which jobs are due, claims them in the ledger and has them carried out. It must never start a due time that it has not
// claimed, and never start one again whose end it does not know.
import type { Maintenance } from '../config/define.ts'
import { toOpsError } from '../errors/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobRunner, RunningJob } from '../ports/job-runner.ts'
import type { Journal } from '../ports/journal.ts'
import type { Claimant, DueRow, Ledger, Settlement } from '../ports/ledger.ts'
import type { ProcessTable } from '../ports/processes.ts'
import { decideDue } from './decide-due.ts'
import { decideEnd, decideLost, type FoundRun } from './decide-end.ts'
import { dueTimes } from './due-times.ts'
import type { ScheduleEvent } from './events.ts'
import { findRun } from './find-run.ts'
import { actorOf, type Job, rhythmOf } from './job.ts'

export interface SchedulerParts {
  readonly jobs: readonly Job[]
  readonly maintenance: Maintenance
  readonly ledger: Ledger
  readonly journal: Journal
  readonly runner: JobRunner
  readonly clock: Clock
  readonly processes: ProcessTable
  notify(event: ScheduleEvent): void
  /** After a look that changed something and after every end of a run: writes metrics. */
  changed(): Promise<void>
}

/** Due times further back than this are left alone: nobody reads thousands of rows about them. */
const backMs = 35 * 24 * 3_600_000
/** A claim of another machine cannot be looked at; after this it is taken for dead. */
const foreignMs = 24 * 3_600_000

export class Scheduler {
  readonly #parts: SchedulerParts
  readonly #jobs: readonly Job[]
  readonly #running = new Map<string, RunningJob>()
  readonly #ends = new Set<Promise<void>>()
  /** Exit statuses of the runs that ended after the scheduler was told to stop. */
  readonly stopped: (number | null)[] = []
  #stopping = false
  /** Called whenever a run has ended and is in the ledger. */
  onEnd: () => void = () => {}

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.#jobs = parts.jobs.filter(({ schedule }) => schedule.enabled)
  }

  /**
   * One look: 1. forgets what a wrong clock decided, 2. settles claims of schedulers that died, 3. decides on each job by
   * itself. Says when to look again, where that is sooner than a due time.
   */
  async look(): Promise<Date | null> {
    const { ledger, clock } = this.#parts
    const now = clock.now()
    await ledger.forgetAfter(now)
    const looks = await ledger.look(
      this.#jobs.map(job => ({ job: job.id, rhythm: rhythmOf(job) })),
      now,
    )
    const lost = await this.#settleLost()
    let changed = lost
    let again: Date | null = null
    for (const job of this.#jobs) {
      try {
        const since = looks.find(one => one.job === job.id)?.since ?? now.toISOString()
        const after = await this.#lookAt(job, since, now)
        changed ||= after.changed
        if (after.again !== null && (again === null || after.again < again)) again = after.again
      } catch (thrown) {
        this.#trouble(job.id, thrown)
      }
    }
    if (changed) await this.#parts.changed()
    return again
  }

  /** Nothing new is started; what runs is asked to end at its next safe point. */
  askToEnd(): void {
    this.#stopping = true
    for (const running of this.#running.values()) running.askToEnd()
  }

  endNow(): void {
    this.askToEnd()
    for (const running of this.#running.values()) running.endNow()
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends)
  }

  async #lookAt(job: Job, since: string, now: Date): Promise<{ changed: boolean; again: Date | null }> {
    const { ledger, maintenance } = this.#parts
    const { schedule } = job
    const open = (await ledger.open()).filter(row => row.job === job.id)
    const until = (await ledger.accountedUntil(job.id)) ?? since
    const from = new Date(Math.max(Date.parse(until), Date.parse(since), now.getTime() - backMs))
    const known = await ledger.known(job.id, from, now)
    const fresh = dueTimes(schedule.cron, schedule.timezone, from, now).filter(
      time => !known.has(time.toISOString()),
    )
    const decision = decideDue({
      schedule,
      maintenance,
      now,
      fresh,
      waiting: open.filter(({ state, dueAt }) => state === 'due' && Date.parse(dueAt) <= now.getTime()),
      claimed: open.find(({ state }) => state === 'claimed') ?? null,
    })
    const written = await ledger.record(job.id, decision.verdicts, now)
    for (const { dueAt, state, reason } of written) this.#say(state, job.id, dueAt, null, reason)
    const started = decision.start !== null && (await this.#start(job, decision.start))
    const last = fresh.at(-1)
    if (last !== undefined) {
      // The newest one has no row yet while jitter puts it off, or where another run of the job was begun meanwhile.
      const decided = (await ledger.known(job.id, from, now)).has(last.toISOString())
      await ledger.account(job.id, decided ? now : new Date(last.getTime() - 1))
    }
    return { changed: written.length > 0 || started, again: decision.lookAgainAt }
  }

  async #start(job: Job, dueAt: string): Promise<boolean> {
    const { ledger, runner, clock } = this.#parts
    if (this.#stopping) return false
    const claimedAt = clock.now()
    if (!(await ledger.claim(job.id, dueAt, claimedAt))) return false
    this.#say('claimed', job.id, dueAt, null, null)
    const actor = actorOf(job.id, dueAt)
    const running = runner.start({ job: job.id, runbook: job.runbook, args: job.args, actor })
    this.#running.set(actor, running)
    const end = this.#waitForEnd(job, dueAt, claimedAt.toISOString(), running)
      .catch(thrown => this.#trouble(job.id, thrown))
      .finally(() => {
        this.#running.delete(actor)
        this.#ends.delete(end)
        this.onEnd()
      })
    this.#ends.add(end)
    // It may have been told to stop while the claim was written.
    if (this.#stopping) running.askToEnd()
    return true
  }

  /** Where this fails, the claim stays, and a later look settles it from the journal. */
  async #waitForEnd(job: Job, dueAt: string, claimedAt: string, running: RunningJob): Promise<void> {
    const { clock, journal } = this.#parts
    const process = await running.end
    if (this.#stopping) this.stopped.push(process.exitCode)
    const found = await findRun(journal, job.runbook, actorOf(job.id, dueAt), claimedAt)
    const end = decideEnd(job.schedule, process, found, this.#stopping, clock.now())
    await this.#settle(job.id, dueAt, this.#self(), end)
    await this.#parts.changed()
  }

  async #settleLost(): Promise<boolean> {
    const { ledger, journal, clock } = this.#parts
    let settled = false
    for (const row of await ledger.open()) {
      const job = this.#parts.jobs.find(({ id }) => id === row.job)
      if (row.state !== 'claimed' || row.claimedBy === null || job === undefined) continue
      try {
        const found = await findRun(journal, job.runbook, actorOf(row.job, row.dueAt), row.at)
        if (this.#isCarriedOut(row, row.claimedBy)) {
          await this.#noteRun(row, found)
          continue
        }
        if (this.#mayGoOnElsewhere(row, row.claimedBy, found)) continue
        const end = decideLost(job.schedule, found, clock.now())
        settled = (await this.#settle(row.job, row.dueAt, row.claimedBy, end)) || settled
      } catch (thrown) {
        this.#trouble(row.job, thrown)
      }
    }
    return settled
  }

  /** Who looks at the ledger while a run is under way sees which one it is. */
  async #noteRun({ job, dueAt, run }: DueRow, found: FoundRun | null): Promise<void> {
    if (found === null || found.run === run) return
    await this.#parts.ledger.noteRun(job, dueAt, found.run)
    this.#say('started', job, dueAt, found.run, null)
  }

  /** By this scheduler, by another one that lives, or by a process whose scheduler has died. */
  #isCarriedOut({ job, dueAt }: DueRow, { host, pid, processStart }: Claimant): boolean {
    const { processes, runner } = this.#parts
    const actor = actorOf(job, dueAt)
    if (this.#running.has(actor)) return true
    if (host !== processes.host) return false
    if (pid !== processes.pid && processes.startOf(pid) === processStart) return true
    return runner.isAlive(actor)
  }

  #mayGoOnElsewhere({ at }: DueRow, { host }: Claimant, found: FoundRun | null): boolean {
    const { processes, clock } = this.#parts
    if (host === processes.host || (found !== null && found.outcome !== null)) return false
    return clock.now().getTime() - Date.parse(at) < foreignMs
  }

  async #settle(job: string, dueAt: string, claimedBy: Claimant, end: Settlement): Promise<boolean> {
    const { ledger, clock } = this.#parts
    const done = await ledger.settle(job, dueAt, claimedBy, end, clock.now())
    if (done) this.#say(end.state, job, dueAt, end.run, end.reason)
    return done
  }

  #self(): Claimant {
    const { host, pid, startOf } = this.#parts.processes
    return { host, pid, processStart: startOf(pid) ?? '' }
  }

  #say(
    what: Exclude<ScheduleEvent['what'], 'trouble'>,
    job: string,
    dueAt: string,
    run: string | null,
    reason: string | null,
  ): void {
    this.#parts.notify({ what, at: this.#parts.clock.now().toISOString(), job, dueAt, run, reason })
  }

  #trouble(job: string | null, thrown: unknown): void {
    const { message } = toOpsError(thrown)
    this.#parts.notify({ what: 'trouble', at: this.#parts.clock.now().toISOString(), job, reason: message })
  }
}
