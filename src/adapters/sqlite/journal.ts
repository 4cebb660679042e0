// The journal in SQLite: one row a record, committed and synced before `append` resolves, each naming the hash of the
// one before. Rows are never changed and never deleted.
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { Journal, JournalRecord, RunSummary, Sample } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import { isFull, openState, type StateFiles, stateError } from './database.ts'

const recordShape = z.looseObject({
  seq: z.int().positive(),
  at: z.iso.datetime(),
  run: z.string().min(1),
  type: z.string().min(1),
  prev: z.string(),
})
const rowShape = z.object({ seq: z.number(), body: z.string(), hash: z.string() })
type Row = z.infer<typeof rowShape>

const hashOfBody = (body: string): string => createHash('sha256').update(body).digest('hex')

export class SqliteJournal implements Journal {
  readonly #files: StateFiles
  readonly #directory: string
  /** Last sequence number and hash of the runs that this process has written to. */
  readonly #tails = new Map<string, { seq: number; hash: string }>()
  low = false

  constructor(directory: string, files: StateFiles = openState(directory)) {
    this.#directory = directory
    this.#files = files
  }

  async append(run: string, type: string, at: Date, data: JsonObject): Promise<JournalRecord> {
    const tail = this.#tails.get(run) ?? this.#readTail(run)
    const record = { ...data, seq: tail.seq + 1, at: at.toISOString(), run, type, prev: tail.hash }
    const body = JSON.stringify(record)
    const hash = hashOfBody(body)
    this.#write(() =>
      this.#files.database
        .prepare('INSERT INTO records (run, seq, body, hash) VALUES (?, ?, ?, ?)')
        .run(run, record.seq, body, hash),
    )
    this.#tails.set(run, { seq: record.seq, hash })
    return record
  }

  async read(run: string): Promise<readonly JournalRecord[]> {
    const rows = this.#rows('SELECT seq, body, hash FROM records WHERE run = ? ORDER BY seq', run)
    if (rows.length === 0) {
      throw new OpsError('UNKNOWN_RUN', {
        message: `there is no run ${run} in ${this.#directory}`,
        hint: 'list them: ops runs',
      })
    }
    return verifyChain(run, rows)
  }

  async runs(): Promise<readonly RunSummary[]> {
    const rows = this.#files.database.prepare(summaries).all()
    return rows.map(row => summaryShape.parse(row))
  }

  async sample(run: string, sample: Sample): Promise<void> {
    // Samples are not part of the chain: losing the last ones in a crash is no harm, a full disk leaves a gap.
    try {
      this.#files.database
        .prepare('INSERT INTO samples (run, at, body) VALUES (?, ?, ?)')
        .run(run, sample.at, JSON.stringify(sample))
    } catch (thrown) {
      if (!isFull(thrown)) throw stateError(thrown, this.#directory)
    }
  }

  async samples(run: string): Promise<readonly Sample[]> {
    const rows = this.#files.database.prepare('SELECT body FROM samples WHERE run = ? ORDER BY at').all(run)
    return rows.map(row => sampleShape.parse(JSON.parse(String(row.body))) as Sample)
  }

  async request(run: string, kind: 'pause' | null): Promise<void> {
    this.#write(() =>
      kind === null
        ? this.#files.database.prepare('DELETE FROM requests WHERE run = ?').run(run)
        : this.#files.database
            .prepare('INSERT OR REPLACE INTO requests (run, kind) VALUES (?, ?)')
            .run(run, kind),
    )
  }

  async requested(run: string): Promise<'pause' | null> {
    const row = this.#files.database.prepare('SELECT kind FROM requests WHERE run = ?').get(run)
    return row === undefined ? null : z.literal('pause').parse(row.kind)
  }

  async close(): Promise<void> {
    this.#files.database.close()
  }

  /** After a torn end the chain goes on from the last whole record; the torn one stays where it is. */
  #readTail(run: string): { seq: number; hash: string } {
    const rows = this.#rows('SELECT seq, body, hash FROM records WHERE run = ? ORDER BY seq', run)
    const whole = verifyChain(run, rows).at(-1)?.seq
    return { seq: rows.at(-1)?.seq ?? 0, hash: rows.find(({ seq }) => seq === whole)?.hash ?? '' }
  }

  #rows(sql: string, run: string): Row[] {
    try {
      return this.#files.database
        .prepare(sql)
        .all(run)
        .map(row => rowShape.parse(row))
    } catch (thrown) {
      throw stateError(thrown, this.#directory)
    }
  }

  /** On a full disk the reserve is given up once, and the run is told to end. */
  #write(write: () => unknown): void {
    try {
      write()
    } catch (thrown) {
      if (!isFull(thrown) || this.low) throw stateError(thrown, this.#directory)
      this.low = true
      rmSync(this.#files.reserve, { force: true })
      try {
        write()
      } catch (again) {
        throw stateError(again, this.#directory)
      }
    }
  }
}

const sampleShape = z.looseObject({ at: z.string() })

const summaryShape = z.object({
  run: z.string(),
  runbook: z.string(),
  startedAt: z.string(),
  lastAt: z.string(),
  records: z.number(),
  outcome: z.string().nullable(),
})

const summaries = `
  SELECT first.run AS run, first.body ->> 'runbook' AS runbook, first.body ->> 'at' AS startedAt,
    last.body ->> 'at' AS lastAt, last.seq AS records,
    CASE last.body ->> 'type'
      WHEN 'run.ended' THEN last.body ->> 'outcome'
      WHEN 'approval.given' THEN 'waiting'
    END AS outcome
  FROM records AS first
  JOIN records AS last ON last.run = first.run
    AND last.seq = (
      SELECT seq FROM records WHERE run = first.run AND json_valid(body) ORDER BY seq DESC LIMIT 1)
  WHERE first.seq = 1 AND json_valid(first.body) ORDER BY startedAt DESC, run DESC`

/**
 * Parses rows and checks the chain. A broken last record is a torn end and left out, then and after the run has been
 * carried on: the next record names the one before it. Anything else that is broken is an error.
 */
export function verifyChain(run: string, rows: readonly Row[]): readonly JournalRecord[] {
  const records: JournalRecord[] = []
  let prev = ''
  let torn: Row | null = null
  for (const row of rows) {
    const record = parseRow(row)
    if (record !== null && record.prev === prev) {
      records.push(record)
      prev = row.hash
      torn = null
    } else {
      if (record !== null || torn !== null) throw brokenError(run, torn ?? row)
      torn = row
    }
  }
  return records
}

/** `null` where the row is not what was written. */
function parseRow({ body, hash }: Row): JournalRecord | null {
  if (hashOfBody(body) !== hash) return null
  try {
    return recordShape.parse(JSON.parse(body)) as JournalRecord
  } catch {
    return null
  }
}

const brokenError = (run: string, { seq }: Row): OpsError =>
  new OpsError('JOURNAL_BROKEN', {
    message: `record ${seq} of run ${run} is not what was written`,
    hint: `keep the state directory, look at the cluster by hand, then: ops doctor`,
  })
