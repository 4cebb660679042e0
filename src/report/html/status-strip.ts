// Cluster status over time as one strip: green low, yellow half, red full height, each with its word where it fits.

import type { Story } from '../story/story.ts'
import type { StatusSpan } from '../story/traffic.ts'
import { sayDuration, sayTime } from '../words.ts'
import { axisHeight, picture, processMarks, timeAxis } from './axis.ts'
import { type Html, html } from './html.ts'
import { left, round, type TimeScale } from './time-scale.ts'

const full = 30
const heights: Readonly<Record<string, number>> = { green: 14, yellow: 22, red: 30 }
const fitsWord = 48

export function drawStatus(story: Story, scale: TimeScale): Html | null {
  const { statuses } = story.traffic
  if (statuses.length === 0) return null
  return html`<figure><figcaption>Cluster status <small>${sayShares(statuses)}</small></figcaption>${picture(
    `Cluster status over time: ${sayShares(statuses)}`,
    full + 4 + axisHeight,
    [
      timeAxis(scale, 2, full + 2),
      processMarks(story, scale, 2, full + 2),
      html`<text x="${left - 8}" y="${full - 6}" text-anchor="end">status</text>`,
      html`${statuses.map(span => drawSpan(span, scale))}`,
    ],
  )}</figure>`
}

function drawSpan({ status, fromMs, untilMs }: StatusSpan, { x }: TimeScale): Html {
  const height = heights[status] ?? full
  const [fromX, untilX] = [x(fromMs), x(untilMs)]
  const known = status in heights ? status : 'unknown'
  const title = `${status} for ${sayDuration(untilMs - fromMs)}, from ${sayTime(fromMs)} until ${sayTime(untilMs)}`
  const word =
    untilX - fromX < fitsWord
      ? null
      : html`<text class="on" x="${fromX + 5}" y="${full - 2}">${status}</text>`
  return html`<g><title>${title}</title><rect class="status ${known}" x="${fromX}" y="${full + 2 - height}" width="${round(Math.max(1, untilX - fromX))}" height="${height}"/>${word}</g>`
}

function sayShares(spans: readonly StatusSpan[]): string {
  const sums = new Map<string, number>()
  for (const { status, fromMs, untilMs } of spans)
    sums.set(status, (sums.get(status) ?? 0) + untilMs - fromMs)
  return [...sums].map(([status, ms]) => `${status} ${sayDuration(ms)}`).join(', ')
}
