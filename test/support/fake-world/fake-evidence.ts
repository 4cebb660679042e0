// Evidence in memory, through JSON, so that nothing survives in it that would not survive on disk.
import { OpsError } from '../../../src/errors/index.ts'
import type { EvidenceKind, EvidencePort } from '../../../src/ports/evidence.ts'
import type { Json } from '../../../src/ports/json.ts'

interface Row {
  readonly kind: EvidenceKind
  readonly key: string
  readonly at: string
  readonly body: string
}

export class FakeEvidence implements EvidencePort {
  readonly #rows = new Map<string, Row>()
  /** What was written for somebody to take along, by path. */
  readonly files = new Map<string, string>()

  async put(kind: EvidenceKind, key: string, at: Date, body: Json): Promise<void> {
    this.#rows.set(`${kind}/${key}`, { kind, key, at: at.toISOString(), body: JSON.stringify(body) })
  }

  async get(kind: EvidenceKind, key: string): Promise<Json | null> {
    const row = this.#rows.get(`${kind}/${key}`)
    return row === undefined ? null : (JSON.parse(row.body) as Json)
  }

  async list(kind: EvidenceKind) {
    const rows = [...this.#rows.values()].filter(row => row.kind === kind)
    return rows
      .sort((a, b) => b.at.localeCompare(a.at) || b.key.localeCompare(a.key))
      .map(({ key, at }) => ({ key, at }))
  }

  async remove(kind: EvidenceKind, key: string): Promise<void> {
    this.#rows.delete(`${kind}/${key}`)
  }

  async writeFile(path: string, body: Json): Promise<void> {
    if (this.files.has(path)) throw new OpsError('EVIDENCE_FILE', { message: `${path} is there already` })
    this.files.set(path, JSON.stringify(body))
  }

  async readFile(path: string): Promise<Json | null> {
    const text = this.files.get(path)
    return text === undefined ? null : (JSON.parse(text) as Json)
  }
}
