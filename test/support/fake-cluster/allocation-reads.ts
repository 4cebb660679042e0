// The reading half of AllocationPort, answered from the state. It must never change it.
import type {
  ClusterBlocks,
  CopySequence,
  DanglingIndex,
  Glimpse,
  NodeAllocation,
  PendingTasks,
  ShardStore,
  SizedCopy,
} from '../../../src/ports/allocation.ts'
import { countDocuments, readContent } from './documents.ts'
import { storesOf } from './explanations.ts'
import { listAway, planRebalance } from './moves.ts'
import { bytesOfShard, eachCopy, effective, isData, isLive, nameOf, primaryOf } from './shards.ts'
import type { FakeIndex, FakeState } from './state.ts'

const named = (state: FakeState, names: readonly string[]): FakeIndex[] =>
  state.indices.filter(({ name }) => names.includes(name))

export const readStores = (state: FakeState, names: readonly string[]): ShardStore[] =>
  named(state, names).flatMap(index => index.shards.flatMap(shard => storesOf(state, index, shard)))

export function readCopies(state: FakeState): SizedCopy[] {
  const found: SizedCopy[] = []
  eachCopy(state, (copy, shard, index) => {
    found.push({
      index: index.name,
      shard: shard.number,
      primary: copy.primary,
      state: copy.state,
      node: copy.node === null ? null : nameOf(state, copy.node),
      bytes: isLive(copy) ? bytesOfShard(index) : 0,
      docs: isLive(copy) ? docsOfShard(index) : 0,
    })
  })
  return found
}

export const docsOfShard = (index: FakeIndex): number =>
  Math.floor(countDocuments(index) / Math.max(1, index.shards.length))

export function readSequences(state: FakeState, names: readonly string[]): CopySequence[] {
  return named(state, names).flatMap(index =>
    index.shards.flatMap(shard => {
      const last = docsOfShard(index) - 1
      const checkpoint = last - Math.floor(shard.acked - (primaryOf(shard)?.holds ?? 0))
      return shard.copies.filter(isLive).map(({ primary, node, holds }) => ({
        index: index.name,
        shard: shard.number,
        primary,
        nodeId: node ?? '',
        maxSeqNo: last - Math.floor(shard.acked - holds),
        globalCheckpoint: checkpoint,
      }))
    }),
  )
}

export function readGlimpses(state: FakeState, names: readonly string[]): Glimpse[] {
  return named(state, names).map(index => {
    const { docs, fromMs, untilMs } = readContent(index, state.atMs)
    const answered = index.shards.filter(({ copies }) => copies.some(isLive)).length
    const none = answered === 0
    return {
      index: index.name,
      docs: Math.floor((docs * answered) / Math.max(1, index.shards.length)),
      fromMs: none ? null : fromMs,
      untilMs: none ? null : untilMs,
      shardsAnswered: answered,
      shardsTotal: index.shards.length,
    }
  })
}

export function readNodeAllocations(state: FakeState): NodeAllocation[] {
  return state.nodes
    .filter(node => node.joined && isData(node) && !state.world.silent.includes(node.name))
    .map(({ name, id, roles, attributes, totalBytes, availableBytes }) => {
      let [shards, shardBytes] = [0, 0]
      eachCopy(state, (copy, _shard, index) => {
        if (copy.node !== id) return
        shards += 1
        shardBytes += bytesOfShard(index)
      })
      const at = { node: name, nodeId: id, roles: [...roles], attributes: { ...attributes } }
      return { ...at, shards, shardBytes, totalBytes, availableBytes }
    })
}

export function readClusterBlocks(state: FakeState): ClusterBlocks {
  const blocks = state.elected === null ? ['no master'] : []
  if (effective(state, 'cluster.blocks.read_only') === 'true') blocks.push('cluster read-only (api)')
  if (effective(state, 'cluster.blocks.read_only_allow_delete') === 'true')
    blocks.push('cluster read-only / allow delete (api)')
  return { cluster: blocks }
}

export const readPendingTasks = ({ world }: FakeState): PendingTasks => ({
  count: world.pendingTasks,
  oldestMs: world.oldestPendingTaskMs,
  sources: world.pendingSources.slice(0, 10),
})

/** Those that lie on members. */
export const readDangling = ({ world, nodes }: FakeState): DanglingIndex[] =>
  world.dangling
    .map(({ name, uuid, createdAtMs, nodes: holders }) => ({
      name,
      uuid,
      createdAtMs,
      nodes: holders.filter(holder => nodes.some(node => node.name === holder && node.joined)),
    }))
    .filter(({ nodes: holders }) => holders.length > 0)

/** Under way, wanted by a decider, and what the balancer sees as its next. */
export function countPlannedMoves(state: FakeState): number {
  let moving = 0
  eachCopy(state, copy => {
    if (copy.moving) moving += 1
  })
  const away = listAway(state).filter(({ places }) => places.length > 0).length
  return moving + away + Math.min(1, planRebalance(state).length)
}
