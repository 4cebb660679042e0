// The key figures of a run at a glance.
import { summarise } from '../story/points.ts'
import type { Story } from '../story/story.ts'
import { spentMs } from '../story/verdict.ts'
import { mostAwayAtOnce } from '../story/waits.ts'
import { sayBytes, sayDuration, sayNumber, sayPlural } from '../words.ts'
import { type Html, html } from './html.ts'

interface Tile {
  readonly label: string
  readonly figure: string
  readonly note: string
}

export function drawTiles(story: Story): Html | null {
  const tiles = [time(story), nodes(story), away(story), status(story), writes(story), copied(story)]
  const shown = tiles.filter(tile => tile !== null)
  if (shown.length < 2) return null
  return html`<dl class="tiles">${shown.map(
    ({ label, figure, note }) => html`<div><dt>${label}</dt><dd>${figure}<small>${note}</small></dd></div>`,
  )}</dl>`
}

function time({ processes, plan, verdict }: Story): Tile | null {
  if (verdict.outcome === 'refused') return null
  const expected = plan?.expectedMs ?? null
  return {
    label: 'At work',
    figure: sayDuration(spentMs(processes)),
    note: expected === null ? '' : `${sayDuration(expected)} expected`,
  }
}

function nodes({ lanes, plan, verdict }: Story): Tile | null {
  if (lanes.length === 0 || verdict.outcome === 'refused') return null
  const done = lanes.filter(({ doneMs }) => doneMs !== null).length
  return {
    label: 'Nodes done',
    figure: `${done} of ${lanes.length}`,
    note:
      plan === null || plan.waves.length === 0 ? '' : `planned in ${sayPlural(plan.waves.length, 'wave')}`,
  }
}

function away({ lanes }: Story): Tile | null {
  const most = mostAwayAtOnce(lanes)
  return most === 0 ? null : { label: 'Away at once', figure: String(most), note: 'at most' }
}

function status({ traffic: { statuses } }: Story): Tile | null {
  if (statuses.length === 0) return null
  const lasted = (wanted: string): number =>
    statuses
      .filter(({ status: is }) => is === wanted)
      .reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
  const redMs = lasted('red')
  return {
    label: 'Cluster red',
    figure: redMs === 0 ? 'never' : sayDuration(redMs),
    note: `yellow for ${sayDuration(lasted('yellow'))}`,
  }
}

function writes({ traffic: { writeRate } }: Story): Tile | null {
  const rate = summarise(writeRate)
  if (rate === null) return null
  return {
    label: 'Write rate',
    figure: `${sayNumber(Math.round(rate.mean))}/s`,
    note: `lowest ${sayNumber(Math.round(rate.least))}/s`,
  }
}

function copied({ nodes: rows }: Story): Tile | null {
  const sum = (pick: (row: Story['nodes'][number]) => number | null): number =>
    rows.reduce((total, row) => total + (pick(row) ?? 0), 0)
  const [fresh, reused] = [sum(row => row.copiedBytes), sum(row => row.reusedBytes)]
  if (fresh + reused === 0) return null
  return { label: 'Data copied', figure: sayBytes(fresh), note: `${sayBytes(reused)} reused` }
}
