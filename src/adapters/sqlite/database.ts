// The one SQLite file of a state directory: opened with every commit synced to disk, schema made on first use.
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OpsError } from '../../errors/index.ts'

const schemaVersion = 2
const busyMs = 5000
const schema = `
  CREATE TABLE IF NOT EXISTS records (
    run TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (run, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS samples (run TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS samples_by_run ON samples (run, at);
  CREATE TABLE IF NOT EXISTS requests (run TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS locks (
    name TEXT PRIMARY KEY, run TEXT NOT NULL, actor TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    process_start TEXT NOT NULL, since TEXT NOT NULL, heartbeat_at TEXT NOT NULL, fencing INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS evidence (
    kind TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dues (
    job TEXT NOT NULL, due_at TEXT NOT NULL, state TEXT NOT NULL, run TEXT, reason TEXT, exit_code INTEGER,
    host TEXT, pid INTEGER, process_start TEXT, not_before TEXT, at TEXT NOT NULL, PRIMARY KEY (job, due_at)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS schedules (
    job TEXT PRIMARY KEY, rhythm TEXT NOT NULL, since TEXT NOT NULL, looked_at TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS accounted (job TEXT PRIMARY KEY, until TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`

/** Space kept back so that a run can end safely on a full disk. */
const reserveBytes = 1024 * 1024

export interface StateFiles {
  readonly database: DatabaseSync
  readonly reserve: string
}

/** @throws OpsError STATE_UNUSABLE, STATE_FULL */
export function openState(directory: string): StateFiles {
  const reserve = join(directory, 'reserve')
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, 'journal.db')
    const database = new DatabaseSync(file, { timeout: busyMs })
    chmodSync(file, 0o600)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
    refuseNewer(database, directory)
    database.exec(schema)
    keepReserve(reserve)
    return { database, reserve }
  } catch (thrown) {
    throw stateError(thrown, directory)
  }
}

function keepReserve(path: string): void {
  try {
    if (statSync(path).size >= reserveBytes) return
  } catch {
    // Not there yet.
  }
  writeFileSync(path, Buffer.alloc(reserveBytes), { mode: 0o600 })
}

function refuseNewer(database: DatabaseSync, directory: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version <= schemaVersion) return
  throw new OpsError('STATE_UNUSABLE', {
    message: `${directory} was written by a newer ops (journal schema ${version}, this one knows ${schemaVersion})`,
    hint: 'use that version of ops, or another --state directory',
  })
}

export function isFull(thrown: unknown): boolean {
  const { errcode, code } = thrown as { errcode?: number; code?: string }
  const sqliteFull = 13
  return errcode === sqliteFull || code === 'ENOSPC' || code === 'EDQUOT'
}

export function stateError(thrown: unknown, directory: string): OpsError {
  if (thrown instanceof OpsError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  if (isFull(thrown)) {
    return new OpsError('STATE_FULL', {
      message: `the disk of the state directory ${directory} is full`,
      hint: `free some space: df -h ${directory}`,
      cause: thrown,
    })
  }
  return new OpsError('STATE_UNUSABLE', {
    message: `the state directory ${directory} cannot be used: ${reason}`,
    hint: 'choose another with --state DIR, or mend its permissions',
    cause: thrown,
  })
}

/**
 * What goes wrong inside is told as trouble of this state directory.
 * @throws OpsError STATE_FULL, STATE_UNUSABLE
 */
export function orStateError<T>(directory: string, act: () => T): T {
  try {
    return act()
  } catch (thrown) {
    throw stateError(thrown, directory)
  }
}

/** All of it or nothing, one process at a time. @throws OpsError STATE_FULL, STATE_UNUSABLE, and what `act` throws of ours */
export function inTransaction<T>(
  { database }: Pick<StateFiles, 'database'>,
  directory: string,
  act: () => T,
): T {
  return orStateError(directory, () => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = act()
      database.exec('COMMIT')
      return result
    } catch (thrown) {
      database.exec('ROLLBACK')
      throw thrown
    }
  })
}
