// A journal in memory. Everything goes through JSON, so that nothing survives in it that would not survive on disk.
import { OpsError } from '../../../src/errors/index.ts'
import type { Journal, JournalRecord, RunSummary, Sample } from '../../../src/ports/journal.ts'
import type { JsonObject } from '../../../src/ports/json.ts'

export class FakeJournal implements Journal {
  low = false
  readonly #runs = new Map<string, string[]>()
  readonly #samples = new Map<string, Sample[]>()
  readonly #requests = new Map<string, 'pause'>()

  async append(run: string, type: string, at: Date, data: JsonObject): Promise<JournalRecord> {
    const rows = this.#runs.get(run) ?? []
    this.#runs.set(run, rows)
    const text = JSON.stringify({ ...data, seq: rows.length + 1, at: at.toISOString(), run, type })
    rows.push(text)
    return JSON.parse(text) as JournalRecord
  }

  async read(run: string): Promise<readonly JournalRecord[]> {
    const rows = this.#runs.get(run)
    if (rows === undefined) throw new OpsError('UNKNOWN_RUN', { message: `there is no run ${run}` })
    return rows.map(row => JSON.parse(row) as JournalRecord)
  }

  async runs(): Promise<readonly RunSummary[]> {
    const found: RunSummary[] = []
    for (const run of this.#runs.keys()) {
      const records = await this.read(run)
      const [first] = records
      const last = records.at(-1)
      if (first === undefined || last === undefined) continue
      found.push({
        run,
        runbook: String(first.runbook),
        startedAt: first.at,
        lastAt: last.at,
        records: records.length,
        outcome: last.type === 'run.ended' ? String(last.outcome) : null,
      })
    }
    return found.reverse()
  }

  async sample(run: string, sample: Sample): Promise<void> {
    this.#samples.set(run, [...(this.#samples.get(run) ?? []), sample])
  }

  async samples(run: string): Promise<readonly Sample[]> {
    return this.#samples.get(run) ?? []
  }

  async request(run: string, kind: 'pause' | null): Promise<void> {
    if (kind === null) this.#requests.delete(run)
    else this.#requests.set(run, kind)
  }

  async requested(run: string): Promise<'pause' | null> {
    return this.#requests.get(run) ?? null
  }

  async close(): Promise<void> {}
}
