// Locks in memory, with the promises of the port. Whether a holder lives is asked of the world it was given.
import { OpsError } from '../../../src/errors/index.ts'
import type { HeldLock, LockHolder, Locks } from '../../../src/ports/locks.ts'

export interface FakeHolder {
  readonly host: string
  readonly pid: number
  isAlive(pid: number): boolean
}

/** What all processes of a world share. */
export interface FakeLockTable {
  readonly rows: Map<string, LockHolder>
  fencing: number
}

export const emptyLockTable = (): FakeLockTable => ({ rows: new Map(), fencing: 0 })

export class FakeLocks implements Locks {
  readonly #table: FakeLockTable
  readonly #self: FakeHolder

  constructor(table: FakeLockTable, self: FakeHolder) {
    this.#table = table
    this.#self = self
  }

  async acquire(run: string, actor: string, names: readonly string[], at: Date) {
    const { host, pid } = this.#self
    for (const lock of await this.held(at)) {
      const own = lock.run === run
      const inTheWay = own ? lock.state === 'live' && lock.pid !== pid : names.includes(lock.name)
      if (inTheWay) throw new OpsError('LOCK_HELD', { message: `${lock.name} is locked by run ${lock.run}` })
    }
    this.#table.fencing += 1
    const { fencing } = this.#table
    const now = at.toISOString()
    for (const name of names) {
      this.#table.rows.set(name, { run, actor, host, pid, since: now, heartbeatAt: now, fencing })
    }
    return { fencing }
  }

  async heartbeat(run: string, fencing: number, at: Date): Promise<void> {
    const own = [...this.#table.rows].filter(([, row]) => row.run === run && row.fencing === fencing)
    if (own.length === 0) throw new OpsError('LOCK_LOST', { message: `run ${run} lost its locks` })
    for (const [name, row] of own) this.#table.rows.set(name, { ...row, heartbeatAt: at.toISOString() })
  }

  async release(run: string): Promise<void> {
    for (const [name, row] of [...this.#table.rows]) if (row.run === run) this.#table.rows.delete(name)
  }

  async held(_at: Date): Promise<readonly HeldLock[]> {
    return [...this.#table.rows].map(([name, row]) => ({
      name,
      ...row,
      state: this.#self.isAlive(row.pid) ? 'live' : 'orphan',
    }))
  }
}
