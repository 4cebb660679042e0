// One hash for plans, journal chains and runbook code: SHA-256 over JSON with sorted keys.
import { createHash } from 'node:crypto'

/** JSON text with the keys of every object sorted, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const hashOf = (value: unknown): string => sha256(canonicalJson(value))
