// The sections of the Markdown report. Each takes the story and gives Markdown, or nothing where it has nothing to say.

import { textOf } from '../read.ts'
import { isRemarkable } from '../story/attempts.ts'
import type { GateRow } from '../story/judgement.ts'
import { summarise } from '../story/points.ts'
import type { Story } from '../story/story.ts'
import { mostAwayAtOnce } from '../story/waits.ts'
import { sayBytes, sayCount, sayDateTime, sayDuration, sayNumber, sayPlural, sayTime } from '../words.ts'
import { bullets, code, table, words } from './escape.ts'
import { textTimeline } from './text-timeline.ts'

export function parameters({ params }: Story): string {
  return table(
    ['Parameter', 'Value'],
    Object.entries(params).map(([name, value]) => [code(name), code(textOf(value))]),
  )
}

/** Of a plan that is an answer: the answer. */
export function found({ plan: made }: Story): string {
  if (made === null || made.headline.length === 0) return ''
  const [first = '', ...rest] = made.headline
  return [`**${words(first)}**`, bullets(rest.map(words)), bullets(made.notes.map(words))]
    .filter(part => part !== '')
    .join('\n\n')
}

export function plan({ plan: made }: Story): string {
  if (made === null) return ''
  const { waves, lowerBound, expectedMs, effects, hash, headline } = made
  const notes = headline.length > 0 ? [] : made.notes
  return [
    bullets([
      ...(waves.length === 0 ? [] : [sayWaves(waves.length, lowerBound)]),
      ...(expectedMs === null ? [] : [`Expected to take ${sayDuration(expectedMs)}`]),
      `Hash ${code(hash)}`,
      ...notes.map(words),
    ]),
    table(
      ['Wave', 'Members'],
      waves.map((wave, index) => [index + 1, wave.map(code).join(', ')]),
    ),
    effects.length === 0 ? '' : `What was to be touched:\n\n${bullets(effects.map(words))}`,
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

const sayWaves = (waves: number, lowerBound: number | null): string =>
  `${sayPlural(waves, 'wave')}${lowerBound === null ? '' : `; no plan can do with fewer than ${lowerBound}`}`

export function gates({ judgement }: Story): string {
  const rows = (verdict: GateRow['verdict']) => judgement.gates.filter(gate => gate.verdict === verdict)
  const [refused, waived, passed] = [rows('refused'), rows('waived'), rows('passed')]
  const parts = [
    table(
      ['Verdict', 'Gate', 'Evidence', 'Reason for waiving'],
      [...refused, ...waived].map(({ verdict, gate, evidence, reason }) => [
        `**${verdict}**`,
        code(gate),
        words(evidence),
        words(reason),
      ]),
    ),
    passed.length === 0 ? '' : `${sayPlural(passed.length, 'gate')} passed:`,
    table(
      ['Gate', 'Evidence'],
      passed.map(({ gate, evidence }) => [code(gate), words(evidence)]),
    ),
    bullets(
      judgement.approvals.map(
        ({ atMs, what, by, gates: about }) =>
          `${sayDateTime(atMs)} approval ${what} by ${words(by)} for ${about.map(code).join(', ')}`,
      ),
    ),
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

export const timeline = (story: Story): string => textTimeline(story)

export function figures(story: Story): string {
  const { writeRate, writeLatency } = story.traffic
  const [rate, latency] = [summarise(writeRate), summarise(writeLatency)]
  const away = mostAwayAtOnce(story.lanes)
  return bullets([
    ...(away === 0 ? [] : [`Most nodes away at once: ${away}`]),
    ...(rate === null
      ? []
      : [`Write rate: mean ${sayCount(rate.mean)} docs/s, lowest ${sayCount(rate.least)}`]),
    ...(latency === null
      ? []
      : [
          `Write latency: mean ${sayNumber(latency.mean)} ms a document, highest ${sayNumber(latency.most)} ms`,
        ]),
  ])
}

export const waits = ({ waits: all }: Story): string =>
  table(
    ['Member', 'Waited from', 'For', 'Gate', 'About', 'Waited for whom'],
    all.map(({ member, fromMs, ms, gate, by, waitsFor, open }) => [
      code(member),
      sayTime(fromMs),
      `${sayDuration(ms)}${open ? ', to the end' : ''}`,
      code(gate),
      code(by),
      waitsFor.map(code).join(', '),
    ]),
  )

export const settings = ({ settings: all }: Story): string =>
  table(
    ['Setting', 'Set to', 'Before', 'Changed', 'Given back'],
    all.map(({ name, value, before, changedMs, back }) => [
      code(name),
      code(value),
      [...before].map(([was, count]) => `${was === '' ? 'not set' : code(was)} on ${count}`).join(', '),
      sayTime(changedMs),
      back === null
        ? '**not given back**'
        : [
            `${sayTime(back.atMs)} on ${back.restored}`,
            ...(back.needless === 0 ? [] : [`${back.needless} gone or as before already`]),
            ...(back.notOurs.length === 0
              ? []
              : [`changed by somebody else and left alone: ${back.notOurs.map(code).join(', ')}`]),
          ].join('; '),
    ]),
  )

export const nodes = ({ nodes: rows }: Story): string =>
  table(
    ['Node', 'Wave', 'Begun', 'Away', 'Recovering', 'In all', 'Copies', 'Copied', 'Reused', 'State'],
    (rows.every(({ begunMs }) => begunMs === null) ? [] : rows).map(row => [
      code(row.name),
      row.wave ?? '',
      row.begunMs === null ? '' : sayTime(row.begunMs),
      spent(row.awayMs),
      spent(row.recoveringMs),
      spent(row.totalMs),
      row.copies ?? '',
      row.copiedBytes === null ? '' : sayBytes(row.copiedBytes),
      row.reusedBytes === null ? '' : sayBytes(row.reusedBytes),
      row.state.startsWith('left') ? `**${row.state}**` : row.state,
    ]),
  )

const spent = (ms: number | null): string => (ms === null ? '' : sayDuration(ms))

/** All steps of a run without members; else only those that a reader should look at. */
export const steps = ({ steps: all, lanes }: Story): string =>
  table(
    ['Step', 'Begun', 'Attempts', 'Result', 'Message'],
    all
      .filter(step => lanes.length === 0 || isRemarkable(step))
      .map(({ title, attempts }) => {
        const last = attempts.at(-1)
        return [
          words(title),
          sayTime(attempts[0]?.fromMs ?? 0),
          attempts.length,
          last === undefined || last.untilMs === null
            ? '**no result recorded**'
            : `${last.result} after ${sayDuration(last.untilMs - last.fromMs)}`,
          words(attempts.map(({ message }) => message).findLast(message => message !== '') ?? ''),
        ]
      }),
  )

export const remarks = ({ remarks: all }: Story): string =>
  bullets(all.map(({ atMs, text }) => `${sayTime(atMs)} ${words(text)}`))
