// Time to pixels, the same for every picture of a report. A long time at which nobody carried the run is drawn short, so
// that a run resumed the next day can still be read. Pure.
import { gapsOf } from '../story/processes.ts'
import type { Story } from '../story/story.ts'
import { sayTime } from '../words.ts'

export const left = 118
export const right = 982
export const width = 1000

interface Stretch {
  readonly fromMs: number
  readonly untilMs: number
  readonly fromX: number
  readonly untilX: number
  /** Drawn shorter than it was. */
  readonly short: boolean
}

export interface TimeScale {
  readonly x: (atMs: number) => number
  readonly ticks: readonly { readonly x: number; readonly label: string }[]
  /** Times drawn shorter than they were. */
  readonly breaks: readonly Stretch[]
}

/** A pause longer than this share of the working time is drawn short. */
const longestShare = 0.4
const shortShare = 0.06

export function scaleOf({ beganMs, endedMs, processes }: Story): TimeScale {
  const stretches = place(beganMs, Math.max(endedMs, beganMs + 1000), gapsOf(processes))
  const x = (atMs: number): number => {
    const stretch = stretches.find(({ untilMs }) => atMs <= untilMs) ?? stretches.at(-1)
    if (stretch === undefined) return left
    const share = (atMs - stretch.fromMs) / Math.max(1, stretch.untilMs - stretch.fromMs)
    const clamped = Math.min(1, Math.max(0, share))
    return round(stretch.fromX + (stretch.untilX - stretch.fromX) * clamped)
  }
  return { x, ticks: ticksOf(stretches, x), breaks: stretches.filter(({ short }) => short) }
}

interface Pause {
  readonly fromMs: number
  readonly untilMs: number
}

function place(beganMs: number, endedMs: number, gaps: readonly Pause[]): Stretch[] {
  const idleMs = gaps.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
  const workMs = Math.max(1000, endedMs - beganMs - idleMs)
  const long = gaps.filter(({ fromMs, untilMs }) => untilMs - fromMs > workMs * longestShare)
  const bounds = long.flatMap(gap => [
    { untilMs: gap.fromMs, short: false },
    { untilMs: gap.untilMs, short: true },
  ])
  const longMs = long.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
  const gapX = (right - left) * shortShare
  const perMs = (right - left - gapX * long.length) / Math.max(1, endedMs - beganMs - longMs)
  const stretches: Stretch[] = []
  for (const { untilMs, short } of [...bounds, { untilMs: endedMs, short: false }]) {
    const last = stretches.at(-1)
    const [fromMs, fromX] = [last?.untilMs ?? beganMs, last?.untilX ?? left]
    const untilX = short ? fromX + gapX : fromX + (untilMs - fromMs) * perMs
    stretches.push({ fromMs, untilMs, fromX, untilX, short })
  }
  return stretches
}

const tickSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]
const leastApart = 72

function ticksOf(stretches: readonly Stretch[], x: (atMs: number) => number): TimeScale['ticks'] {
  const ticks: { x: number; label: string }[] = []
  for (const { fromMs, untilMs, fromX, untilX, short } of stretches) {
    if (short) continue
    const perMs = (untilX - fromX) / Math.max(1, untilMs - fromMs)
    const stepMs = 1000 * (tickSeconds.find(seconds => seconds * 1000 * perMs >= leastApart) ?? 86_400)
    for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= untilMs; atMs += stepMs) {
      const tick = { x: x(atMs), label: stepMs < 60_000 ? sayTime(atMs) : sayTime(atMs).slice(0, 5) }
      if (tick.x - (ticks.at(-1)?.x ?? Number.NEGATIVE_INFINITY) >= leastApart) ticks.push(tick)
    }
  }
  return ticks
}

export const round = (pixels: number): number => Math.round(pixels * 10) / 10
