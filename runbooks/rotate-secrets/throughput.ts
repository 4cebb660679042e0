// Whether a consumer delivers as much as before. Pure.
import { z } from 'zod'
import type { Json } from '#sdk'

/** What `logstash_stats.yml` hands back: sums since its process was started. */
const handedBack = z.object({
  problem: z.string().nullable(),
  events_in: z.number(),
  events_out: z.number(),
  retries: z.number(),
})

export interface Reading {
  readonly atMs: number
  readonly eventsIn: number
  readonly eventsOut: number
  readonly retries: number
}

export type Before = { readonly perSecond: number; readonly retriesPerSecond: number }

/** Of what came through before, and what still counts as the same. */
const leastShare = 0.9

/** `null`: it does not answer. */
export function readReading(result: Json | undefined, atMs: number): Reading | null {
  const parsed = handedBack.safeParse(result)
  if (!parsed.success || parsed.data.problem !== null) return null
  const { events_in: eventsIn, events_out: eventsOut, retries } = parsed.data
  return { atMs, eventsIn, eventsOut, retries }
}

/** `null`: nothing was counted in between. */
export function rateBetween(first: Reading | null, last: Reading | null): Before | null {
  if (first === null || last === null || last.atMs <= first.atMs) return null
  const seconds = (last.atMs - first.atMs) / 1000
  return {
    perSecond: Math.max(0, last.eventsOut - first.eventsOut) / seconds,
    retriesPerSecond: Math.max(0, last.retries - first.retries) / seconds,
  }
}

/** Its counters began anew: it was started in between. */
export const wasStarted = (first: Reading, last: Reading): boolean =>
  last.eventsOut < first.eventsOut || last.eventsIn < first.eventsIn || last.retries < first.retries

/**
 * Why it does not deliver as before; `null` where it does. Less is as good where everything that came in went out: then there was less to
 * deliver.
 */
export function explainSlower(before: Before, first: Reading, last: Reading): string | null {
  const now = rateBetween(first, last)
  if (now === null) return 'nothing was counted yet'
  if (now.retriesPerSecond > before.retriesPerSecond)
    return `${round(now.retriesPerSecond)} retries a second, ${round(before.retriesPerSecond)} before`
  if (now.perSecond >= before.perSecond * leastShare) return null
  const [cameIn, wentOut] = [last.eventsIn - first.eventsIn, last.eventsOut - first.eventsOut]
  if (wentOut > 0 && wentOut >= cameIn * leastShare) return null
  return `${round(now.perSecond)} events a second, ${round(before.perSecond)} before`
}

const round = (value: number): string => String(Math.round(value * 10) / 10)
