// The plan that was applied. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
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
    effects: groupEffects(namesOf(planned.effects)),
    headline: namesOf(planned.headline),
    notes: namesOf(planned.notes),
  }
}

const fewest = 3

/** Sentences that differ only in their last word become one that lists the words. */
function groupEffects(effects: readonly string[]): string[] {
  const groups = new Map<string, string[]>()
  for (const effect of effects) {
    const space = Math.max(0, effect.lastIndexOf(' '))
    const head = effect.slice(0, space)
    groups.set(head, [...(groups.get(head) ?? []), effect.slice(space).trim()])
  }
  return [...groups].flatMap(([head, lasts]) =>
    lasts.length < fewest
      ? lasts.map(last => `${head} ${last}`.trim())
      : [`${head} ${sayList(lasts)}`.trim()],
  )
}
