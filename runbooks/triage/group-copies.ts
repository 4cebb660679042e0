// Unassigned copies that are likely to stand still for one and the same reason, so that one explanation serves for all of them. Pure.
import type { IndexSettings, UnassignedCopy } from '#sdk'

export interface Group {
  readonly key: string
  /** The same of groups that differ in nothing but the names of their indices. */
  readonly kind: string
  readonly copies: readonly UnassignedCopy[]
}

/** What the server's own text of the last failure comes to. */
export type FailureKind = 'corrupt' | 'locked' | 'other' | 'none'

const corrupt =
  /CorruptIndex|TranslogCorrupted|IndexFormatTooOld|IndexFormatTooNew|corrupt file|preexisting corruption|checksum failed|misplaced codec footer/i
const locked = /ShardLockObtainFailed|LockObtainFailed|obtaining shard lock|waiting to acquire shard lock/i

export function kindOfFailure(text: string | null): FailureKind {
  if (text === null || text === '') return 'none'
  if (locked.test(text)) return 'locked'
  return corrupt.test(text) ? 'corrupt' : 'other'
}

export const nameOfShard = ({ index, shard }: { readonly index: string; readonly shard: number }): string =>
  `${index}/${shard}`

/** `nginx-2025.04.10` and `nginx-2025.04.11` are alike. */
export const patternOf = (index: string): string => index.replaceAll(/\d+/g, '#')

interface Around {
  readonly isAway: (copy: UnassignedCopy) => boolean
  readonly settingsOf: (index: string) => IndexSettings
}

/**
 * One kind for each reason, state of the last try, kind of failure, settings that decide on places, and primary or replica; copies whose
 * node is away apart from the others. One group for each kind and index pattern. Primaries first, then the largest.
 */
export function groupCopies(copies: readonly UnassignedCopy[], around: Around): readonly Group[] {
  const signatures = new Map<string, string>()
  const signatureOf = (index: string): string => {
    const known = signatures.get(index)
    if (known !== undefined) return known
    const made = JSON.stringify(Object.entries(around.settingsOf(index)).sort())
    signatures.set(index, made)
    return made
  }
  const kindOf = (copy: UnassignedCopy): string =>
    [
      copy.primary ? 'primary' : 'replica',
      copy.reason,
      copy.lastStatus,
      copy.recoverySource,
      kindOfFailure(copy.details),
      copy.failedAttempts > 0 ? 'failed' : '',
      around.isAway(copy) ? 'away' : '',
      signatureOf(copy.index),
    ].join(' ')
  const groups = Map.groupBy(copies, copy => `${kindOf(copy)} ${patternOf(copy.index)}`)
  return [...groups]
    .flatMap(([key, its]) => (its[0] === undefined ? [] : [{ key, kind: kindOf(its[0]), copies: its }]))
    .sort((a, b) => rank(a) - rank(b) || b.copies.length - a.copies.length)
}

const rank = ({ copies }: Pick<Group, 'copies'>): number => (copies[0]?.primary ? 0 : 1)

/** A replica that waits for its primary has nothing of its own to explain. */
export function splitByPrimary(copies: readonly UnassignedCopy[]): {
  readonly own: readonly UnassignedCopy[]
  readonly waiting: readonly UnassignedCopy[]
} {
  const red = new Set(copies.filter(({ primary }) => primary).map(nameOfShard))
  const isWaiting = (copy: UnassignedCopy): boolean => !copy.primary && red.has(nameOfShard(copy))
  return { own: copies.filter(copy => !isWaiting(copy)), waiting: copies.filter(isWaiting) }
}
