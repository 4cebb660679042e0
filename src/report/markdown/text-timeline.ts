// The timeline of nodes in letters, for where no picture can be shown. Pure.
import { harmless } from '../read.ts'
import type { Phase } from '../story/lanes.ts'
import { gapsOf } from '../story/processes.ts'
import type { Story } from '../story/story.ts'
import { sayDuration, sayTime } from '../words.ts'

const columns = 72

const letters: Readonly<Record<Phase, string>> = {
  waiting: '.',
  draining: '-',
  down: '#',
  joining: '=',
  recovering: '~',
}

const statusLetters: Readonly<Record<string, string>> = { green: 'g', yellow: 'y', red: 'R' }

/** Empty where there is nothing to draw. */
export function textTimeline({ lanes, traffic, beganMs, endedMs, processes }: Story): string {
  if (lanes.every(({ spans }) => spans.length === 0) || endedMs <= beganMs) return ''
  const columnMs = (endedMs - beganMs) / columns
  const columnOf = (atMs: number): number => Math.floor((atMs - beganMs) / columnMs)
  const width = Math.max(...lanes.map(({ name }) => name.length), 'cluster'.length)
  const row = (name: string, cells: readonly string[]): string =>
    `${harmless(name)
      .replace(/[`\r\n]/g, '?')
      .padEnd(width)} ${cells.join('').trimEnd()}`
  const draw = (spans: readonly { fromMs: number; untilMs: number; letter: string }[]): string[] => {
    const cells = Array.from({ length: columns }, () => ' ')
    for (const { fromMs, untilMs, letter } of spans)
      cells.fill(letter, columnOf(fromMs), Math.max(columnOf(fromMs) + 1, columnOf(untilMs)))
    return cells.slice(0, columns)
  }
  const marks = Array.from({ length: columns }, () => ' ')
  for (const { fromMs, untilMs } of gapsOf(processes)) {
    marks[Math.min(columns - 1, columnOf(fromMs))] = '!'
    marks[Math.min(columns - 1, columnOf(untilMs))] = '>'
  }
  return [
    '```text',
    ...lanes.map(({ name, spans }) =>
      row(name, draw(spans.map(({ phase, ...span }) => ({ ...span, letter: letters[phase] })))),
    ),
    ...(traffic.statuses.length === 0
      ? []
      : [
          row(
            'cluster',
            draw(traffic.statuses.map(span => ({ ...span, letter: statusLetters[span.status] ?? '?' }))),
          ),
        ]),
    ...(processes.length < 2 ? [] : [row('ops', marks)]),
    `${' '.repeat(width)} ${sayTime(beganMs).padEnd(columns - 8)}${sayTime(endedMs)}`,
    '```',
    '',
    `One letter is ${sayDuration(columnMs)}: \`.\` waits for a gate, \`-\` drains, \`#\` stops and starts, \`=\` joins, \`~\` recovers; cluster \`g\`reen, \`y\`ellow, \`R\`ed${processes.length < 2 ? '' : '; `!` the process ended, `>` another carried on'}.`,
  ].join('\n')
}
