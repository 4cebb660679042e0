// One member as one line of the live display. Pure.
import type { MemberDisplay, Phase } from './member-state.ts'
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

const labelWidth = 'recovering'.length

export const labelOf = (phase: Phase): string => looks[phase].label

export function memberRow(
  member: MemberDisplay,
  { nowMs, width, spinner, paint }: { nowMs: number; width: number; spinner: string; paint: Paint },
): string {
  const { phase, unfinished } = member
  const { label, style } = looks[phase]
  const name = oneLine(member.name).padEnd(width)
  const text = oneLine(member.trouble || member.text)
  if (unfinished) return paint(['red', 'bold'], `✖ ${name}  left ${label}`) + paint('red', after(text))
  switch (phase) {
    case 'waiting':
      return paint('dim', `· ${name}  ${label} ${text}`.trimEnd())
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
