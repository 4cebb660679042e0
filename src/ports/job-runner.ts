// Carries jobs out as runs of `ops`, each in a process of its own, so that they share locks and journal with runs by hand.
// What a run did is in the journal; from its process only the end is known.

export interface JobCall {
  readonly job: string
  readonly runbook: string
  /** Parameters as on the command line. */
  readonly args: readonly string[]
  /** Who asks, as the run journals it: names job and due time, so that the run can be found again. */
  readonly actor: string
}

export interface JobEnd {
  /** `null` where a signal ended the process. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** The last words of the process. */
  readonly said: string | null
}

export interface RunningJob {
  /** Never rejects. */
  readonly end: Promise<JobEnd>
  /** Asks it to end at its next safe point; may be asked twice. */
  askToEnd(): void
  /** Ends it at once. */
  endNow(): void
}

export interface JobRunner {
  start(call: JobCall): RunningJob
  /** Whether a process of this machine carries out what this actor asked for, whoever started it. */
  isAlive(actor: string): boolean
}

/**
 * Calls `ring` when a job may be due, until the returned function is called. It may ring too often or not at all: the scheduler
 * looks by itself as well.
 */
export type SetAlarm = (ring: () => void) => () => void
