// What is lost when an old or an empty copy becomes the primary: stated before it is done, measured afterwards. Reads only.
import type { ShardStore, UnassignedCopy } from '#sdk'
import type { Recoverable } from '../triage/diagnosis.ts'
import { lastNodeOf } from '../triage/missing-nodes.ts'
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
  /** When the copy fell behind, by the note of the replica that left its node; `null` where nobody knows. */
  readonly behindSinceMs: number | null
  /** When the last good copy went away; `null` where nobody knows. */
  readonly goneAtMs: number | null
  /** Old copies that are not chosen, `node (allocation id)`. */
  readonly others: readonly string[]
  /** Allocation ids with every acknowledged write: a primary that is one of them was not made by this. */
  readonly inSync: readonly string[]
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
    behindSinceMs: stale === null ? null : earliest(copies.filter(copy => hasLeft(copy, stale))),
    goneAtMs: earliest(copies.filter(({ primary }) => primary)),
    others: stores
      .filter(one => isReadable(one) && one.allocationId !== stale?.allocationId)
      .map(one => `${one.node} (${one.allocationId})`),
    inSync: facts.inSync,
    recoverable,
  }
}

/** Another replica may have taken the place of this copy, and have left much later. */
const hasLeft = (
  copy: UnassignedCopy,
  { node, nodeId }: { readonly node: string; readonly nodeId: string },
) => !copy.primary && [node, nodeId].includes(lastNodeOf(copy) ?? '')

export const isReadable = ({ problem, allocationId }: ShardStore): boolean =>
  problem === null && allocationId !== null

function earliest(copies: readonly UnassignedCopy[]): number | null {
  const known = copies.filter(({ reason }) => ofLeaving.includes(reason)).map(({ sinceMs }) => sinceMs)
  return known.length === 0 ? null : Math.min(...known)
}
