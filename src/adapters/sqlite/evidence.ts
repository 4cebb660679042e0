// Evidence in the same SQLite file: one row an entry, replaced as a whole, synced before `put` resolves.
import { z } from 'zod'
import type { EvidenceEntry, EvidenceKind, EvidencePort } from '../../ports/evidence.ts'
import type { Json } from '../../ports/json.ts'
import { openState, orStateError, type StateFiles } from './database.ts'
import { readEvidenceFile, writeEvidenceFile } from './evidence-file.ts'

const bodyShape = z.object({ body: z.string() })
const entryShape = z.object({ key: z.string(), at: z.string() })

export class SqliteEvidence implements EvidencePort {
  readonly #files: StateFiles
  readonly #directory: string
  readonly #redact: (body: Json) => Json

  /** `redact` is for what leaves the state directory. */
  constructor(
    directory: string,
    files: StateFiles = openState(directory),
    redact: (body: Json) => Json = body => body,
  ) {
    this.#directory = directory
    this.#files = files
    this.#redact = redact
  }

  async put(kind: EvidenceKind, key: string, at: Date, body: Json): Promise<void> {
    this.#do(database =>
      database
        .prepare('INSERT OR REPLACE INTO evidence (kind, key, at, body) VALUES (?, ?, ?, ?)')
        .run(kind, key, at.toISOString(), JSON.stringify(body)),
    )
  }

  async get(kind: EvidenceKind, key: string): Promise<Json | null> {
    const row = this.#do(database =>
      database.prepare('SELECT body FROM evidence WHERE kind = ? AND key = ?').get(kind, key),
    )
    return row === undefined ? null : (JSON.parse(bodyShape.parse(row).body) as Json)
  }

  async list(kind: EvidenceKind): Promise<readonly EvidenceEntry[]> {
    const rows = this.#do(database =>
      database.prepare('SELECT key, at FROM evidence WHERE kind = ? ORDER BY at DESC, key DESC').all(kind),
    )
    return z.array(entryShape).parse(rows)
  }

  async remove(kind: EvidenceKind, key: string): Promise<void> {
    this.#do(database => database.prepare('DELETE FROM evidence WHERE kind = ? AND key = ?').run(kind, key))
  }

  async writeFile(path: string, body: Json): Promise<void> {
    writeEvidenceFile(path, this.#redact(body))
  }

  async readFile(path: string): Promise<Json | null> {
    return readEvidenceFile(path)
  }

  /** @throws OpsError STATE_FULL, STATE_UNUSABLE */
  #do<T>(use: (database: StateFiles['database']) => T): T {
    return orStateError(this.#directory, () => use(this.#files.database))
  }
}
