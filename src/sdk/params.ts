// Parameter types that several runbooks share. Help, completion, validation and errors all come from these schemas.
import { z } from 'zod'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** An Ansible host pattern such as `es_data_hot:!es-data02`. */
export const hostPattern = z.string().min(1).meta({ title: 'pattern' })

/** A duration such as `30s` or `10m`; stays text, `durationMs` reads it. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'must be a number with a unit: 500ms, 30s, 10m or 2h')
  .meta({ title: 'duration' })

/** Milliseconds of a duration that the schema has let through. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? []
  return Number(amount) * unitMs[unit as keyof typeof unitMs]
}

/** A count such as `2` or a share such as `34%`. */
export const countOrPercent = z
  .string()
  .regex(/^([1-9]\d*|[1-9]\d?%|100%)$/, 'must be a count (2) or a share (34%)')
  .meta({ title: 'count|percent' })

/** How many of `total` a count or share allows; at least one. */
export function countOf(text: string, total: number): number {
  return text.endsWith('%')
    ? Math.max(1, Math.floor((total * Number.parseInt(text, 10)) / 100))
    : Number(text)
}
