// Time as the engine sees it. Tests pass a clock of their own, so no test waits.

export interface Clock {
  /** Wall-clock time, for records and for people. */
  now(): Date
  /** Milliseconds that never run backwards, for durations and limits. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once (without error) when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
