// A value over time as a line, on the time axis of the timeline. Where there is no value the line is broken, never drawn
// across.
import { type Point, summarise } from '../story/points.ts'
import type { Story } from '../story/story.ts'
import { sayNumber, sayTime } from '../words.ts'
import { axisHeight, picture, processMarks, timeAxis } from './axis.ts'
import { type Html, html } from './html.ts'
import { left, right, round, type TimeScale } from './time-scale.ts'

export interface LineChart {
  readonly title: string
  readonly unit: string
  readonly points: readonly Point[]
  /** Which end of the range a reader worries about. */
  readonly worst: 'least' | 'most'
}

const top = 8
const bottom = 118

export function drawLine(
  story: Story,
  scale: TimeScale,
  { title, unit, points, worst }: LineChart,
): Html | null {
  const summary = summarise(points)
  if (summary === null) return null
  const ticks = valueTicks(summary.most)
  const ceiling = ticks.at(-1) ?? 1
  const y = (value: number): number => round(bottom - ((bottom - top) * value) / ceiling)
  const words = `mean ${sayNumber(summary.mean)}, ${worst === 'least' ? 'lowest' : 'highest'} ${sayNumber(summary[worst])} ${unit}`
  const lines = unbroken(points)
  return html`<figure><figcaption>${title} <small>${words}</small></figcaption>${picture(
    `${title}: ${words}`,
    bottom + axisHeight,
    [
      timeAxis(scale, top, bottom),
      processMarks(story, scale, top, bottom),
      html`<g class="axis">${ticks.map(
        value =>
          html`<line class="level" x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${sayNumber(value)}</text>`,
      )}<text class="unit" x="4" y="${top + 4}">${unit}</text></g>`,
      html`${lines.map(line => html`<path class="area" d="${areaOf(line, scale, y)}"/><path class="line" d="${lineOf(line, scale, y)}"/>`)}`,
      html`<line class="mean" x1="${left}" x2="${right}" y1="${y(summary.mean)}" y2="${y(summary.mean)}"><title>mean ${sayNumber(summary.mean)} ${unit}</title></line>`,
      html`${points.map(point => hoverOf(point, scale, unit))}`,
    ],
  )}</figure>`
}

type Known = Point & { readonly value: number }

function unbroken(points: readonly Point[]): Known[][] {
  const lines: Known[][] = []
  let last: Known[] | null = null
  let untilMs: number | null = null
  for (const point of points) {
    if (point.fromMs !== untilMs) last = null
    untilMs = point.untilMs
    if (point.value === null) {
      last = null
      continue
    }
    if (last === null) {
      last = []
      lines.push(last)
    }
    last.push({ ...point, value: point.value })
  }
  return lines
}

function lineOf(line: readonly Known[], { x }: TimeScale, y: (value: number) => number): string {
  return line
    .map(({ fromMs, untilMs, value }, index) => {
      const at = y(value)
      const middle = x((fromMs + untilMs) / 2)
      if (line.length === 1) return `M${x(fromMs)} ${at}H${x(untilMs)}`
      const lead = index === 0 ? `M${x(fromMs)} ${at}L` : 'L'
      return `${lead}${middle} ${at}${index === line.length - 1 ? `L${x(untilMs)} ${at}` : ''}`
    })
    .join('')
}

function areaOf(line: readonly Known[], scale: TimeScale, y: (value: number) => number): string {
  const [first, last] = [line[0]?.fromMs ?? 0, line.at(-1)?.untilMs ?? 0]
  return `${lineOf(line, scale, y)}L${scale.x(last)} ${bottom}L${scale.x(first)} ${bottom}Z`
}

function hoverOf({ fromMs, untilMs, value }: Point, { x }: TimeScale, unit: string): Html {
  const said = value === null ? 'not known: a counter began anew' : `${sayNumber(value)} ${unit}`
  return html`<rect class="hover" x="${x(fromMs)}" y="${top}" width="${round(Math.max(1, x(untilMs) - x(fromMs)))}" height="${bottom - top}"><title>${sayTime(fromMs)}: ${said}</title></rect>`
}

/** From 0 up in three to five even steps. */
function valueTicks(most: number): number[] {
  if (most <= 0) return [0, 1]
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? power * 10
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  )
}
