// A run as plain lines, one a meaningful record, for logs and for terminals without a live display. It must never
// repeat itself because time passes: progress is said when it changes, and seldom.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import type { Host } from '../../ports/notify.ts'
import { textOf } from '../../report/read.ts'
import { oneLine } from './paint.ts'
import { sayRecord } from './sentences.ts'
import { emptyDisplay, foldNotice } from './state.ts'
import { sayPlural } from './words.ts'

export interface PlainOptions {
  readonly now?: () => number
  /** Says as well why each member waits. */
  readonly verbose?: boolean
}

/** The same subject says how far it is no more often than this. */
const progressMs = 30_000

export function plainLines(
  write: (line: string) => void,
  { now = Date.now, verbose = false }: PlainOptions = {},
): Host {
  const display = emptyDisplay()
  const said = new Map<string, number>()
  let gatesToSay = 0
  const say = (atMs: number, text: string): void => write(`${timeOf(atMs)}  ${text}`)

  const record = (one: JournalRecord): void => {
    const atMs = Date.parse(one.at)
    if (one.type === 'gate.passed') {
      gatesToSay++
      return
    }
    if (gatesToSay > 0 && !one.type.startsWith('gate.')) {
      say(atMs, `${sayPlural(gatesToSay, 'gate passes', 'gates pass')}`)
      gatesToSay = 0
    }
    if (one.type === 'member.blocked' && !verbose) return
    const sentence = sayRecord(one)
    if (sentence !== null) say(atMs, one.type === 'member.done' ? `${sentence}${sayHowMany()}` : sentence)
  }
  const sayHowMany = (): string => {
    const phases = [...display.members.values()].map(({ phase }) => phase)
    return ` (${phases.filter(phase => phase === 'done').length} of ${phases.length})`
  }
  const progress = (subject: string, text: string): void => {
    const atMs = now()
    if (atMs - (said.get(subject) ?? Number.NEGATIVE_INFINITY) < progressMs) return
    said.set(subject, atMs)
    say(atMs, oneLine(`${subject} ${text}`))
  }
  const sample = (one: Sample, before: string): void => {
    const status = textOf(one.status)
    if (status !== '' && status !== before)
      say(Date.parse(one.at), oneLine(`cluster is ${status}, ${textOf(one.nodes)} nodes`))
  }

  return {
    notify: notice => {
      const before = display.traffic.status
      foldNotice(display, notice, now())
      if (notice.kind === 'record') record(notice.record)
      if (notice.kind === 'progress') progress(notice.subject, notice.text)
      if (notice.kind === 'sample') sample(notice.sample, before)
      if (notice.kind === 'detail' && verbose) say(now(), oneLine(notice.text))
    },
  }
}

const timeOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(11, 19)}Z`
