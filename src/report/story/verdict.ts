// The verdict: how the run ended in one sentence, what is left over, and what to type next. Pure; it must never call a
// run good that left something behind.
import type { JournalRecord } from '../../ports/journal.ts'
import { textOf } from '../read.ts'
import { sayDuration, sayList, sayPlural } from '../words.ts'
import type { StepStory } from './attempts.ts'
import type { Lane } from './lanes.ts'
import type { Process } from './processes.ts'
import type { SettingStory } from './settings.ts'

export type Tone = 'good' | 'waiting' | 'bad'

export interface Verdict {
  readonly outcome: string
  readonly tone: Tone
  readonly sentence: string
  readonly code: string
  readonly leftOver: readonly string[]
  /** What to type or to do; empty where nothing is left to do. */
  readonly next: string
}

interface Evidence {
  readonly records: readonly JournalRecord[]
  readonly processes: readonly Process[]
  readonly lanes: readonly Lane[]
  readonly settings: readonly SettingStory[]
  readonly steps: readonly StepStory[]
}

export function tellVerdict(evidence: Evidence): Verdict {
  const { records, processes } = evidence
  const run = records[0]?.run ?? ''
  const ended = processes.at(-1)?.outcome === null ? undefined : records.findLast(isEnd)
  const leftOver = listLeftOver(evidence, ended)
  if (ended === undefined) {
    return {
      outcome: 'not ended',
      tone: 'waiting',
      sentence: `Not ended: ${sayHowFar(evidence)}. The process that carries it is still at work, or was killed.`,
      code: '',
      leftOver,
      next: `ops doctor says whether its process lives. If not: ops resume ${run} carries it on, ops abort ${run} ends it safely.`,
    }
  }
  const outcome = textOf(ended.outcome)
  return {
    outcome,
    tone: toneOf(outcome, leftOver),
    sentence: sentenceOf(outcome, ended, evidence),
    code: textOf(ended.code),
    leftOver,
    next: textOf(ended.hint),
  }
}

const isEnd = ({ type }: JournalRecord): boolean => type === 'run.ended'

function toneOf(outcome: string, leftOver: readonly string[]): Tone {
  if (outcome === 'succeeded' && leftOver.length === 0) return 'good'
  const calm = ['waiting', 'interrupted', 'aborted', 'refused']
  return calm.includes(outcome) ? 'waiting' : 'bad'
}

function sentenceOf(outcome: string, ended: JournalRecord, evidence: Evidence): string {
  const message = textOf(ended.message)
  const why = message === '' ? '' : `: ${message}`
  switch (outcome) {
    case 'succeeded':
      return `Succeeded: ${sayHowFar(evidence)} in ${sayDuration(spentMs(evidence.processes))}.`
    case 'refused':
      return `Refused, nothing was touched${why}.`
    case 'failed':
      return `Failed${why}.`
    case 'aborted':
      return `Aborted on request, ${sayHowFar(evidence)}${why}.`
    case 'waiting':
      return `Waiting, ${sayHowFar(evidence)}${why}.`
    case 'interrupted':
      return `Interrupted at a safe point, ${sayHowFar(evidence)}.`
    default:
      return `Ended as ${outcome}${why}.`
  }
}

/** Without the times at which nobody carried the run. */
export const spentMs = (processes: readonly Process[]): number =>
  processes.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)

function sayHowFar({ lanes, steps }: Evidence): string {
  const [all, done, word] =
    lanes.length > 0
      ? [lanes.length, lanes.filter(({ doneMs }) => doneMs !== null).length, 'node']
      : [steps.length, steps.filter(step => step.done).length, 'step']
  if (all === 0) return 'nothing was to be done'
  const which = done === all ? (all === 1 ? 'the' : 'all') : `${done} of`
  return `${which} ${all === 1 ? word : sayPlural(all, word)} ${all === 1 || done === 1 ? 'is' : 'are'} done`
}

function listLeftOver({ records, lanes, settings }: Evidence, ended: JournalRecord | undefined): string[] {
  const away = lanes.filter(({ left }) => left === 'down' || left === 'joining').map(({ name }) => name)
  const underWay = lanes.filter(({ left }) => left === 'draining' || left === 'recovering')
  const open = settings.filter(({ back }) => back === null)
  const locked = records.findLast(({ type }) => type === 'lock.acquired' || type === 'lock.released')
  return [
    ...(away.length === 0 ? [] : [`${sayList(away)} ${away.length === 1 ? 'is' : 'are'} down by this run`]),
    ...underWay.map(({ name, left }) => `${name} was left ${left}`),
    ...open.map(({ name, value, before }) => {
      const targets = [...before.values()].reduce((sum, count) => sum + count, 0)
      return `${name} is still ${value} on ${sayPlural(targets, 'target')}`
    }),
    ...(locked?.type === 'lock.acquired' && ended !== undefined
      ? ['the locks are kept until the run is resumed or aborted']
      : []),
  ]
}
