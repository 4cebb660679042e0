// What the notices of a run add up to on a screen: who is where, how the cluster is, what was last said. Pure and
// without a clock: the same notices give the same display.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import type { Notice } from '../../ports/notify.ts'
import { listOf, namesOf, numberOf, textOf } from '../../report/read.ts'
import { foldMember, type MemberDisplay, memberAt, showProgress } from './member-state.ts'
import { addSample, emptyTraffic, type Traffic } from './traffic.ts'

export interface Display {
  run: string
  runbook: string
  startedAtMs: number | null
  /** When this process began to carry the run on, where it was not the first. */
  resumedAtMs: number | null
  expectedSeconds: number | null
  readonly gates: { passed: number; waived: number; refused: number }
  /** In the order of the plan. */
  readonly members: Map<string, MemberDisplay>
  readonly traffic: Traffic
  /** What is going on that belongs to no member, by subject. */
  readonly subjects: Map<string, { readonly text: string; readonly atMs: number }>
  /** Keys of temporary settings that are changed and not given back. */
  readonly settings: Set<string>
  /** Somebody asked the run to stop at its next safe point. */
  halting: boolean
  /** The last thing that was said and is no record. */
  said: string
  ended: JsonObject | null
}

export function emptyDisplay(): Display {
  return {
    run: '',
    runbook: '',
    startedAtMs: null,
    resumedAtMs: null,
    expectedSeconds: null,
    gates: { passed: 0, waived: 0, refused: 0 },
    members: new Map(),
    traffic: emptyTraffic(),
    subjects: new Map(),
    settings: new Set(),
    halting: false,
    said: '',
    ended: null,
  }
}

/** Adds one notice to a display, in place. `nowMs` is when a notice without a time of its own came. */
export function foldNotice(display: Display, notice: Notice, nowMs: number): Display {
  switch (notice.kind) {
    case 'record':
      foldRecord(display, notice.record)
      break
    case 'sample':
      foldSample(display, notice.sample)
      break
    case 'progress':
      if (!showProgress(display.members, notice.subject, notice.text, nowMs))
        display.subjects.set(notice.subject, { text: notice.text, atMs: nowMs })
      break
    case 'detail':
      display.said = notice.text
  }
  return display
}

type Folder = (display: Display, record: JournalRecord) => void

const folders: Readonly<Record<string, Folder>> = {
  'run.started': (display, record) => {
    display.runbook = textOf(record.runbook)
    display.startedAtMs = Date.parse(record.at)
  },
  'run.planned': foldPlan,
  'run.resumed': (display, record) => {
    display.resumedAtMs = Date.parse(record.at)
    display.halting = record.mode === 'abort'
    display.ended = null
  },
  'run.ended': (display, record) => {
    display.ended = record
    display.subjects.clear()
    for (const member of display.members.values()) {
      if (member.phase !== 'waiting' && member.phase !== 'done') member.unfinished = true
    }
  },
  'run.pause-requested': display => {
    display.halting = true
  },
  'gate.passed': ({ gates }) => {
    gates.passed++
  },
  'gate.waived': ({ gates }) => {
    gates.waived++
  },
  'gate.refused': ({ gates }) => {
    gates.refused++
  },
  'setting.intent': (display, record) => {
    display.settings.add(textOf(record.key))
  },
  'setting.restored': (display, record) => {
    display.settings.delete(textOf(record.key))
  },
}

function foldRecord(display: Display, record: JournalRecord): void {
  display.run = record.run
  folders[record.type]?.(display, record)
  foldMember(display.members, record)
}

function foldPlan(display: Display, record: JournalRecord): void {
  Object.assign(display.gates, { passed: 0, waived: 0, refused: 0 })
  display.expectedSeconds = numberOf(record.expectedSeconds)
  for (const name of listOf(record.waves).flatMap(namesOf)) memberAt(display.members, name)
}

function foldSample({ traffic }: Display, sample: Sample): void {
  addSample(traffic, sample)
}
