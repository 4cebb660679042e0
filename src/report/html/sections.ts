// The sections of the HTML report that are words and tables. Each gives HTML, or null where it has nothing to say.
import { textOf } from '../read.ts'
import { isRemarkable } from '../story/attempts.ts'
import { listEvents } from '../story/event-log.ts'
import type { GateRow } from '../story/judgement.ts'
import type { Story } from '../story/story.ts'
import { sayBytes, sayDateTime, sayDuration, sayPlural, sayTime } from '../words.ts'
import { type Html, html, type Part } from './html.ts'

export function section(title: string, content: readonly (Html | null)[]): Html | null {
  const said = content.filter(part => part !== null)
  return said.length === 0 ? null : html`<section><h2>${title}</h2>${said}</section>`
}

function table(
  head: readonly string[],
  rows: readonly (readonly Part[])[],
  numeric: readonly number[] = [],
): Html | null {
  if (rows.length === 0) return null
  const kind = (index: number): Html => (numeric.includes(index) ? html` class="number"` : html``)
  return html`<div class="scroll"><table><thead><tr>${head.map((name, index) => html`<th scope="col"${kind(index)}>${name}</th>`)}</tr></thead><tbody>${rows.map(
    row => html`<tr>${row.map((cell, index) => html`<td${kind(index)}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}

/** Longer names may be broken; shorter ones read better whole. */
const longestWhole = 46

function code(text: string): Part {
  if (text === '') return ''
  return text.length > longestWhole ? html`<code class="long">${text}</code>` : html`<code>${text}</code>`
}

const codes = (names: readonly string[]): Part =>
  names.map((name, index) => [index === 0 ? '' : ', ', code(name)])
const spent = (ms: number | null): string => (ms === null ? '' : sayDuration(ms))

export function nodes({ nodes: rows }: Story): Html | null {
  if (rows.every(({ begunMs }) => begunMs === null)) return null
  return table(
    ['Node', 'Wave', 'Begun', 'Away', 'Recovering', 'In all', 'Copies', 'Copied', 'Reused', 'State'],
    rows.map(row => [
      code(row.name),
      row.wave ?? '',
      row.begunMs === null ? '' : sayTime(row.begunMs),
      spent(row.awayMs),
      spent(row.recoveringMs),
      spent(row.totalMs),
      row.copies ?? '',
      row.copiedBytes === null ? '' : sayBytes(row.copiedBytes),
      row.reusedBytes === null ? '' : sayBytes(row.reusedBytes),
      sayState(row.state),
    ]),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
}

function sayState(state: string): Part {
  if (state === 'done') return state
  return state === 'not begun' ? html`<span class="quiet">${state}</span>` : html`<b class="bad">${state}</b>`
}

export function waits({ waits: all }: Story): Html | null {
  return table(
    ['Member', 'From', 'Waited', 'Gate', 'About', 'For whom'],
    all.map(({ member, fromMs, ms, gate, by, waitsFor, open }) => [
      code(member),
      sayTime(fromMs),
      `${sayDuration(ms)}${open ? ', to the end' : ''}`,
      code(gate),
      code(by),
      codes(waitsFor),
    ]),
    [1, 2],
  )
}

/** All steps of a run without members; else only those that a reader should look at. */
export function steps({ steps: all, lanes }: Story): Html | null {
  const shown = all.filter(step => lanes.length === 0 || isRemarkable(step))
  return table(
    ['Step', 'Begun', 'Attempts', 'Result', 'Message'],
    shown.map(({ title, attempts }) => {
      const last = attempts.at(-1)
      const open = last === undefined || last.untilMs === null
      return [
        title,
        sayTime(attempts[0]?.fromMs ?? 0),
        attempts.length,
        open
          ? html`<b class="bad">no result recorded</b>`
          : `${last.result} after ${sayDuration((last.untilMs ?? 0) - last.fromMs)}`,
        attempts.findLast(({ message }) => message !== '')?.message ?? '',
      ]
    }),
    [1, 2],
  )
}

export function settings({ settings: all }: Story): Html | null {
  return table(
    ['Setting', 'Set to', 'Before', 'Changed', 'Given back'],
    all.map(({ name, value, before, changedMs, back }) => [
      code(name),
      code(value),
      [...before].map(([was, count], index) => [
        index === 0 ? '' : ', ',
        was === '' ? 'not set' : code(was),
        ` on ${count}`,
      ]),
      sayTime(changedMs),
      back === null
        ? html`<b class="bad">not given back</b>`
        : [
            `${sayTime(back.atMs)} on ${back.restored}`,
            back.needless > 0 && `; ${back.needless} gone or as before already`,
            back.notOurs.length === 0
              ? ''
              : ['; changed by somebody else and left alone: ', codes(back.notOurs)],
          ],
    ]),
    [3],
  )
}

export function gates({ judgement }: Story): readonly (Html | null)[] {
  const rows = (...verdicts: GateRow['verdict'][]) =>
    judgement.gates.filter(({ verdict }) => verdicts.includes(verdict))
  const passed = rows('passed')
  return [
    table(
      ['Verdict', 'Gate', 'Evidence'],
      rows('refused', 'waived').map(({ verdict, gate, evidence, reason }) => [
        html`<b class="${verdict === 'refused' ? 'bad' : 'waiting'}">${verdict}</b>`,
        code(gate),
        [evidence, reason !== '' && html`<br><span class="quiet">waived:</span> ${reason}`],
      ]),
    ),
    passed.length === 0
      ? null
      : html`<details><summary>${sayPlural(passed.length, 'gate')} passed</summary>${table(
          ['Gate', 'Evidence'],
          passed.map(({ gate, evidence }) => [code(gate), evidence]),
        )}</details>`,
    list(
      judgement.approvals.map(
        ({ atMs, what, by, gates: about }) =>
          html`${sayDateTime(atMs)} approval ${what} by ${by} for ${codes(about)}`,
      ),
    ),
  ]
}

/** Of a plan that is an answer: the answer. */
export function found({ plan: made }: Story): readonly (Html | null)[] {
  if (made === null || made.headline.length === 0) return []
  const [first = '', ...rest] = made.headline
  return [
    html`<p><strong>${first}</strong></p>`,
    list(rest.map(line => html`${line}`)),
    list(made.notes.map(line => html`${line}`)),
  ]
}

export function plan({ plan: made, params }: Story): readonly (Html | null)[] {
  const given = table(
    ['Parameter', 'Value'],
    Object.entries(params).map(([name, value]) => [code(name), code(textOf(value))]),
  )
  if (made === null) return [given]
  const { waves, lowerBound, effects, hash, headline } = made
  const notes = headline.length > 0 ? [] : made.notes
  const bound = lowerBound === null ? '' : ` No plan can do with fewer than ${lowerBound}.`
  return [
    waves.length === 0 ? null : html`<p>${sayPlural(waves.length, 'wave')}.${bound}</p>`,
    waves.length === 0
      ? null
      : html`<ol class="waves">${waves.map(wave => html`<li>${codes(wave)}</li>`)}</ol>`,
    list(notes.map(note => html`${note}`)),
    effects.length === 0
      ? null
      : html`<h3>What was to be touched</h3>${list(effects.map(effect => html`${effect}`))}`,
    given === null ? null : html`<h3>Parameters</h3>${given}`,
    html`<p class="quiet">Plan hash <code>${hash}</code></p>`,
  ]
}

export const remarks = ({ remarks: all }: Story): Html | null =>
  list(all.map(({ atMs, text }) => html`<time>${sayTime(atMs)}</time> ${text}`))

export function processes({ processes: all }: Story): Html | null {
  return table(
    ['Process', 'By', 'On', 'From', 'Until', 'Outcome'],
    all.map(({ mode, actor, host, fromMs, untilMs, outcome }) => [
      mode,
      actor,
      host,
      sayDateTime(fromMs),
      sayDateTime(untilMs),
      outcome ?? 'no end recorded',
    ]),
    [3, 4],
  )
}

export function events({ records }: Story): Html | null {
  const rows = listEvents(records).map(({ seq, atMs, type, text }) => [seq, sayTime(atMs), code(type), text])
  return html`<details class="log"><summary>${sayPlural(rows.length, 'record')}</summary>${table(
    ['#', 'UTC', 'Type', 'What it says'],
    rows,
    [0, 1],
  )}</details>`
}

function list(items: readonly Html[]): Html | null {
  return items.length === 0 ? null : html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}
