// One lane per member: what it went through, when. Made from records alone, so a killed process leaves no hole: a node
// that was down stays down until a record says that it is back.
import type { JournalRecord } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import { listOf, namesOf, textOf } from '../read.ts'

export type Phase = 'waiting' | 'draining' | 'down' | 'joining' | 'recovering'

export interface Span {
  readonly phase: Phase
  readonly fromMs: number
  readonly untilMs: number
  /** Why it waits: the gate, what it is about, whom it waits for. */
  readonly gate: string
  readonly by: string
  readonly waitsFor: readonly string[]
  /** No record ended it. */
  readonly open: boolean
}

export interface Lane {
  readonly name: string
  /** Number of the wave in the plan, from 1; `null` where it is in none. */
  readonly wave: number | null
  readonly spans: readonly Span[]
  readonly doneMs: number | null
  /** The phase in which the run left it; `null` where it is done or was never begun. */
  readonly left: Exclude<Phase, 'waiting'> | null
}

interface Draft {
  readonly name: string
  readonly wave: number | null
  readonly spans: Span[]
  now: Omit<Span, 'untilMs' | 'open'> | null
  doneMs: number | null
}

export function drawLanes(records: readonly JournalRecord[]): Lane[] {
  const drafts = new Map<string, Draft>()
  const planned = records.findLast(({ type }) => type === 'run.planned')
  for (const [index, wave] of listOf(planned?.waves).entries())
    for (const name of namesOf(wave)) draftOf(drafts, name, index + 1)
  for (const record of records) follow(drafts, record)
  const endMs = Date.parse(records.at(-1)?.at ?? '')
  return [...drafts.values()].map(draft => finish(draft, endMs))
}

function draftOf(drafts: Map<string, Draft>, name: string, wave: number | null = null): Draft {
  const known = drafts.get(name)
  if (known !== undefined) return known
  const draft: Draft = { name, wave, spans: [], now: null, doneMs: null }
  drafts.set(name, draft)
  return draft
}

function finish({ name, wave, spans, now, doneMs }: Draft, endMs: number): Lane {
  const open = now === null ? [] : [{ ...now, untilMs: endMs, open: true }]
  const left = now === null || now.phase === 'waiting' ? null : now.phase
  return { name, wave, spans: [...spans, ...open], doneMs, left }
}

function follow(drafts: Map<string, Draft>, record: JournalRecord): void {
  const atMs = Date.parse(record.at)
  if (record.type.startsWith('step.')) followStep(drafts, record, atMs)
  const name = textOf(record.member ?? record.node)
  const move = moves[record.type]
  if (name !== '' && move !== undefined) move(draftOf(drafts, name), record, atMs)
}

type Move = (draft: Draft, record: JournalRecord, atMs: number) => void

const moves: Readonly<Record<string, Move>> = {
  'member.blocked': (draft, record, atMs) => enter(draft, 'waiting', atMs, record),
  'member.deferred': (draft, record, atMs) => enter(draft, 'waiting', atMs, { gate: record.because }),
  'member.begun': (draft, _record, atMs) => enter(draft, 'draining', atMs),
  'node.stopped': (draft, _record, atMs) => enter(draft, 'down', atMs),
  'node.back': (draft, _record, atMs) => enter(draft, 'recovering', atMs),
  'node.recovered': (draft, _record, atMs) => leave(draft, atMs),
  'member.done': (draft, _record, atMs) => leave(draft, atMs),
}

const stepPhases: Readonly<Record<string, Phase>> = {
  'step.intent stop': 'down',
  'step.done start': 'joining',
}

/** Steps of a member are called `member.verb`. */
function followStep(drafts: Map<string, Draft>, record: JournalRecord, atMs: number): void {
  const key = textOf(record.step)
  const dot = key.lastIndexOf('.')
  const draft = drafts.get(key.slice(0, Math.max(0, dot)))
  const phase = stepPhases[`${record.type} ${key.slice(dot + 1)}`]
  if (draft !== undefined && phase !== undefined) enter(draft, phase, atMs)
}

function enter(draft: Draft, phase: Phase, atMs: number, why: JsonObject = {}): void {
  if (draft.now?.phase === phase && phase !== 'waiting') return
  close(draft, atMs)
  draft.doneMs = null
  draft.now = {
    phase,
    fromMs: atMs,
    gate: textOf(why.gate),
    // A cap is about itself.
    by: why.by === why.gate ? '' : textOf(why.by),
    waitsFor: namesOf(why.waitsFor),
  }
}

function leave(draft: Draft, atMs: number): void {
  close(draft, atMs)
  draft.doneMs ??= atMs
}

function close(draft: Draft, atMs: number): void {
  if (draft.now !== null) draft.spans.push({ ...draft.now, untilMs: atMs, open: false })
  draft.now = null
}
