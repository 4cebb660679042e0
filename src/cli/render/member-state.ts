// One member on its way: waiting, stopping, down, joining, recovering, done. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import { namesOf, numberOf, textOf } from '../../report/read.ts'

export type Phase =
  | 'waiting'
  | 'preparing'
  | 'stopping'
  | 'down'
  | 'starting'
  | 'joining'
  | 'recovering'
  | 'soaking'
  | 'recovered'
  | 'done'

export interface MemberDisplay {
  readonly name: string
  phase: Phase
  /** When the member was taken, and when its phase began. */
  begunAtMs: number | null
  phaseAtMs: number | null
  /** What it waits for or is doing, in addition to the phase. */
  text: string
  /** The gate that keeps it waiting, and the members that have to come up before it. */
  gate: string
  waitsFor: readonly string[]
  /** Seconds from begin to end, once known. */
  seconds: number | null
  /** Trouble that a later record has not cured. */
  trouble: string
  /** The run ended while the member was under way. */
  unfinished: boolean
}

type Members = Map<string, MemberDisplay>

export function memberAt(members: Members, name: string): MemberDisplay {
  const known = members.get(name)
  if (known !== undefined) return known
  const fresh: MemberDisplay = {
    name,
    phase: 'waiting',
    begunAtMs: null,
    phaseAtMs: null,
    text: '',
    gate: '',
    waitsFor: [],
    seconds: null,
    trouble: '',
    unfinished: false,
  }
  members.set(name, fresh)
  return fresh
}

/** Folds a record into the member that it is about, in place; others are passed over. */
export function foldMember(members: Members, record: JournalRecord): void {
  const atMs = Date.parse(record.at)
  if (record.type.startsWith('step.')) foldStep(members, record, atMs)
  if (record.type === 'run.resumed') for (const member of members.values()) carryOn(member)
  const name = textOf(record.member ?? record.node)
  const fold = folders[record.type]
  if (name !== '' && fold !== undefined) fold(memberAt(members, name), record, atMs)
}

const folders: Readonly<
  Record<string, (member: MemberDisplay, record: JournalRecord, atMs: number) => void>
> = {
  'member.begun': (member, _record, atMs) => {
    member.begunAtMs = atMs
    enter(member, 'preparing', atMs)
  },
  'member.deferred': (member, record, atMs) => {
    member.begunAtMs = null
    enter(member, 'waiting', atMs, textOf(record.because))
  },
  'member.blocked': (member, record) => {
    if (member.phase !== 'waiting') return
    member.text = sayGate(record)
    member.waitsFor = namesOf(record.waitsFor)
    member.gate = textOf(record.gate)
  },
  'member.done': (member, _record, atMs) => {
    if (member.begunAtMs !== null) member.seconds ??= (atMs - member.begunAtMs) / 1000
    enter(member, 'done', atMs)
  },
  'node.stopped': (member, _record, atMs) => enter(member, 'down', atMs),
  'node.back': (member, _record, atMs) => enter(member, 'recovering', atMs),
  'node.recovered': (member, record, atMs) => {
    member.seconds = numberOf(record.seconds)
    enter(member, 'recovered', atMs)
  },
}

/** The gate and what it is about; a cap is about itself. */
export function sayGate({ gate, by, because }: JsonObject): string {
  return gate !== undefined && gate === by ? textOf(gate) : textOf(because)
}

/** ` for es-data03, es-data04`, or nothing where waiting for a member will not help. */
export function sayWhom(waitsFor: readonly string[]): string {
  const more = waitsFor.length > 2 ? ` and ${waitsFor.length - 2} more` : ''
  return waitsFor.length === 0 ? '' : ` for ${waitsFor.slice(0, 2).join(', ')}${more}`
}

/** Steps are called `member.verb`; the verbs that change where a member is are these. */
const phaseOfStep: Readonly<Record<string, Phase>> = {
  'step.intent stop': 'stopping',
  'step.done stop': 'down',
  'step.intent start': 'starting',
  'step.done start': 'joining',
}

function foldStep(members: Members, record: JournalRecord, atMs: number): void {
  const key = textOf(record.step)
  const dot = key.lastIndexOf('.')
  const member = members.get(key.slice(0, Math.max(0, dot)))
  if (member === undefined) return
  const phase = phaseOfStep[`${record.type} ${key.slice(dot + 1)}`]
  if (phase !== undefined) enter(member, phase, atMs)
  else if (record.type === 'step.intent') member.text = textOf(record.title)
  if (record.type === 'step.failed') member.trouble = textOf(record.message)
  if (record.type === 'step.unknown') member.trouble = `not known yet: ${textOf(record.message)}`
}

function enter(member: MemberDisplay, phase: Phase, atMs: number, text = ''): void {
  Object.assign(member, { phase, phaseAtMs: atMs, text, trouble: '', waitsFor: [] })
}

function carryOn(member: MemberDisplay): void {
  Object.assign(member, { trouble: '', unfinished: false })
}

/** Waits name what they do: `recovers: 3 copies not in sync yet`. */
const phaseOfWait: Readonly<Record<string, Phase>> = {
  joins: 'joining',
  recovers: 'recovering',
  soaks: 'soaking',
}

/** Shows what a member is doing right now; false where the subject is no member under way. */
export function showProgress(members: Members, subject: string, text: string, nowMs: number): boolean {
  const member = members.get(subject)
  if (member === undefined) return false
  if (member.phase === 'waiting' || member.phase === 'done') return true
  const colon = text.indexOf(': ')
  const phase = phaseOfWait[text.slice(0, Math.max(0, colon))]
  if (phase !== undefined && phase !== member.phase) enter(member, phase, nowMs)
  member.text = phase === undefined ? text : text.slice(colon + 2)
  return true
}
