// Copies on disks that are no copy of the routing table any more: left behind, out of sync, or unreadable. They are deleted as a node
// does it: once every copy of the shard is active, and never before.
import { unassigned } from './indices.ts'
import { eachCopy, isJoined, isLive, primaryOf } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeLeftover, FakeShard, FakeState } from './state.ts'

/** A copy is made elsewhere: what lies on its last node stays there. */
export function leaveBehind(copy: FakeCopy, shard: FakeShard, problem: string | null = null): void {
  if (copy.lastNode === null || copy.lastAllocationId === null) return
  const { lastNode: node, lastAllocationId: allocationId, holds } = copy
  forget(shard, node)
  shard.leftovers?.push({ node, allocationId, holds, problem })
  Object.assign(copy, { lastNode: null, lastAllocationId: null })
}

/** This node has a copy of its own now. */
export function forget(shard: FakeShard, node: string): void {
  shard.leftovers = (shard.leftovers ?? []).filter(one => one.node !== node)
}

/** Every copy is active: members delete what they do not need. */
export function tidy(state: FakeState, shard: FakeShard): void {
  if (shard.leftovers === undefined || !shard.copies.every(isLive)) return
  shard.leftovers = shard.leftovers.filter(({ node }) => !isJoined(state, node))
}

export function tidyAll(state: FakeState): void {
  for (const { shards } of state.indices) for (const shard of shards) tidy(state, shard)
}

/** The data path of this node is empty. */
export function wipe(state: FakeState, node: string): void {
  eachCopy(state, (copy, shard) => {
    if (copy.lastNode === node) Object.assign(copy, { lastNode: null, lastAllocationId: null, holds: 0 })
    forget(shard, node)
  })
}

/** An in-sync copy that lies on a member and can be read, of a shard whose primary is away. */
export const returning = (state: FakeState, shard: FakeShard): FakeLeftover | undefined =>
  shard.leftovers?.find(
    ({ node, allocationId, problem }) =>
      problem === null &&
      allocationId !== null &&
      shard.inSync.includes(allocationId) &&
      isJoined(state, node),
  )

const problem =
  'CorruptIndexException[checksum failed (hardware problem?) : expected=4e5a1f6c actual=91d3a001 (resource=BufferedChecksumIndexInput(NIOFSIndexInput(path="_0.cfs")))]'

/** A file of the copy on this node cannot be read. The node finds it at once where the copy is in use. */
export function corrupt(state: FakeState, node: string, index: FakeIndex, shard: FakeShard): void {
  const copy = shard.copies.find(one => one.node === node || one.lastNode === node)
  if (copy === undefined) {
    for (const one of shard.leftovers ?? []) if (one.node === node) one.problem = problem
    return
  }
  if (copy.node === null) {
    leaveBehind(copy, shard, problem)
    return
  }
  const others = shard.copies.filter(
    one => one !== copy && isLive(one) && shard.inSync.includes(one.allocationId ?? ''),
  )
  Object.assign(copy, { lastNode: copy.node, lastAllocationId: copy.allocationId })
  leaveBehind(copy, shard, problem)
  const { primary, allocationId, holds } = copy
  Object.assign(copy, {
    ...unassigned('ALLOCATION_FAILED'),
    primary,
    holds,
    moving: null,
    unassignedAtMs: state.atMs,
    failedAttempts: 1,
    details: `shard failure, reason [corrupt file (source: [index id[] origin[PRIMARY]])], failure ${problem} of [${index.name}][${shard.number}]`,
  })
  if (others.length > 0) shard.inSync = shard.inSync.filter(one => one !== allocationId)
  if (primary && others[0] !== undefined && primaryOf(shard) === copy) {
    copy.primary = false
    others[0].primary = true
  }
  state.stateVersion += 1
}
