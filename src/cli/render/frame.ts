// The live display at one moment, as lines: header, progress bar, members, what was last said. Pure; it must fit the
// terminal whatever the number of members.
import { stripVTControlCharacters } from 'node:util'
import { numberOf, textOf } from '../../report/read.ts'
import { memberRow } from './member-row.ts'
import type { MemberDisplay } from './member-state.ts'
import { oneLine, type Paint, painter, type Style } from './paint.ts'
import { progressBar } from './progress-bar.ts'
import type { Display } from './state.ts'
import { summariseMembers } from './summarise-members.ts'
import { sayCount, sayDuration, sayPlural } from './words.ts'

export interface Screen {
  readonly nowMs: number
  readonly columns: number
  readonly rows: number
  readonly colour: boolean
  /** Counts up with every frame; turns the spinner. */
  readonly tick: number
  /** The display is being closed: this is the picture that stays. */
  readonly last: boolean
}

const spinners = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const mostMemberRows = 25
const fewestMemberRows = 3
/** A subject that has been silent for longer has come to its end. */
const subjectMs = 5000

export function drawFrame(display: Display, screen: Screen): string[] {
  const paint = painter(screen.colour)
  const width = Math.max(20, screen.columns - 2)
  const head = [...header(display, screen, width, paint), progressBar(display.members, width, paint)]
  const foot = footer(display, screen, paint)
  const room = Math.max(
    fewestMemberRows,
    Math.min(mostMemberRows, screen.rows - head.length - foot.length - 1),
  )
  return [...head, ...memberLines(display, screen, room, paint), ...foot].filter(line => line !== '')
}

function header(display: Display, screen: Screen, width: number, paint: Paint): string[] {
  const name = paint('bold', oneLine(`${display.runbook} ${display.run}`.trim()))
  return [
    ...flow([name, elapsed(display, screen)], width),
    ...flow([...clusterWords(display, paint), memberWords(display)], width),
  ]
}

/** Puts pieces side by side and goes on to the next line where they do not fit. */
function flow(pieces: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const piece of pieces) {
    if (piece === '') continue
    const last = lines.at(-1)
    const joined = `${last}   ${piece}`
    if (last === undefined || stripVTControlCharacters(joined).length > width) lines.push(piece)
    else lines[lines.length - 1] = joined
  }
  return lines
}

function elapsed({ startedAtMs, resumedAtMs, expectedSeconds, ended }: Display, { nowMs }: Screen): string {
  const beganMs = resumedAtMs ?? startedAtMs
  if (beganMs === null) return ''
  const untilMs = ended === null ? nowMs : Date.parse(textOf(ended.at))
  const spent = sayDuration((untilMs - beganMs) / 1000)
  if (ended !== null) return `${textOf(ended.outcome)} after ${spent}`
  if (resumedAtMs !== null) return `${spent} since it was resumed`
  return expectedSeconds === null ? spent : `${spent} of about ${sayDuration(expectedSeconds)}`
}

const statusStyles: Readonly<Record<string, Style>> = {
  green: 'green',
  yellow: 'yellow',
  red: ['red', 'bold'],
}

function clusterWords({ traffic, settings }: Display, paint: Paint): string[] {
  const { status, nodes, writeRate } = traffic
  const style = statusStyles[status] ?? 'dim'
  return [
    status === '' ? '' : paint(style, `● ${oneLine(status)}`),
    nodes === null ? '' : `${sayCount(nodes)} nodes`,
    writeRate === null ? '' : `${sayCount(writeRate)} docs/s`,
    settings.size === 0 ? '' : paint('dim', sayPlural(settings.size, 'temporary setting')),
  ]
}

function memberWords({ members }: Display): string {
  if (members.size === 0) return ''
  const done = [...members.values()].filter(({ phase }) => phase === 'done').length
  return `${sayCount(done)} of ${sayCount(members.size)} done`
}

function memberLines(display: Display, screen: Screen, room: number, paint: Paint): string[] {
  const all = [...display.members.values()]
  const shown = all.length <= room ? all : all.filter(isUnderWay).slice(0, room - fewestMemberRows)
  const width = Math.max(0, ...shown.map(({ name }) => name.length))
  const spinner = spinners[screen.tick % spinners.length] ?? '-'
  const around = { members: display.members, nowMs: screen.nowMs, width, spinner, paint }
  const rows = shown.map(member => memberRow(member, around))
  return all.length <= room ? rows : [...rows, ...summariseMembers(all, shown.length, paint)]
}

const isUnderWay = ({ phase }: MemberDisplay): boolean => phase !== 'waiting' && phase !== 'done'

function footer(display: Display, { nowMs, last }: Screen, paint: Paint): string[] {
  const { ended, halting, said } = display
  if (ended !== null) return endWords(display, paint)
  const subjects = [...display.subjects]
    .filter(([, { atMs }]) => nowMs - atMs < subjectMs)
    .map(([subject, { text }]) => paint('cyan', oneLine(`${subject}: ${text}`)))
  if (last) return subjects
  const hint = halting
    ? 'Ending at the next safe point. Ctrl-C: stop at once'
    : 'Ctrl-C: stop at the next safe point'
  return [...subjects, said === '' ? paint('dim', hint) : paint('yellow', oneLine(said))]
}

function endWords({ ended }: Display, paint: Paint): string[] {
  const exitCode = numberOf(ended?.exitCode)
  const outcome = textOf(ended?.outcome)
  return [exitCode === 0 ? paint('green', `✔ ${outcome}`) : paint(['red', 'bold'], `✖ ${outcome}`)]
}
