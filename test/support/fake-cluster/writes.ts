// Clients that write all the time, and the books about it: what was acknowledged, what every copy holds, what is lost.
import { isLive, primaryOf } from './shards.ts'
import type { FakeIndex, FakeShard, FakeState } from './state.ts'

/** Everything that clients wrote in this stretch of time, during which nothing else happened. */
export function writeFor(state: FakeState, ms: number): void {
  const count = (state.writesPerSecond * ms) / 1000
  for (const index of state.indices)
    if (index.written && index.state === 'open')
      for (const shard of index.shards) writeTo(state, index, shard, count)
  for (const node of state.nodes) if (node.joined) node.rejected += (node.rejectedPerSecond * ms) / 1000
}

export function writeTo(state: FakeState, index: FakeIndex, shard: FakeShard, count: number): void {
  const primary = primaryOf(shard)
  if (count <= 0) return
  if (!primary || !isLive(primary) || index.blocks.length > 0) {
    state.tally.failed += count
    return
  }
  shard.acked += count
  state.tally.acked += count
  state.tally.indexTimeMs += count
  index.docs += count
  const holders = shard.copies.filter(copy => isLive(copy) && shard.inSync.includes(copy.allocationId ?? ''))
  for (const copy of holders) copy.holds = shard.acked
  // A write that an absent copy missed takes that copy out of the in-sync set.
  if (holders.length < shard.inSync.length && state.elected !== null)
    shard.inSync = holders.map(({ allocationId }) => allocationId as string)
}

/** Acknowledged writes that no copy has, on a running node or on the disk of a stopped one. */
export function countLost(state: FakeState): number {
  let lost = 0
  for (const { shards } of state.indices)
    for (const { acked, copies, leftovers = [], givenUp = 0 } of shards) {
      const kept = copies.filter(({ node, lastNode }) => node !== null || lastNode !== null)
      const left = leftovers.filter(({ problem }) => problem === null)
      lost += acked - Math.max(0, ...[...kept, ...left].map(({ holds }) => holds)) + givenUp
    }
  return Math.round(lost)
}
