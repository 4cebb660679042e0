// Deeds, losses and what is left, as people read them. Pure.
import { saySpan, sayTime } from '#sdk'
import type { Cause, Remedy } from '../triage/diagnosis.ts'
import type { Choice, Deed } from './choose.ts'
import type { Loss } from './loss.ts'

export function sayDeed({ remedies }: Deed): string {
  const [first, ...others] = remedies
  if (first === undefined) return 'nothing'
  return others.length === 0 ? first.text : `${first.text}, and ${others.length} more of the kind`
}

export const sayLeft = ({ sentence, copyCount }: Cause): string =>
  copyCount === 0 ? sentence : `${sentence} (${copyCount} ${copyCount === 1 ? 'copy' : 'copies'})`

/** What is to be typed or done for the first that is left. */
export function sayPassedOver(left: readonly Cause[], passedOver: Choice['passedOver']): string | null {
  for (const { remedies } of left) {
    const found = passedOver.filter(({ remedy }) => remedies.includes(remedy))
    const first = found.find(({ because }) => because.startsWith('needs ')) ?? found[0]
    if (first !== undefined) return sayWhy(first.remedy, first.because)
  }
  return null
}

export const sayWhy = ({ text, command }: Remedy, because: string): string =>
  `${text}: ${because}${because.startsWith('needs ') || command === null ? '' : ` (${command})`}`

/** What another person is asked for. Names the shard, the copy and what is lost. */
export function sayLossDeed(loss: Loss): string {
  const { index, shard, node, allocationId } = loss
  return loss.kind === 'stale'
    ? `make the old copy of ${index}[${shard}] on ${node} (${allocationId}) the primary: ${sayLoss(loss)}`
    : `make an empty ${index}[${shard}] on ${node}: ${sayLoss(loss)}`
}

export function sayLoss({ kind, behindSinceMs, goneAtMs, others }: Loss): string {
  const until = goneAtMs === null ? 'the moment when the good copy went away' : sayTime(goneAtMs)
  if (kind === 'empty') return `everything that was written to it until ${until} is lost`
  const since = behindSinceMs === null ? 'the moment when this copy fell behind' : sayTime(behindSinceMs)
  const span = behindSinceMs === null || goneAtMs === null ? '' : ` (${saySpan(goneAtMs - behindSinceMs)})`
  const more = others.length === 0 ? '' : `; other old copies are given up: ${others.join(', ')}`
  return `what was written to it from ${since} to ${until}${span} is lost${more}`
}
