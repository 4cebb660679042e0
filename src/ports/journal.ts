// The journal as the engine sees it: append-only, durable before `append` resolves, hash-chained per run.
import type { JsonObject } from './json.ts'

export interface JournalRecord extends JsonObject {
  readonly seq: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly run: string
  readonly type: string
}

export interface RunSummary {
  readonly run: string
  readonly runbook: string
  readonly startedAt: string
  readonly lastAt: string
  readonly records: number
  /** `null` while the run has no `run.ended` record after its last start or resume. */
  readonly outcome: string | null
}

export interface Sample extends JsonObject {
  readonly at: string
}

export interface Journal {
  /** The disk is full and the reserve has been used: end the run as soon as it is safe. */
  readonly low: boolean
  /**
   * Adds one record; resolves when it is on disk.
   * @throws OpsError STATE_FULL, STATE_UNUSABLE
   */
  append(run: string, type: string, at: Date, data: JsonObject): Promise<JournalRecord>
  /**
   * All records of a run in order. A torn end is left out; a broken record before the end is an error.
   * @throws OpsError UNKNOWN_RUN, JOURNAL_BROKEN
   */
  read(run: string): Promise<readonly JournalRecord[]>
  /** Newest first. */
  runs(): Promise<readonly RunSummary[]>
  /** Measurements for the report (cluster status, write rate); kept beside the journal, not part of its chain. */
  sample(run: string, sample: Sample): Promise<void>
  samples(run: string): Promise<readonly Sample[]>
  /** Leaves a request (`pause`) for the live process of a run, or takes it back. */
  request(run: string, kind: 'pause' | null): Promise<void>
  requested(run: string): Promise<'pause' | null>
  close(): Promise<void>
}
