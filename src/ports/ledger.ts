// The ledger of due times: what became of every time at which a job was due. One due time is claimed once, by one process,
// however many schedulers share the state directory.

/**
 * `due`: waits to be started; `claimed`: one process carries it out; `done`, `failed`: its run has ended; `skipped`: left out
 * as planned; `missed`: left out and worth an alarm.
 */
export type DueState = 'due' | 'claimed' | 'done' | 'failed' | 'skipped' | 'missed'

export interface Claimant {
  readonly host: string
  readonly pid: number
  /** As the process table has it: with the pid it names one process for ever. */
  readonly processStart: string
}

/** Times are ISO 8601, UTC. */
export interface DueRow {
  readonly job: string
  readonly dueAt: string
  readonly state: DueState
  readonly run: string | null
  readonly reason: string | null
  /** Of the last process that tried. */
  readonly exitCode: number | null
  readonly claimedBy: Claimant | null
  /** Of a row that waits: when to try again. */
  readonly notBefore: string | null
  /** When the row was last changed; of a row that is done, when its run ended. */
  readonly at: string
}

export interface Verdict {
  readonly dueAt: string
  readonly state: 'due' | 'skipped' | 'missed'
  readonly reason: string
}

export interface Settlement {
  readonly state: Exclude<DueState, 'claimed'>
  readonly run: string | null
  readonly reason: string | null
  readonly exitCode: number | null
  readonly notBefore?: string | null
}

export interface JobLook {
  readonly job: string
  /** No due time before this one is the scheduler's: when it first saw the job, or saw it with another rhythm. */
  readonly since: string
  /** When a scheduler last looked. */
  readonly lookedAt: string
}

/** Every method throws OpsError STATE_FULL or STATE_UNUSABLE. */
export interface Ledger {
  /** Notes that a scheduler looks at these jobs now and at no others. A job with another rhythm (cron, zone) begins anew. */
  look(
    jobs: readonly { readonly job: string; readonly rhythm: string }[],
    at: Date,
  ): Promise<readonly JobLook[]>
  looks(): Promise<readonly JobLook[]>
  /** Up to when every due time of the job has been accounted for. */
  accountedUntil(job: string): Promise<string | null>
  /** Notes that every due time up to `until` has a row. */
  account(job: string, until: Date): Promise<void>
  /** Due times of the job that have a row, after `from` and up to `to`. */
  known(job: string, from: Date, to: Date): Promise<ReadonlySet<string>>
  /** Rows that wait or are claimed, oldest first. */
  open(): Promise<readonly DueRow[]>
  /** Newest first. */
  rows(job: string, limit: number): Promise<readonly DueRow[]>
  /** The newest row in this state. */
  last(job: string, state: DueState): Promise<DueRow | null>
  /** Writes verdicts down. A due time that is decided already stays as it is; returns those that were written. */
  record(job: string, verdicts: readonly Verdict[], at: Date): Promise<readonly Verdict[]>
  /** `false` where the due time is decided, another process has it, or another due time of the job is claimed. */
  claim(job: string, dueAt: string, at: Date): Promise<boolean>
  /** Notes the run that carries a claimed due time out. */
  noteRun(job: string, dueAt: string, run: string): Promise<void>
  /** Ends the claim of `claimedBy`; `false` where it is no longer that one's. */
  settle(job: string, dueAt: string, claimedBy: Claimant, end: Settlement, at: Date): Promise<boolean>
  /** Forgets what was left out at times after `at`: that was decided under a clock that has been set back, and comes again. */
  forgetAfter(at: Date): Promise<void>
}
