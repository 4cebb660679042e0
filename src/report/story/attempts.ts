// Steps and every attempt at them. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import { textOf } from '../read.ts'

export interface Attempt {
  readonly fromMs: number
  /** `null` while no record says how it ended. */
  readonly untilMs: number | null
  readonly result: 'applied' | 'observed' | 'failed' | 'unknown' | 'open'
  readonly message: string
}

export interface StepStory {
  readonly key: string
  readonly title: string
  readonly attempts: readonly Attempt[]
  readonly done: boolean
}

interface Draft {
  title: string
  readonly attempts: Attempt[]
  done: boolean
}

export function listSteps(records: readonly JournalRecord[]): StepStory[] {
  const drafts = new Map<string, Draft>()
  for (const record of records) {
    const follow = followers[record.type]
    if (follow === undefined) continue
    const key = textOf(record.step)
    const draft = drafts.get(key) ?? { title: key, attempts: [], done: false }
    drafts.set(key, draft)
    if (record.title !== undefined) draft.title = textOf(record.title)
    follow(draft, record, Date.parse(record.at))
  }
  return [...drafts].map(([key, draft]) => ({ key, ...draft }))
}

const followers: Readonly<Record<string, (draft: Draft, record: JournalRecord, atMs: number) => void>> = {
  'step.intent': ({ attempts }, _record, atMs) => {
    attempts.push({ fromMs: atMs, untilMs: null, result: 'open', message: '' })
  },
  'step.done': (draft, { how }, atMs) => {
    draft.done = true
    end(draft, atMs, how === 'observed' ? 'observed' : 'applied', '')
  },
  'step.unknown': (draft, { message }, atMs) => end(draft, atMs, 'unknown', textOf(message)),
  'step.failed': (draft, { message }, atMs) => end(draft, atMs, 'failed', textOf(message)),
}

function end({ attempts }: Draft, atMs: number, result: Attempt['result'], message: string): void {
  const last = attempts.pop()
  attempts.push({
    fromMs: last?.fromMs ?? atMs,
    untilMs: atMs,
    result,
    message: message || (last?.message ?? ''),
  })
}

/** Steps that a reader should look at: tried again, found done by a probe, failed, or not known. */
export const isRemarkable = ({ attempts, done }: StepStory): boolean =>
  !done || attempts.length > 1 || attempts.some(({ result }) => result !== 'applied')
