// What all pictures share: the frame of the SVG, the lines of time, the marks of processes that ended and were followed.
import { gapsOf } from '../story/processes.ts'
import type { Story } from '../story/story.ts'
import { sayDuration, sayTime } from '../words.ts'
import { type Html, html } from './html.ts'
import { left, right, round, type TimeScale, width } from './time-scale.ts'

export const axisHeight = 24

/** A picture of the given height, with `label` for those who cannot see it. */
export function picture(label: string, height: number, content: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" xmlns="http://www.w3.org/2000/svg">${content}</svg>`
}

/** Lines at every tick down to `bottom`, and their labels below. */
export function timeAxis({ ticks }: TimeScale, top: number, bottom: number): Html {
  return html`<g class="axis">${ticks.map(
    ({ x }) => html`<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>`,
  )}<line class="base" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${ticks.map(
    ({ x, label }) => html`<text x="${x}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
  )}</g>`
}

/** Times at which nobody carried the run, with the end of one process and the begin of the next. */
export function processMarks({ processes }: Story, scale: TimeScale, top: number, bottom: number): Html {
  return html`<g class="marks">${gapsOf(processes).map(({ fromMs, untilMs, before, after }) => {
    const [fromX, untilX] = [scale.x(fromMs), scale.x(untilMs)]
    const ended =
      before.outcome === null ? 'process ended without a word' : `process ended: ${before.outcome}`
    const title = `${sayTime(fromMs)} ${ended}; ${sayTime(untilMs)} ${after.mode} by ${after.actor} on ${after.host}, ${sayDuration(untilMs - fromMs)} later`
    return html`<g><title>${title}</title><rect class="idle" x="${fromX}" y="${top}" width="${round(Math.max(1, untilX - fromX))}" height="${round(bottom - top)}"/><line class="ended" x1="${fromX}" x2="${fromX}" y1="${top}" y2="${bottom}"/><line class="resumed" x1="${untilX}" x2="${untilX}" y1="${top}" y2="${bottom}"/></g>`
  })}</g>`
}

/** The words above those marks; drawn once, over the first picture. */
export function processLabels({ processes }: Story, scale: TimeScale, y: number): Html {
  return html`<g class="mark-labels">${gapsOf(processes).map(({ fromMs, untilMs, before, after }) => {
    const ended = before.outcome === null ? 'killed' : before.outcome
    const note = scale.breaks.some(stretch => stretch.fromMs === fromMs)
      ? `${carriedOn(after.mode)} ${sayDuration(untilMs - fromMs)} later`
      : carriedOn(after.mode)
    return html`<text x="${scale.x(fromMs) - 4}" y="${y}" text-anchor="end">${ended}</text><text x="${scale.x(untilMs) + 4}" y="${y}">${note}</text>`
  })}</g>`
}

const carriedOn = (mode: string): string => (mode === 'abort' ? 'abort begun' : 'resumed')
