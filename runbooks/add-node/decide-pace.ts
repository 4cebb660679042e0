// How many shards may move at once while new nodes fill: few to begin with, more as long as nobody suffers. Pure.

export interface PaceSigns {
  /** Counters that grew since the last look: rejections, tripped breakers. */
  readonly rejections: readonly string[]
  /** Nodes that spent more than a tenth of the time in old collections, or whose heap is nearly full. */
  readonly gcBound: readonly string[]
  /** Consumer groups that fall back. */
  readonly fallingBack: readonly string[]
}

export interface Pace {
  readonly moves: number
  readonly why: string
}

export const paces = [1, 2, 4, 8] as const
export const slowestPace = 1
const fastestPace = 8

/** Doubled after a calm while, halved as soon as somebody suffers. */
export function decidePace(now: number, { rejections, gcBound, fallingBack }: PaceSigns): Pace {
  const troubles = [
    ...rejections,
    ...gcBound.map(node => `${node} collects garbage`),
    ...fallingBack.map(group => `${group} falls back`),
  ]
  if (troubles.length > 0)
    return { moves: Math.max(slowestPace, Math.floor(now / 2)), why: troubles.slice(0, 2).join('; ') }
  return { moves: Math.min(fastestPace, now * 2), why: 'nobody rejects, collects or falls back' }
}
