// The ledger of due times in the same SQLite file. A claim is one immediate transaction, so two schedulers never both win.
import { z } from 'zod'
import type { Claimant, DueRow, DueState, JobLook, Ledger, Settlement, Verdict } from '../../ports/ledger.ts'
import type { ProcessTable } from '../../ports/processes.ts'
import { inTransaction, openState, orStateError, type StateFiles } from './database.ts'

const rowShape = z
  .object({
    job: z.string(),
    due_at: z.string(),
    state: z.enum(['due', 'claimed', 'done', 'failed', 'skipped', 'missed']),
    run: z.string().nullable(),
    reason: z.string().nullable(),
    exit_code: z.number().nullable(),
    host: z.string().nullable(),
    pid: z.number().nullable(),
    process_start: z.string().nullable(),
    not_before: z.string().nullable(),
    at: z.string(),
  })
  .transform(
    (row): DueRow => ({
      job: row.job,
      dueAt: row.due_at,
      state: row.state,
      run: row.run,
      reason: row.reason,
      exitCode: row.exit_code,
      claimedBy:
        row.host === null || row.pid === null
          ? null
          : { host: row.host, pid: row.pid, processStart: row.process_start ?? '' },
      notBefore: row.not_before,
      at: row.at,
    }),
  )
const rowsShape = z.array(rowShape)
const looksShape = z.array(
  z
    .object({ job: z.string(), since: z.string(), looked_at: z.string() })
    .transform(({ job, since, looked_at }): JobLook => ({ job, since, lookedAt: looked_at })),
)
const untilShape = z.object({ until: z.string() })
const dueAtsShape = z.array(z.object({ due_at: z.string() }))

export class SqliteLedger implements Ledger {
  readonly #files: StateFiles
  readonly #directory: string
  readonly #processes: ProcessTable

  constructor(directory: string, processes: ProcessTable, files: StateFiles = openState(directory)) {
    this.#directory = directory
    this.#processes = processes
    this.#files = files
  }

  async look(
    jobs: readonly { readonly job: string; readonly rhythm: string }[],
    at: Date,
  ): Promise<readonly JobLook[]> {
    const now = at.toISOString()
    return this.#transaction(() => {
      const names = JSON.stringify(jobs.map(({ job }) => job))
      this.#run('DELETE FROM schedules WHERE job NOT IN (SELECT value FROM json_each(?))', names)
      for (const { job, rhythm } of jobs) {
        // Since never lies in the future: the clock may have been set back.
        this.#run(
          `INSERT INTO schedules VALUES (?1, ?2, ?3, ?3) ON CONFLICT (job) DO UPDATE SET looked_at = ?3, rhythm = ?2,
             since = CASE WHEN rhythm = ?2 THEN min(since, ?3) ELSE ?3 END`,
          job,
          rhythm,
          now,
        )
      }
      return this.#looks()
    })
  }

  async looks(): Promise<readonly JobLook[]> {
    return this.#do(() => this.#looks())
  }

  async accountedUntil(job: string): Promise<string | null> {
    const row = this.#do(() =>
      this.#files.database.prepare('SELECT until FROM accounted WHERE job = ?').get(job),
    )
    return row === undefined ? null : untilShape.parse(row).until
  }

  async account(job: string, until: Date): Promise<void> {
    this.#do(() =>
      this.#run(
        'INSERT INTO accounted VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET until = ?2',
        job,
        until.toISOString(),
      ),
    )
  }

  async known(job: string, from: Date, to: Date): Promise<ReadonlySet<string>> {
    const rows = this.#do(() =>
      this.#files.database
        .prepare('SELECT due_at FROM dues WHERE job = ? AND due_at > ? AND due_at <= ?')
        .all(job, from.toISOString(), to.toISOString()),
    )
    return new Set(dueAtsShape.parse(rows).map(row => row.due_at))
  }

  async open(): Promise<readonly DueRow[]> {
    return this.#select(`WHERE state IN ('due', 'claimed') ORDER BY job, due_at`)
  }

  async rows(job: string, limit: number): Promise<readonly DueRow[]> {
    return this.#select('WHERE job = ? ORDER BY due_at DESC LIMIT ?', job, limit)
  }

  async last(job: string, state: DueState): Promise<DueRow | null> {
    const [row] = this.#select('WHERE job = ? AND state = ? ORDER BY due_at DESC LIMIT 1', job, state)
    return row ?? null
  }

  async record(job: string, verdicts: readonly Verdict[], at: Date): Promise<readonly Verdict[]> {
    if (verdicts.length === 0) return []
    const now = at.toISOString()
    return this.#transaction(() =>
      verdicts.filter(({ dueAt, state, reason }) => {
        const changes = this.#run(
          `INSERT INTO dues (job, due_at, state, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)
           ON CONFLICT (job, due_at) DO UPDATE SET state = ?3, reason = ?4, at = ?5
           WHERE state = 'due' AND (state, reason) IS NOT (?3, ?4)`,
          job,
          dueAt,
          state,
          reason,
          now,
        )
        return changes > 0
      }),
    )
  }

  async claim(job: string, dueAt: string, at: Date): Promise<boolean> {
    const { host, pid } = this.#processes
    const start = this.#processes.startOf(pid) ?? ''
    return this.#transaction(() => {
      const busy = this.#files.database
        .prepare(`SELECT 1 FROM dues WHERE job = ? AND state = 'claimed'`)
        .get(job)
      if (busy !== undefined) return false
      const changes = this.#run(
        `INSERT INTO dues (job, due_at, state, host, pid, process_start, at) VALUES (?1, ?2, 'claimed', ?3, ?4, ?5, ?6)
         ON CONFLICT (job, due_at) DO UPDATE SET state = 'claimed', run = NULL, reason = NULL, host = ?3, pid = ?4,
           process_start = ?5, not_before = NULL, at = ?6
         WHERE state = 'due'`,
        job,
        dueAt,
        host,
        pid,
        start,
        at.toISOString(),
      )
      return changes > 0
    })
  }

  async noteRun(job: string, dueAt: string, run: string): Promise<void> {
    this.#do(() =>
      this.#run(
        `UPDATE dues SET run = ? WHERE job = ? AND due_at = ? AND state = 'claimed'`,
        run,
        job,
        dueAt,
      ),
    )
  }

  async settle(
    job: string,
    dueAt: string,
    { host, pid, processStart }: Claimant,
    { state, run, reason, exitCode, notBefore = null }: Settlement,
    at: Date,
  ): Promise<boolean> {
    const changes = this.#do(() =>
      this.#run(
        `UPDATE dues SET state = ?, run = ?, reason = ?, exit_code = ?, not_before = ?, at = ?
         WHERE job = ? AND due_at = ? AND state = 'claimed' AND host = ? AND pid = ? AND process_start = ?`,
        state,
        run,
        reason,
        exitCode,
        notBefore,
        at.toISOString(),
        job,
        dueAt,
        host,
        pid,
        processStart,
      ),
    )
    return changes > 0
  }

  async forgetAfter(at: Date): Promise<void> {
    const now = at.toISOString()
    // Both or neither: what is forgotten must be accounted for anew.
    this.#transaction(() => {
      this.#run(`DELETE FROM dues WHERE due_at > ? AND state IN ('skipped', 'missed')`, now)
      this.#run('UPDATE accounted SET until = ?1 WHERE until > ?1', now)
    })
  }

  #select(rest: string, ...values: (string | number)[]): readonly DueRow[] {
    return this.#do(() =>
      rowsShape.parse(this.#files.database.prepare(`SELECT * FROM dues ${rest}`).all(...values)),
    )
  }

  #looks(): readonly JobLook[] {
    return looksShape.parse(this.#files.database.prepare('SELECT * FROM schedules ORDER BY job').all())
  }

  #run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#files.database.prepare(sql).run(...values).changes)
  }

  #transaction<T>(act: () => T): T {
    return inTransaction(this.#files, this.#directory, act)
  }

  /** @throws OpsError STATE_FULL, STATE_UNUSABLE */
  #do<T>(act: () => T): T {
    return orStateError(this.#directory, act)
  }
}
