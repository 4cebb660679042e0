// Journal records as sentences, for lines of text. Pure; `null` for what a reader of lines does not need.
import type { JournalRecord } from '../../ports/journal.ts'
import { isObject, listOf, namesOf, numberOf, textOf } from '../../report/read.ts'
import { sayBytes } from '../../report/words.ts'
import { sayGate, sayWhom } from './member-state.ts'
import { oneLine } from './paint.ts'
import { sayDuration, sayNames, sayPlural } from './words.ts'

type Sentence = (record: JournalRecord) => string | null

const none: Sentence = () => null

const sentences: Readonly<Record<string, Sentence>> = {
  'run.started': ({ run, at, runbook, params, actor, host }) =>
    `run ${run} of ${textOf(runbook)}, ${at.slice(0, 10)}, by ${textOf(actor)} on ${textOf(host)}${sayParams(params)}`,
  'run.planned': sayPlan,
  'run.resumed': ({ mode, actor, host }) =>
    `${mode === 'abort' ? 'being brought to a safe end' : 'resumed'} by ${textOf(actor)} on ${textOf(host)}`,
  'run.ended': sayEnd,
  'run.pause-requested': () => 'somebody asked the run to stop at its next safe point',
  'lock.acquired': ({ names }) => `locked ${namesOf(names).join(', ')}`,
  'lock.released': () => 'locks released',
  'gate.refused': ({ gate, evidence }) => `gate ${textOf(gate)} REFUSES: ${textOf(evidence)}`,
  'gate.waived': ({ gate, evidence, reason }) =>
    `gate ${textOf(gate)} waived (${textOf(reason)}): ${textOf(evidence)}`,
  'approval.requested': ({ gates }) =>
    `waits for the approval of another person: ${namesOf(gates).join(', ')}`,
  'approval.given': ({ by }) => `approved by ${textOf(by)}`,
  'step.intent': ({ title, attempt }) =>
    `${textOf(title)}${Number(attempt) > 1 ? `, attempt ${textOf(attempt)}` : ''}`,
  'step.done': ({ title, how, seconds }) =>
    `${textOf(title)}: ${how === 'observed' ? 'found done' : 'done'}${sayAfter(numberOf(seconds))}`,
  'step.unknown': ({ step, message }) => `${textOf(step)}: not known whether it happened: ${textOf(message)}`,
  'step.failed': ({ step, code, message }) => `${textOf(step)} FAILED (${textOf(code)}): ${textOf(message)}`,
  'step.noted': none,
  'member.begun': none,
  'member.deferred': ({ member, because }) => `${textOf(member)} waits again: ${textOf(because)}`,
  'member.done': ({ member }) => `${textOf(member)} done`,
  'member.blocked': record =>
    `${textOf(record.member)} waits${sayWhom(namesOf(record.waitsFor))}: ${sayGate(record)}`,
  'node.stopped': ({ node }) => `${textOf(node)} is down`,
  'node.back': ({ node }) => `${textOf(node)} has joined again`,
  'node.recovered': ({ node, seconds, copies, ...more }) =>
    `${textOf(node)} is whole again${sayAfter(numberOf(seconds))}: ${sayPlural(Number(copies), 'copy', 'copies')}, ` +
    (more.outOfSyncSeconds === undefined
      ? `${sayBytes(Number(more.copiedBytes))} copied, ${sayBytes(Number(more.reusedBytes))} reused`
      : `out of sync for ${numberOf(more.outOfSyncSeconds)} s, leads ${more.leaders} of them again`),
  'setting.intent': none,
  'setting.changed': ({ name, value, targets }) =>
    `${textOf(name)} set to ${textOf(value)} on ${sayPlural(Number(targets), 'target')}`,
  'setting.restored': ({ name, restored, notOurs }) =>
    `${textOf(name)} given back on ${sayPlural(Number(restored), 'target')}${sayNotOurs(namesOf(notOurs))}`,
  remark: ({ text }) => textOf(text),
}

export function sayRecord(record: JournalRecord): string | null {
  const sentence = sentences[record.type]?.(record)
  if (sentence === null) return null
  return oneLine(sentence ?? record.type)
}

const sayAfter = (seconds: number | null): string =>
  seconds === null ? '' : ` after ${sayDuration(seconds)}`

function sayParams(params: JournalRecord[string]): string {
  const given = isObject(params)
    ? Object.entries(params).map(([name, value]) => `${name}=${textOf(value)}`)
    : []
  return given.length === 0 ? '' : `: ${given.join(' ')}`
}

function sayPlan({ waves, expectedSeconds, hash }: JournalRecord): string {
  const groups = listOf(waves).map(namesOf)
  const seconds = numberOf(expectedSeconds)
  return [
    `plan ${textOf(hash).slice(0, 12)}`,
    groups.length === 0
      ? ''
      : `${sayPlural(groups.flat().length, 'member')} in ${sayPlural(groups.length, 'wave')}`,
    seconds === null ? '' : `about ${sayDuration(seconds)}`,
  ]
    .filter(part => part !== '')
    .join(', ')
}

function sayEnd({ outcome, code, message, hint, kept }: JournalRecord): string {
  const why = code === undefined ? '' : ` (${textOf(code)}): ${textOf(message)}`
  const left = namesOf(kept).length === 0 ? '' : ` | left over: ${namesOf(kept).join(', ')}`
  const next = hint === undefined ? '' : ` | next: ${textOf(hint)}`
  return `${textOf(outcome)}${why}${left}${next}`
}

const sayNotOurs = (names: readonly string[]): string =>
  names.length === 0 ? '' : `; changed by somebody else meanwhile and left alone: ${sayNames(names)}`
