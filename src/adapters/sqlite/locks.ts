// Locks in the same SQLite file. Every change is one immediate transaction, so two processes never both win.
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { HeldLock, Locks } from '../../ports/locks.ts'
import type { ProcessTable } from '../../ports/processes.ts'
import { inTransaction, openState, type StateFiles } from './database.ts'

const silentMs = 60_000

const rowShape = z.object({
  name: z.string(),
  run: z.string(),
  actor: z.string(),
  host: z.string(),
  pid: z.number(),
  process_start: z.string(),
  since: z.string(),
  heartbeat_at: z.string(),
  fencing: z.number(),
})
type Row = z.infer<typeof rowShape>

export class SqliteLocks implements Locks {
  readonly #files: StateFiles
  readonly #directory: string
  readonly #processes: ProcessTable

  constructor(directory: string, processes: ProcessTable, files: StateFiles = openState(directory)) {
    this.#directory = directory
    this.#processes = processes
    this.#files = files
  }

  async acquire(
    run: string,
    actor: string,
    names: readonly string[],
    at: Date,
  ): Promise<{ readonly fencing: number }> {
    return this.#transaction(() => {
      for (const held of this.#held(at)) {
        if (
          held.run === run
            ? held.state === 'live' && held.pid !== this.#processes.pid
            : names.includes(held.name)
        ) {
          throw lockHeld(held)
        }
      }
      const fencing = this.#nextFencing()
      const { host, pid } = this.#processes
      const insert = this.#files.database.prepare(
        'INSERT OR REPLACE INTO locks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      const now = at.toISOString()
      for (const name of names) {
        insert.run(name, run, actor, host, pid, this.#processes.startOf(pid) ?? '', now, now, fencing)
      }
      return { fencing }
    })
  }

  async heartbeat(run: string, fencing: number, at: Date): Promise<void> {
    const { changes } = this.#transaction(() =>
      this.#files.database
        .prepare('UPDATE locks SET heartbeat_at = ? WHERE run = ? AND fencing = ?')
        .run(at.toISOString(), run, fencing),
    )
    if (changes > 0) return
    throw new OpsError('LOCK_LOST', {
      message: `run ${run} no longer holds its locks: another process took the run over`,
      hint: `see who: ops show ${run}`,
    })
  }

  async release(run: string): Promise<void> {
    this.#transaction(() => this.#files.database.prepare('DELETE FROM locks WHERE run = ?').run(run))
  }

  async held(at: Date): Promise<readonly HeldLock[]> {
    return this.#held(at)
  }

  #held(at: Date): HeldLock[] {
    const rows = this.#files.database.prepare('SELECT * FROM locks ORDER BY name').all()
    return rows.map(row => this.#lockOf(rowShape.parse(row), at))
  }

  #lockOf(row: Row, at: Date): HeldLock {
    const here = row.host === this.#processes.host
    const gone = here && this.#processes.startOf(row.pid) !== row.process_start
    const silent = at.getTime() - Date.parse(row.heartbeat_at) > silentMs
    const { name, run, actor, host, pid, since, fencing } = row
    return {
      name,
      run,
      actor,
      host,
      pid,
      since,
      fencing,
      heartbeatAt: row.heartbeat_at,
      state: gone || silent ? 'orphan' : 'live',
    }
  }

  #nextFencing(): number {
    const row = this.#files.database
      .prepare(
        `INSERT INTO counters VALUES ('fencing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
      )
      .get()
    return Number(row?.value)
  }

  #transaction<T>(act: () => T): T {
    return inTransaction(this.#files, this.#directory, act)
  }
}

function lockHeld({ name, run, actor, host, pid, since, state }: HeldLock): OpsError {
  const who = `run ${run} of ${actor} on ${host} (process ${pid}) since ${since}`
  return new OpsError('LOCK_HELD', {
    message:
      state === 'live'
        ? `${name} is locked by ${who}`
        : `${name} is still locked by ${who}, whose process is gone`,
    hint:
      state === 'live'
        ? `wait for it, or: ops pause ${run}`
        : `carry it on: ops resume ${run} · or undo what it left: ops abort ${run}`,
  })
}
