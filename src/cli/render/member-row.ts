// One member as one line of the live display. Pure.
import { type MemberDisplay, type Phase, sayWhom } from './member-state.ts'
import { oneLine, type Paint, type Style } from './paint.ts'
import { sayDuration } from './words.ts'

interface Look {
  readonly label: string
  readonly style: Style
}

/** Each phase has a word of its own, so that nothing is said by colour alone. */
const looks: Readonly<Record<Phase, Look>> = {
  waiting: { label: 'waits', style: 'dim' },
  preparing: { label: 'draining', style: 'cyan' },
  stopping: { label: 'stopping', style: 'yellow' },
  down: { label: 'down', style: ['yellow', 'bold'] },
  starting: { label: 'starting', style: ['yellow', 'bold'] },
  joining: { label: 'joining', style: ['yellow', 'bold'] },
  recovering: { label: 'recovering', style: 'blue' },
  soaking: { label: 'soaking', style: 'cyan' },
  recovered: { label: 'recovered', style: 'cyan' },
  done: { label: 'done', style: 'green' },
}

const away: readonly Phase[] = ['down', 'starting', 'joining']

const labelWidth = 'recovering'.length

export interface RowSurroundings {
  readonly members: ReadonlyMap<string, MemberDisplay>
  readonly nowMs: number
  /** Of the longest name. */
  readonly width: number
  readonly spinner: string
  readonly paint: Paint
}

export function memberRow(
  member: MemberDisplay,
  { members, nowMs, width, spinner, paint }: RowSurroundings,
): string {
  const { phase, unfinished } = member
  const { label, style } = looks[phase]
  const name = oneLine(member.name).padEnd(width)
  const text = oneLine(member.trouble || member.text)
  if (unfinished) {
    const left = away.includes(phase) ? 'down' : label
    return paint(['red', 'bold'], `✖ ${name}  left ${left}`) + paint('red', after(text))
  }
  switch (phase) {
    case 'waiting': {
      // The record is written when the reason changes; whoever is done by now is waited for no longer.
      const whom = member.waitsFor.filter(other => members.get(other)?.phase !== 'done')
      return paint('dim', `· ${name}  ${label}${oneLine(sayWhom(whom))}${text === '' ? '' : `: ${text}`}`)
    }
    case 'done':
      return `${paint(style, '✔')} ${name}  ${paint(style, label)}${secondsOf(member)}`
    default: {
      const time = sayDuration((nowMs - (member.phaseAtMs ?? nowMs)) / 1000)
      const head = `${paint(style, `${spinner} ${name}  ${label.padEnd(labelWidth)}`)} ${time.padStart(5)}`
      return head + paint(member.trouble === '' ? 'dim' : 'red', after(text))
    }
  }
}

const secondsOf = ({ seconds }: MemberDisplay): string =>
  seconds === null ? '' : ` in ${sayDuration(seconds)}`

const after = (text: string): string => (text === '' ? '' : `  ${text}`)
