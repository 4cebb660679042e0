// Temporary settings: what was changed, what was there before, and whether it was given back. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import { namesOf, numberOf, objectsOf, textOf } from '../read.ts'

export interface SettingStory {
  readonly key: string
  readonly kind: string
  readonly name: string
  readonly value: string
  /** Number of targets by what was there before; the empty text is "not set". */
  readonly before: ReadonlyMap<string, number>
  readonly changedMs: number
  readonly back: {
    readonly atMs: number
    readonly restored: number
    readonly notOurs: readonly string[]
    /** Targets that are gone or had their old value already. */
    readonly needless: number
  } | null
}

interface Draft {
  readonly record: JournalRecord
  readonly before: Map<string, number>
  back: SettingStory['back']
}

export function tellSettings(records: readonly JournalRecord[]): SettingStory[] {
  const drafts: Draft[] = []
  const openOf = (record: JournalRecord): Draft | undefined =>
    drafts.find(draft => draft.back === null && draft.record.key === record.key)
  for (const record of records) {
    if (record.type === 'setting.intent') {
      const draft = openOf(record) ?? { record, before: new Map(), back: null }
      if (!drafts.includes(draft)) drafts.push(draft)
      addBefore(draft, record)
    }
    const open = record.type === 'setting.restored' ? openOf(record) : undefined
    if (open !== undefined) open.back = backOf(record, open.before)
  }
  return drafts.map(({ record, before, back }) => ({
    key: textOf(record.key),
    kind: textOf(record.kind),
    name: textOf(record.name),
    value: textOf(record.value),
    before,
    changedMs: Date.parse(record.at),
    back,
  }))
}

function addBefore({ before }: Draft, record: JournalRecord): void {
  for (const group of objectsOf(record.before)) {
    const value = textOf(group.value)
    before.set(value, (before.get(value) ?? 0) + namesOf(group.targets).length)
  }
}

function backOf(
  record: JournalRecord,
  before: ReadonlyMap<string, number>,
): NonNullable<SettingStory['back']> {
  const [restored, notOurs] = [numberOf(record.restored) ?? 0, namesOf(record.notOurs)]
  const targets = [...before.values()].reduce((sum, count) => sum + count, 0)
  return {
    atMs: Date.parse(record.at),
    restored,
    notOurs,
    needless: Math.max(0, targets - restored - notOurs.length),
  }
}
