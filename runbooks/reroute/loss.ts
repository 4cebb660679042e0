// What is lost when an old or an empty copy becomes the primary: stated before it is done, measured afterwards. Reads only.
import type { ShardStore, UnassignedCopy } from '#sdk'
import type { Recoverable } from '../triage/diagnosis.ts'
import type { LossFacts } from './look-at-loss.ts'

export type Loss = {
  readonly kind: 'stale' | 'empty'
  readonly index: string
  readonly uuid: string
  readonly shard: number
  readonly node: string
  readonly nodeId: string | null
  /** Of the old copy. */
  readonly allocationId: string | null
  /** When the copy fell behind at the earliest; `null` where nobody knows. */
  readonly behindSinceMs: number | null
  /** When the last good copy went away; `null` where nobody knows. */
  readonly goneAtMs: number | null
  /** Old copies that are not chosen, `node (allocation id)`. */
  readonly others: readonly string[]
  readonly recoverable: Recoverable | null
}

/** What the server notes when a node leaves; after a restart of all of them it notes that instead, and the old time is gone. */
const ofLeaving = ['NODE_LEFT', 'NODE_RESTARTING']

/** Pure. */
export function stateLoss(facts: LossFacts, recoverable: Recoverable | null): Loss {
  const { remedy, copies, stores, members } = facts
  const { index, shard, node } = remedy
  const stale = remedy.do === 'allocate-stale' ? remedy : null
  return {
    ...{ kind: stale === null ? ('empty' as const) : ('stale' as const), index, shard, node },
    uuid: facts.uuid ?? '',
    nodeId: stale?.nodeId ?? members.find(({ name }) => name === node)?.id ?? null,
    allocationId: stale?.allocationId ?? null,
    behindSinceMs: earliest(copies.filter(({ primary }) => !primary)),
    goneAtMs: earliest(copies.filter(({ primary }) => primary)),
    others: stores
      .filter(one => isReadable(one) && one.allocationId !== stale?.allocationId)
      .map(one => `${one.node} (${one.allocationId})`),
    recoverable,
  }
}

export const isReadable = ({ problem, allocationId }: ShardStore): boolean =>
  problem === null && allocationId !== null

function earliest(copies: readonly UnassignedCopy[]): number | null {
  const known = copies.filter(({ reason }) => ofLeaving.includes(reason)).map(({ sinceMs }) => sinceMs)
  return known.length === 0 ? null : Math.min(...known)
}
