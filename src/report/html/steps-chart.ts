// The timeline of a run without members: one row per step.
import type { StepStory } from '../story/attempts.ts'
import type { Story } from '../story/story.ts'
import { sayDuration, sayTime } from '../words.ts'
import { axisHeight, picture, processLabels, processMarks, timeAxis } from './axis.ts'
import { type Html, html } from './html.ts'
import { left, round, type TimeScale } from './time-scale.ts'

const row = 22
/** More rows than this are a table, not a picture. */
const mostRows = 60

export function drawSteps(story: Story, scale: TimeScale): Html | null {
  const { steps } = story
  if (story.lanes.length > 0 || steps.length === 0 || steps.length > mostRows) return null
  const top = story.processes.length > 1 ? 20 : 6
  const bottom = top + steps.length * row + 2
  return html`<figure><figcaption>Steps</figcaption>${picture(
    `Timeline of ${steps.length} steps`,
    bottom + axisHeight,
    [
      timeAxis(scale, top, bottom),
      processMarks(story, scale, top, bottom),
      processLabels(story, scale, top - 7),
      html`${steps.map((step, index) => drawStep(step, scale, top + index * row, story.endedMs))}`,
    ],
  )}</figure>`
}

function drawStep({ title, attempts }: StepStory, { x }: TimeScale, top: number, endedMs: number): Html {
  const name = title.length <= 17 ? title : `${title.slice(0, 16)}…`
  return html`<g class="lane"><text x="${left - 8}" y="${top + row / 2 + 4}" text-anchor="end">${name}<title>${title}</title></text>${attempts.map(
    ({ fromMs, untilMs, result, message }) => {
      const until = untilMs ?? endedMs
      const said = `${title}: ${result}, ${sayDuration(until - fromMs)} from ${sayTime(fromMs)}${message === '' ? '' : `\n${message}`}`
      const went = result === 'applied' || result === 'observed'
      const [fromX, untilX] = [x(fromMs), x(until)]
      return html`<rect class="span ${went ? 'step' : 'down'}" x="${fromX}" y="${top + 4}" width="${round(Math.max(1.5, untilX - fromX))}" height="14" rx="2"><title>${said}</title></rect>${went ? null : html`<text x="${untilX + 4}" y="${top + 15}">✖ ${result}</text>`}`
    },
  )}</g>`
}
