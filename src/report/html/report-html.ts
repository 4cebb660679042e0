// The report as one HTML file: no script, nothing from anywhere else, and the browser is told to allow neither. Pure.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import { type Story, tellStory } from '../story/story.ts'
import type { Tone } from '../story/verdict.ts'
import { sayDateTime } from '../words.ts'
import { type Html, html } from './html.ts'
import { drawLine } from './line-chart.ts'
import * as sections from './sections.ts'
import { drawStatus } from './status-strip.ts'
import { drawSteps } from './steps-chart.ts'
import { style } from './style.ts'
import { drawTiles } from './tiles.ts'
import { scaleOf } from './time-scale.ts'
import { drawTimeline } from './timeline.ts'

export function reportHtml(records: readonly JournalRecord[], samples: readonly Sample[]): string {
  const story = tellStory(records, samples)
  const title = `${story.runbook} ${story.run}`
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}: ${story.verdict.outcome}</title>
${style}
</head>
<body>
<main>
${header(story)}
${verdict(story)}
${sections.section('What was found', sections.found(story))}
${drawTiles(story)}
${sections.section('What happened when', [pictures(story)])}
${sections.section('Nodes', [sections.nodes(story)])}
${sections.section('What gated whom', [sections.waits(story)])}
${sections.section(story.lanes.length === 0 ? 'Steps' : 'Steps worth a look', [sections.steps(story)])}
${sections.section('Temporary settings', [sections.settings(story)])}
${sections.section('Remarks', [sections.remarks(story)])}
${sections.section('Gates', sections.gates(story))}
${sections.section('Plan', sections.plan(story))}
${sections.section('Who carried it', [sections.processes(story)])}
${sections.section('Event log', [sections.events(story)])}
<footer>All times are UTC. Made from ${story.records.length} journal records and nothing else; runbook version <code>${story.version.slice(0, 12)}</code>.</footer>
</main>
</body>
</html>
`.text
}

function header({ runbook, run, processes, beganMs, endedMs, locks }: Story): Html {
  const [first] = processes
  const who = first === undefined ? '' : `by ${first.actor} on ${first.host}`
  const [from, until] = [sayDateTime(beganMs), sayDateTime(endedMs)]
  const end = until.slice(0, 10) === from.slice(0, 10) ? until.slice(11) : until
  const what = locks.length === 0 ? '' : ` · ${locks.join(', ')}`
  return html`<header><h1>${runbook} <code>${run}</code></h1><p>${from} to ${end} UTC · ${who}${what}</p></header>`
}

const marks: Readonly<Record<Tone, string>> = { good: '✔', waiting: '■', bad: '✖' }

function verdict({ verdict: { outcome, tone, sentence, code, leftOver, next } }: Story): Html {
  return html`<div class="verdict ${tone}"><p data-mark="${marks[tone]}">${sentence}</p><dl>${
    code !== '' && html`<dt>Code</dt><dd><code>${code}</code></dd>`
  }<dt>${outcome === 'not ended' ? 'By now' : 'Left over'}</dt><dd>${
    leftOver.length === 0 ? 'nothing' : leftOver.map((what, index) => [index > 0 && html`<br>`, what])
  }</dd>${next !== '' && html`<dt>Next</dt><dd>${next}</dd>`}</dl></div>`
}

/** All pictures share one axis of time. */
function pictures(story: Story): Html | null {
  const scale = scaleOf(story)
  const { writeRate, writeLatency } = story.traffic
  const drawn = [
    drawTimeline(story, scale),
    drawSteps(story, scale),
    drawStatus(story, scale),
    drawLine(story, scale, {
      title: 'Write rate',
      unit: 'docs/s',
      points: writeRate,
      worst: 'least',
    }),
    drawLine(story, scale, {
      title: 'Mean write latency',
      unit: 'ms/doc',
      points: writeLatency,
      worst: 'most',
    }),
  ].filter(one => one !== null)
  return drawn.length === 0 ? null : html`<div class="pictures" tabindex="0">${drawn}</div>`
}
