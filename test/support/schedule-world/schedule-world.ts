// A machine with a clock that can jump, schedulers that can be killed at any call they make, and children that outlive them.
// The ledger is the real one, in SQLite; runs are faked down to what the journal would have of them.
import { SqliteLedger } from '../../../src/adapters/sqlite/ledger.ts'
import { type Maintenance, parseConfig, type Schedule } from '../../../src/config/define.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { JobCall, JobEnd, JobRunner } from '../../../src/ports/job-runner.ts'
import type { Ledger } from '../../../src/ports/ledger.ts'
import type { ScheduleEvent } from '../../../src/scheduler/events.ts'
import type { Job } from '../../../src/scheduler/job.ts'
import { Scheduler } from '../../../src/scheduler/scheduler.ts'
import { type StateDir, stateDir } from '../../unit/adapters/sqlite/state-dir.ts'
import { FakeJournal } from '../fake-world/fake-journal.ts'

/** A schedule with every default, as ops.config.ts would give it. */
export function scheduleOf(fields: Partial<Schedule> & { id: string; cron: string }): Schedule {
  const [schedule] = parseConfig({ schedules: [fields] }, 'test').schedules
  if (schedule === undefined) throw new Error('no schedule')
  return schedule
}

export const jobOf = (fields: Partial<Schedule> & { id: string; cron: string }): Job => {
  const schedule = scheduleOf(fields)
  return { id: schedule.id, schedule, runbook: schedule.runbook ?? schedule.id, args: [], params: {} }
}

export const maintenanceOf = (fields: object = {}): Maintenance =>
  parseConfig({ maintenance: fields }, 'test').maintenance

export interface Child {
  readonly call: JobCall
  run: string | null
  alive: boolean
  asked: 'no' | 'gently' | 'now'
  readonly end: PromiseWithResolvers<JobEnd>
}

/** Which call, counted from 1, is the last one of a process, and whether it still has its effect. */
export interface Death {
  readonly call: number
  readonly when: 'before' | 'after'
}

export class ScheduleWorld {
  readonly journal = new FakeJournal()
  readonly children: Child[] = []
  readonly events: ScheduleEvent[] = []
  readonly #dir: StateDir = stateDir()
  readonly #starts = new Map<number, string>()
  #ms: number
  #pids = 100
  #runs = 0

  constructor(at: string) {
    this.#ms = Date.parse(at)
  }

  readonly clock: Clock = {
    now: () => new Date(this.#ms),
    monotonicMs: () => this.#ms,
    sleep: async ms => {
      this.#ms += ms
    },
  }

  get now(): Date {
    return this.clock.now()
  }

  setClock(at: string | Date): void {
    this.#ms = new Date(at).getTime()
  }

  pass(seconds: number): void {
    this.#ms += seconds * 1000
  }

  /** A look at the ledger by nobody's process. */
  readonly ledger: Ledger = this.#ledger(1)

  /** A process of `ops schedule start`, with a connection of its own to the ledger. */
  boot(jobs: readonly Job[], { maintenance = maintenanceOf(), death = null as Death | null } = {}): Process {
    const pid = this.#pids++
    this.#starts.set(pid, `start-${pid}`)
    const life = new Life(death, () => this.#starts.delete(pid))
    const ledger = this.#ledger(pid)
    const scheduler = new Scheduler({
      jobs,
      maintenance,
      ledger: life.mortal(ledger),
      journal: life.mortal(this.journal),
      runner: life.mortal(this.#runner()),
      clock: this.clock,
      processes: this.#processes(pid),
      notify: event => {
        if (!life.dead) this.events.push(event)
      },
      changed: async () => {},
    })
    return { pid, scheduler, life, look: () => Promise.race([scheduler.look(), life.died]) }
  }

  /** The run of a child is in the journal from now on. */
  async begin(child: Child): Promise<void> {
    if (child.run !== null) return
    child.run = `run-${++this.#runs}`
    const { runbook, actor } = child.call
    await this.journal.append(child.run, 'run.started', this.now, { runbook, actor, params: {} })
  }

  async finish(child: Child, exitCode = 0, message?: string): Promise<void> {
    await this.begin(child)
    const outcome = exitCode === 0 ? 'succeeded' : exitCode === 5 ? 'refused' : 'failed'
    await this.journal.append(child.run ?? '', 'run.ended', this.now, { outcome, exitCode, message })
    await this.#gone(child, { exitCode, signal: null, said: null })
  }

  /** Its process ends without a last record. */
  kill(child: Child, signal = 'SIGKILL'): Promise<void> {
    return this.#gone(child, { exitCode: null, signal, said: null })
  }

  alive(): readonly Child[] {
    return this.children.filter(({ alive }) => alive)
  }

  /** How often each due time was started, by `job@dueAt`. */
  startsByActor(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { call } of this.children) counts.set(call.actor, (counts.get(call.actor) ?? 0) + 1)
    return counts
  }

  async states(job: string): Promise<Readonly<Record<string, string>>> {
    const rows = await this.ledger.rows(job, 100_000)
    return Object.fromEntries(rows.toReversed().map(({ dueAt, state }) => [dueAt.slice(0, 16), state]))
  }

  [Symbol.dispose](): void {
    this.#dir[Symbol.dispose]()
  }

  async #gone(child: Child, end: JobEnd): Promise<void> {
    child.alive = false
    child.end.resolve(end)
    // Whoever waits for it has settled it by then.
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
  }

  #ledger(pid: number): SqliteLedger {
    const files = this.#dir.open()
    // Nothing here survives the machine.
    files.database.exec('PRAGMA synchronous = OFF')
    return new SqliteLedger(this.#dir.path, this.#processes(pid), files)
  }

  #processes(pid: number) {
    return { host: 'bastion01', pid, startOf: (one: number) => this.#starts.get(one) ?? null }
  }

  #runner(): JobRunner {
    return {
      start: call => {
        const end = Promise.withResolvers<JobEnd>()
        const child: Child = { call, run: null, alive: true, asked: 'no', end }
        this.children.push(child)
        return {
          end: end.promise,
          askToEnd: () => {
            child.asked = 'gently'
          },
          endNow: () => {
            child.asked = 'now'
          },
        }
      },
      isAlive: actor => this.children.some(({ call, alive }) => alive && call.actor === actor),
    }
  }
}

export interface Process {
  readonly pid: number
  readonly scheduler: Scheduler
  readonly life: Life
  /** Ends as well when the process dies. */
  look(): Promise<unknown>
}

export class Life {
  readonly #death: Death | null
  readonly #ended = Promise.withResolvers<'killed'>()
  readonly #bury: () => void
  #calls = 0
  dead = false

  constructor(death: Death | null, bury: () => void) {
    this.#death = death
    this.#bury = bury
  }

  get died(): Promise<'killed'> {
    return this.#ended.promise
  }

  get calls(): number {
    return this.#calls
  }

  kill(): void {
    if (this.dead) return
    this.dead = true
    this.#bury()
    this.#ended.resolve('killed')
  }

  /** Calls of a dead process have no effect, and their answers never come. */
  mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => this.#call(() => value.apply(target, given))
      },
    })
  }

  #call(act: () => unknown): unknown {
    if (this.dead) return new Promise(() => {})
    this.#calls += 1
    if (this.#calls !== this.#death?.call) return act()
    if (this.#death.when === 'after') act()
    this.kill()
    return new Promise(() => {})
  }
}
