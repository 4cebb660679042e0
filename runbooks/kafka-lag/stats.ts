// What the consumers' own statistics say of the time that goes into the output. Pure.
import { z } from 'zod'

/** What `logstash_stats.yml` hands back of one host: sums over its pipelines since it was started. */
export const handedBack = z.object({
  /** Why it did not answer; null where it did. */
  problem: z.string().nullable(),
  events_in: z.number(),
  events_out: z.number(),
  /** Milliseconds of all workers in outputs. */
  output_ms: z.number(),
  /** Events that an output was asked to take later. */
  retries: z.number(),
})

export type Stats = z.infer<typeof handedBack>

export interface InstanceStats {
  readonly host: string
  /** Whether its service runs; `null` where its host did not say. */
  readonly running: boolean | null
  readonly first: Stats | null
  readonly last: Stats | null
  /** Between the two. */
  readonly seconds: number
  /** When the first was read, monotonic. */
  readonly readMs: number
}

export interface OutputUse {
  /** Share of the threads' time that goes into the output, 0 to 1; `null` where nobody says. */
  readonly busy: number | null
  readonly msPerEvent: number | null
  readonly retriesPerSecond: number
}

export function readOutputUse(instances: readonly InstanceStats[], threads: number): OutputUse {
  const known = instances.flatMap(({ first, last, seconds }) =>
    first === null || last === null || first.problem !== null || last.problem !== null || seconds <= 0
      ? []
      : [
          {
            ms: Math.max(0, last.output_ms - first.output_ms),
            events: Math.max(0, last.events_out - first.events_out),
            retries: Math.max(0, last.retries - first.retries) / seconds,
            threadMs: threads * seconds * 1000,
          },
        ],
  )
  const sum = (of: (one: (typeof known)[number]) => number) => known.reduce((all, one) => all + of(one), 0)
  const [ms, events, threadMs] = [sum(one => one.ms), sum(one => one.events), sum(one => one.threadMs)]
  return {
    busy: threadMs === 0 ? null : Math.min(1, ms / threadMs),
    msPerEvent: events === 0 ? null : ms / events,
    retriesPerSecond: sum(one => one.retries),
  }
}
