// The timeline: one row per member, what it went through when. Each phase has a pattern and a title of its own, so that
// it can be told without colours.
import type { Lane, Phase, Span } from '../story/lanes.ts'
import type { Story } from '../story/story.ts'
import { sayDuration, sayTime } from '../words.ts'
import { axisHeight, picture, processLabels, processMarks, timeAxis } from './axis.ts'
import { type Html, html } from './html.ts'
import { left, right, round, type TimeScale } from './time-scale.ts'

const names: Readonly<Record<Phase, string>> = {
  waiting: 'waits for a gate',
  draining: 'drains',
  down: 'stops and starts',
  joining: 'joins',
  recovering: 'recovers copies',
}

/** Many rows are drawn thinner, so that they fit a page. */
const rowOf = (count: number): number => (count <= 30 ? 24 : count <= 100 ? 16 : 11)

export function drawTimeline(story: Story, scale: TimeScale): Html | null {
  const lanes = story.lanes.filter(({ spans, doneMs }) => spans.length > 0 || doneMs !== null)
  if (lanes.length === 0) return null
  const row = rowOf(lanes.length)
  const top = story.processes.length > 1 ? 20 : 6
  const bottom = top + lanes.length * row + 2
  return html`<figure><figcaption>Nodes</figcaption>${legend(lanes)}${picture(
    `Timeline of ${lanes.length} nodes`,
    bottom + axisHeight,
    [
      patterns,
      timeAxis(scale, top, bottom),
      processMarks(story, scale, top, bottom),
      processLabels(story, scale, top - 7),
      html`${lanes.map((lane, index) => drawLane(lane, scale, top + index * row, row))}`,
    ],
  )}</figure>`
}

function drawLane(lane: Lane, scale: TimeScale, top: number, row: number): Html {
  const middle = round(top + row / 2)
  const label = row < 14 ? 'small' : ''
  return html`<g class="lane"><text class="${label}" x="${left - 8}" y="${middle + 4}" text-anchor="end">${shorten(lane.name)}<title>${lane.name}</title></text>${lane.spans.map(
    span => drawSpan(lane, span, scale, top, row),
  )}${drawEnd(lane, scale, middle)}</g>`
}

function drawSpan({ name }: Lane, span: Span, { x }: TimeScale, top: number, row: number): Html {
  const [fromX, untilX] = [x(span.fromMs), x(span.untilMs)]
  const thin = span.phase === 'waiting'
  const height = round(thin ? row * 0.22 : row * 0.66)
  const y = round(top + (row - height) / 2)
  return html`<rect class="span ${span.phase}" x="${fromX}" y="${y}" width="${round(Math.max(1.5, untilX - fromX))}" height="${height}" rx="${thin ? 0 : 2}"><title>${titleOf(name, span)}</title></rect>`
}

function titleOf(name: string, { phase, fromMs, untilMs, gate, by, waitsFor, open }: Span): string {
  const why = gate === '' ? '' : `\n${gate}${by === '' ? '' : ` (${by})`}`
  const whom = waitsFor.length === 0 ? '' : `\nwaits for ${waitsFor.join(', ')}`
  const until = open ? 'to the end of the records' : `until ${sayTime(untilMs)}`
  return `${name} ${names[phase]}: ${sayDuration(untilMs - fromMs)}, from ${sayTime(fromMs)} ${until}${why}${whom}`
}

function drawEnd({ name, doneMs, left: phase, spans }: Lane, { x }: TimeScale, middle: number): Html {
  const word = phase === 'down' || phase === 'joining' ? 'left down' : `left ${phase}`
  const lastMs = spans.at(-1)?.untilMs
  if (phase !== null && lastMs !== undefined) {
    const label = html`<text class="left" x="${Math.min(x(lastMs) - 6, right)}" y="${middle + 4}" text-anchor="end">${word}</text>`
    return html`${label}`
  }
  if (doneMs === null) return html``
  const at = x(doneMs)
  return html`<path class="done" d="M${round(at + 4)} ${middle}l3 3.5l6 -7.5"><title>${name} done at ${sayTime(doneMs)}</title></path>`
}

function legend(lanes: readonly Lane[]): Html {
  const seen = new Set(lanes.flatMap(({ spans }) => spans.map(({ phase }) => phase)))
  const shown = (Object.keys(names) as Phase[]).filter(phase => seen.has(phase))
  return html`<ul class="legend">${shown.map(
    phase =>
      html`<li><svg viewBox="0 0 26 14" aria-hidden="true"><rect class="span ${phase}" x="0" y="${phase === 'waiting' ? 5 : 1}" width="26" height="${phase === 'waiting' ? 4 : 12}" rx="${phase === 'waiting' ? 0 : 2}"/></svg>${names[phase]}</li>`,
  )}<li><svg viewBox="0 0 14 14" aria-hidden="true"><path class="done" d="M1 7l3 3.5l6 -7.5"/></svg>done</li></ul>`
}

const patterns = html`<defs><pattern id="p-joining" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="f-joining" width="6" height="6"/><rect class="ink" width="2.4" height="6"/></pattern><pattern id="p-recovering" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="f-recovering" width="6" height="6"/><circle class="ink" cx="3" cy="3" r="1.1"/></pattern><pattern id="p-draining" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="f-draining" width="4" height="4"/><rect class="ink" width="1.2" height="4"/></pattern><pattern id="p-yellow" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="f-yellow" width="7" height="7"/><rect class="ink" width="2" height="7"/></pattern><pattern id="p-idle" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="f-idle" width="2" height="8"/></pattern></defs>`

const longestName = 17

function shorten(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName - 1)}…`
}
