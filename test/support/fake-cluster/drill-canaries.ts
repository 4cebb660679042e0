// Documents that a drill leaves and looks for, with the books of the fake: one is found where the primary of its shard holds it.
import { createIndex, deleteIndex } from './indices.ts'
import { isLive, primaryOf } from './shards.ts'
import type { FakeState } from './state.ts'
import { writeTo } from './writes.ts'

const name = 'ops-canary-drill'
const shards = 6

/** Kept beside the state of the cluster, as it is told to nobody but the drill. */
type WithCanaries = FakeState & { canaries?: Record<string, { shard: number; seq: number }> }

const indexIn = ({ indices }: FakeState) => indices.find(index => index.name === name)

export function leaveCanaries(state: WithCanaries, ids: readonly string[]): readonly string[] {
  if (indexIn(state) === undefined) {
    createIndex(state, { name, shards, replicas: 1, tier: 'data_content', docs: 0, bytes: 1000 })
    state.canaries = {}
  }
  const index = indexIn(state)
  state.canaries ??= {}
  const books = state.canaries
  return ids.filter(id => {
    if (books[id] !== undefined) return true
    const shard = index?.shards[Object.keys(books).length % shards]
    const primary = shard && primaryOf(shard)
    if (!index || !shard || !primary || !isLive(primary)) return false
    writeTo(state, index, shard, 1)
    books[id] = { shard: shard.number, seq: shard.acked }
    return true
  })
}

export function findCanaries(state: WithCanaries, ids: readonly string[]): readonly string[] {
  const index = indexIn(state)
  return ids.filter(id => {
    const kept = state.canaries?.[id]
    const shard = kept && index?.shards[kept.shard]
    const primary = shard && primaryOf(shard)
    return kept !== undefined && primary !== undefined && isLive(primary) && primary.holds >= kept.seq
  })
}

export function removeCanaries(state: WithCanaries): void {
  deleteIndex(state, name)
  state.canaries = {}
}
