// Copies on the way from node to node: away from where they may not remain, and to where fewer are. A copy is in use where it was until
// the other one is whole.
import { allows, decideRemaining } from './deciders.ts'
import { nextId, takeDisk } from './indices.ts'
import { bytesOfShard, eachCopy, effective, isData, isJoined, isLive, nameOf } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'
import { bytesToStayFree } from './watermarks.ts'

export interface Move {
  readonly copy: FakeCopy
  readonly shard: FakeShard
  readonly index: FakeIndex
  readonly to: FakeNode
}

export function beginMove(state: FakeState, { copy, index, to }: Move): void {
  const ms = index.autoExpand === null ? state.copyMs : state.recoverMs
  copy.state = 'RELOCATING'
  copy.relocatingTo = to.id
  copy.moving = {
    to: to.id,
    allocationId: nextId(state, 'alloc'),
    beginMs: state.atMs,
    endMs: state.atMs + ms,
    bytes: bytesOfShard(index),
  }
  state.stateVersion += 1
}

export function stopMove(copy: FakeCopy): void {
  Object.assign(copy, { state: 'STARTED', relocatingTo: null, moving: null })
}

/** Says whether any has ended. */
export function settleMoves(state: FakeState): boolean {
  let busy = false
  eachCopy(state, (copy, shard, index) => {
    if (!copy.moving || copy.moving.endMs > state.atMs) return
    finishMove(state, copy, shard, index)
    busy = true
  })
  return busy
}

function finishMove(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const { moving, node: from, allocationId: former } = copy
  if (!moving) return
  const { to, allocationId, bytes, beginMs, endMs } = moving
  const source = state.nodes.find(({ id }) => id === from)
  if (copy.takes === null && source) source.availableBytes += bytes
  takeDisk(state, copy, { node: to, bytes })
  const wasInSync = former !== null && shard.inSync.includes(former)
  shard.inSync = shard.inSync.filter(one => one !== former)
  if (wasInSync) shard.inSync.push(allocationId)
  const recovery = { beginMs, endMs, bytes, reused: 0 }
  Object.assign(copy, {
    node: to,
    allocationId,
    state: 'STARTED',
    relocatingTo: null,
    moving: null,
    recovery,
  })
  state.tally.moves.push(`${index.name}[${shard.number}] ${nameOf(state, from)} to ${nameOf(state, to)}`)
  state.tally.movedBytes += bytes
  state.stateVersion += 1
}

/** Begins what may be moved at this moment. */
export function moveCopies(state: FakeState): void {
  for (const move of listAway(state)) {
    const to = move.places[0]
    if (to && mayLeave(state, move.copy)) beginMove(state, { ...move, to })
  }
  rebalance(state)
}

/** Copies that may not remain where they are, with the nodes that take them now. */
export function listAway(state: FakeState): (Omit<Move, 'to'> & { places: FakeNode[] })[] {
  const found: (Omit<Move, 'to'> & { places: FakeNode[] })[] = []
  if (!isAnyoneUnwanted(state)) return found
  eachCopy(state, (copy, shard, index) => {
    const node = state.nodes.find(({ id }) => id === copy.node)
    if (copy.state !== 'STARTED' || node === undefined) return
    if (decideRemaining(state, { index, shard, copy, node }).length > 0)
      found.push({ copy, shard, index, places: placesToMove(state, { copy, shard, index }) })
  })
  return found
}

/** The emptiest first; the one that replaces a node is the only one for its copies. */
export function placesToMove(state: FakeState, move: Omit<Move, 'to'>): FakeNode[] {
  const counts = countCopies(state)
  const record = state.shutdowns.find(({ nodeId }) => nodeId === move.copy.node)
  return state.nodes
    .filter(node => node.joined && isData(node) && node.id !== move.copy.node)
    .filter(({ name }) => record?.replacedBy === undefined || record.replacedBy === name)
    .filter(node => allows(state, { ...move, node }))
    .sort((a, b) => (counts.get(a.id) ?? 0) - (counts.get(b.id) ?? 0))
}

/** Whether looking at every copy can find anything. */
function isAnyoneUnwanted(state: FakeState): boolean {
  const { persistent, transient } = state.settings
  const limits = (name: string) =>
    /routing\.allocation\.(exclude|include|require|total_shards_per_node)/.test(name)
  return (
    [persistent, transient, ...state.indices.map(({ settings }) => settings)].some(settings =>
      Object.keys(settings).some(limits),
    ) ||
    state.shutdowns.some(({ type }) => type !== 'restart') ||
    state.nodes.some(node => node.joined && isData(node) && isAboveHigh(state, node))
  )
}

function isAboveHigh(state: FakeState, { availableBytes, totalBytes }: FakeNode): boolean {
  const free = bytesToStayFree(state, totalBytes)
  return free !== null && availableBytes < free.high
}

/** A node sends so many copies at a time as it takes. */
function mayLeave(state: FakeState, { node }: FakeCopy): boolean {
  const most = Number(effective(state, 'cluster.routing.allocation.node_concurrent_recoveries') ?? 2)
  let leaving = 0
  eachCopy(state, one => {
    if (one.moving && one.node === node) leaving += 1
  })
  return leaving < most
}

export function countCopies(state: FakeState): Map<string, number> {
  const counts = new Map(
    state.nodes.filter(node => node.joined && isData(node)).map(({ id }): [string, number] => [id, 0]),
  )
  eachCopy(state, ({ node, relocatingTo }) => {
    const at = relocatingTo ?? node
    if (at !== null && counts.has(at)) counts.set(at, (counts.get(at) ?? 0) + 1)
  })
  return counts
}

function rebalance(state: FakeState): void {
  for (;;) {
    const next = planRebalance(state)[0]
    if (next === undefined) return
    beginMove(state, next)
  }
}

/** What the balancer would begin now: from the fullest to the emptiest that takes it, and only while all is well. */
export function planRebalance(state: FakeState): Move[] {
  if (!state.rebalances || (effective(state, 'cluster.routing.rebalance.enable') ?? 'all') !== 'all')
    return []
  const most = Number(effective(state, 'cluster.routing.allocation.cluster_concurrent_rebalance') ?? 2)
  let [moving, well] = [0, true]
  eachCopy(state, copy => {
    if (copy.moving) moving += 1
    if (!isLive(copy)) well = false
  })
  if (!well || (most >= 0 && moving >= most)) return []
  const counts = countCopies(state)
  const plans: (Move & { gain: number })[] = []
  eachCopy(state, (copy, shard, index) => {
    if (copy.state !== 'STARTED' || !isJoined(state, copy.node)) return
    const here = counts.get(copy.node ?? '') ?? 0
    for (const node of state.nodes) {
      const gain = here - (counts.get(node.id) ?? Number.POSITIVE_INFINITY)
      if (gain >= 2 && !plans.some(one => one.gain >= gain) && takes(state, { copy, shard, index, to: node }))
        plans.push({ copy, shard, index, to: node, gain })
    }
  })
  return plans.sort((a, b) => b.gain - a.gain)
}

const takes = (state: FakeState, { to, ...rest }: Move): boolean => allows(state, { ...rest, node: to })
