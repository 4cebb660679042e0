// Durations as Elasticsearch writes them. It must never guess: what it cannot read is null.

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a time value such as `10m`, `600s` or `0`. */
export function readDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (amount === undefined) return null
  if (unit === undefined) return Number(amount) === 0 ? 0 : null
  return Math.round(Number(amount) * (unitMs[unit] ?? 1))
}
