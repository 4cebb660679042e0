// The plan that was applied. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import { groupEffects } from '../group-effects.ts'
import { listOf, namesOf, numberOf, textOf } from '../read.ts'
import { sayList } from '../words.ts'

export interface PlanStory {
  readonly hash: string
  readonly waves: readonly (readonly string[])[]
  readonly lowerBound: number | null
  readonly expectedMs: number | null
  readonly effects: readonly string[]
  /** What a person must read first, where the plan itself is an answer. */
  readonly headline: readonly string[]
  readonly notes: readonly string[]
}

export function tellPlan(records: readonly JournalRecord[]): PlanStory | null {
  const planned = records.findLast(({ type }) => type === 'run.planned')
  if (planned === undefined) return null
  const seconds = numberOf(planned.expectedSeconds)
  return {
    hash: textOf(planned.hash),
    waves: listOf(planned.waves).map(namesOf),
    lowerBound: numberOf(planned.lowerBound),
    expectedMs: seconds === null ? null : seconds * 1000,
    effects: groupEffects(namesOf(planned.effects), sayList),
    headline: namesOf(planned.headline),
    notes: namesOf(planned.notes),
  }
}
