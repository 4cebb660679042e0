// What a run's records add up to. Pure: the same records give the same view, on resume, in reports and in tests.
import type { JournalRecord } from '../ports/journal.ts'
import type { Json, JsonObject } from '../ports/json.ts'

export interface StepView {
  readonly state: 'intended' | 'failed' | 'done'
  readonly result: Json
}

export interface SettingView {
  readonly kind: string
  readonly name: string
  readonly value: Json
  /** Value before, by target. */
  readonly before: Map<string, Json>
}

export interface RunView {
  started: JournalRecord | null
  planned: JournalRecord | null
  ended: JournalRecord | null
  /** Its locks were taken, so that from then on it may have touched something. */
  locked: boolean
  /** An abort has begun to take back what it did. */
  undoing: boolean
  readonly steps: Map<string, StepView>
  readonly notes: Map<string, Json>
  readonly marks: Set<string>
  readonly members: Map<string, 'begun' | 'done'>
  readonly blocked: Map<string, string>
  /** Temporary settings that have not been given back. */
  readonly settings: Map<string, SettingView>
  readonly waived: Map<string, string>
  approvalRequested: JournalRecord | null
  readonly approvals: JournalRecord[]
}

export function emptyView(): RunView {
  return {
    started: null,
    planned: null,
    ended: null,
    locked: false,
    undoing: false,
    steps: new Map(),
    notes: new Map(),
    marks: new Set(),
    members: new Map(),
    blocked: new Map(),
    settings: new Map(),
    waived: new Map(),
    approvalRequested: null,
    approvals: [],
  }
}

export function viewRun(records: readonly JournalRecord[]): RunView {
  return records.reduce(fold, emptyView())
}

type Folder = (view: RunView, record: JournalRecord) => void

const text = (value: Json | undefined): string => String(value)

const folders: Readonly<Record<string, Folder>> = {
  'run.started': (view, record) => {
    view.started = record
  },
  'run.planned': (view, record) => {
    view.planned = record
  },
  'run.resumed': view => {
    view.ended = null
  },
  'run.undoing': view => {
    view.undoing = true
  },
  'run.ended': (view, record) => {
    view.ended = record
  },
  'lock.acquired': view => {
    view.locked = true
  },
  'gate.waived': (view, record) => {
    view.waived.set(text(record.gate), text(record.reason))
  },
  'approval.requested': (view, record) => {
    view.approvalRequested = record
  },
  'approval.given': (view, record) => {
    view.approvals.push(record)
  },
  'step.intent': (view, record) => {
    view.steps.set(text(record.step), { state: 'intended', result: null })
  },
  'step.done': (view, record) => {
    view.steps.set(text(record.step), { state: 'done', result: record.result ?? null })
  },
  'step.failed': (view, record) => {
    view.steps.set(text(record.step), { state: 'failed', result: null })
  },
  'step.noted': (view, record) => {
    view.notes.set(text(record.step), record.value ?? null)
  },
  'member.begun': (view, record) => {
    view.members.set(text(record.member), 'begun')
    view.blocked.delete(text(record.member))
  },
  'member.deferred': (view, record) => {
    view.members.delete(text(record.member))
  },
  'member.done': (view, record) => {
    view.members.set(text(record.member), 'done')
  },
  'member.blocked': (view, record) => {
    view.blocked.set(text(record.member), text(record.because))
  },
  'setting.intent': foldSettingIntent,
  'setting.restored': (view, record) => {
    view.settings.delete(text(record.key))
  },
}

/** Adds one record to a view, in place. */
export function fold(view: RunView, record: JournalRecord): RunView {
  folders[record.type]?.(view, record)
  if (typeof record.once === 'string') view.marks.add(record.once)
  return view
}

function foldSettingIntent(view: RunView, record: JournalRecord): void {
  const key = text(record.key)
  const known = view.settings.get(key)
  const setting = known ?? {
    kind: text(record.kind),
    name: text(record.name),
    value: record.value ?? null,
    before: new Map<string, Json>(),
  }
  for (const group of record.before as readonly JsonObject[]) {
    for (const target of group.targets as readonly string[]) {
      if (!setting.before.has(target)) setting.before.set(target, group.value ?? null)
    }
  }
  view.settings.set(key, setting)
}
