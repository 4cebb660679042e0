// What the master does with copies: promotes replicas when a node leaves, gives returning nodes their copies back,
// copies elsewhere what nobody waits for. It never promotes a copy that is not in sync.
import { readDuration } from '../../../src/adapters/elasticsearch/durations.ts'
import { allows, decideAllocation, decideReturn, refuses } from './deciders.ts'
import { fingerprint } from './fingerprint.ts'
import { expand, nextId, takeDisk, unassigned } from './indices.ts'
import { forget, leaveBehind, returning, tidy } from './leftovers.ts'
import { moveCopies, stopMove } from './moves.ts'
import { bytesOfShard, eachCopy, isData, isJoined, isLive, joinedNode, nameOf, primaryOf } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'

/** The node is gone: its copies are unassigned, others take over as primaries. */
export function dropNode(state: FakeState, node: FakeNode): void {
  const announced = state.shutdowns.find(({ nodeId, type }) => nodeId === node.id && type === 'restart')
  eachCopy(state, (copy, shard, index) => {
    if (copy.relocatingTo === node.id) stopMove(copy)
    if (copy.node !== node.id) return
    const delayMs = announced?.allocationDelayMs ?? delayOf(index)
    Object.assign(copy, {
      node: null,
      allocationId: null,
      state: 'UNASSIGNED',
      relocatingTo: null,
      unassignedReason: announced ? 'NODE_RESTARTING' : 'NODE_LEFT',
      lastNode: node.id,
      lastAllocationId: copy.allocationId,
      delayedUntilMs: state.atMs + delayMs,
      recovery: null,
      moving: null,
      unassignedAtMs: state.atMs,
      failedAttempts: 0,
      details: `node_left [${node.id}]`,
    })
    if (copy.primary) promote(copy, shard)
  })
  fitAutoExpand(state)
  state.stateVersion += 1
}

function delayOf({ settings }: FakeIndex): number {
  return readDuration(settings['index.unassigned.node_left.delayed_timeout'] ?? '1m') ?? 60_000
}

/** The delay of an index was changed: it counts for copies that are waited for already. */
export function setDelays(index: FakeIndex): void {
  for (const { copies } of index.shards)
    for (const copy of copies)
      if (
        copy.state === 'UNASSIGNED' &&
        copy.unassignedReason === 'NODE_LEFT' &&
        copy.unassignedAtMs !== undefined
      )
        copy.delayedUntilMs = copy.unassignedAtMs + delayOf(index)
}

function promote(left: FakeCopy, shard: FakeShard): void {
  const next = shard.copies.find(
    copy => isLive(copy) && copy.allocationId !== null && shard.inSync.includes(copy.allocationId),
  )
  // Whoever was copying from the old primary has to begin anew, from the next one.
  for (const copy of shard.copies) if (copy.state === 'INITIALIZING') failRecovery(copy)
  if (next === undefined) return
  left.primary = false
  next.primary = true
}

function failRecovery(copy: FakeCopy): void {
  copy.lastNode = copy.node
  copy.lastAllocationId = null
  Object.assign(copy, { node: null, allocationId: null, state: 'UNASSIGNED', recovery: null })
  copy.unassignedReason = 'ALLOCATION_FAILED'
}

/** What a state was like when nothing was to be done in it. Nobody but this process knows, and it need not be saved. */
const settled = new WeakMap<FakeState, string>()

/** Starts every recovery and every move that the rules allow at this moment. */
export function allocate(state: FakeState): void {
  const before = fingerprint(state)
  if (settled.get(state) === before) return
  startCopies(state)
  if (fingerprint(state) === before) settled.set(state, before)
}

function startCopies(state: FakeState): void {
  if (state.elected === null) return
  fitAutoExpand(state)
  eachCopy(state, (copy, shard, index) => {
    if (copy.state !== 'UNASSIGNED') return
    if (copy.primary && copy.source?.state === 'waiting') startRestored(state, copy, shard, index)
    else if (copy.primary && copy.source?.state !== 'failed') startPrimary(state, copy, shard, index)
    else if (!copy.primary) startReplica(state, copy, shard, index)
  })
  moveCopies(state)
}

/** Only where the data of an in-sync copy lies on a node that is there; one that never had any begins empty. */
function startPrimary(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  if (shard.inSync.length === 0 && copy.source === null) {
    const place = placesFor(state, shard, index, copy)[0]
    if (place) begin(state, { copy, shard, index }, place.id, nextId(state, 'alloc'), state.recoverMs, true)
    return
  }
  const source = shard.copies.find(
    one =>
      one.state === 'UNASSIGNED' &&
      one.lastAllocationId !== null &&
      shard.inSync.includes(one.lastAllocationId) &&
      isJoined(state, one.lastNode),
  )
  if (source === undefined) {
    takeUp(state, copy, shard, index)
    return
  }
  if (!mayReturn(state, source, shard, index)) return
  if (source !== copy) {
    copy.primary = false
    source.primary = true
  }
  const { lastNode, lastAllocationId } = source
  begin(
    state,
    { copy: source, shard, index },
    lastNode as string,
    lastAllocationId as string,
    state.recoverMs,
    true,
  )
}

/** What another copy has left behind on a member is in sync still. */
function takeUp(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const found = returning(state, shard)
  if (found === undefined) return
  leaveBehind(copy, shard)
  Object.assign(copy, { lastNode: found.node, lastAllocationId: found.allocationId, holds: found.holds })
  forget(shard, found.node)
  if (mayReturn(state, copy, shard, index))
    begin(state, { copy, shard, index }, found.node, found.allocationId as string, state.recoverMs, true)
}

function mayReturn(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): boolean {
  const node = joinedNode(state, copy.lastNode)
  return node !== undefined && decideReturn(state, { index, shard, copy, node }).length === 0
}

/** On any node with room for it; after the loss of that node on another one, from the snapshot again. */
function startRestored(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const { source } = copy
  if (source === null) return
  const place = placesFor(state, shard, index, copy)[0]
  if (place === undefined) return
  const ms = Math.max(1, (source.bytes / state.restoreBytesPerSecond) * 1000)
  // A file that cannot be read is found on the way.
  const lastsMs = source.corrupt ? ms / 2 : ms
  begin(state, { copy, shard, index }, place.id, nextId(state, 'alloc'), lastsMs, false, source.bytes)
  takeDisk(state, copy, { node: place.id, bytes: source.bytes })
}

function startReplica(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const primary = primaryOf(shard)
  if (!primary || !isLive(primary)) return
  const former = joinedNode(state, copy.lastNode)
  // What lies on the disk already is no burden for the network.
  if (former && !refuses(decideAllocation(state, { index, shard, copy, node: former }))) {
    begin(
      state,
      { copy, shard, index },
      former.id,
      nextId(state, 'alloc'),
      state.recoverMs,
      true,
      index.bytes,
    )
    return
  }
  if (state.atMs < copy.delayedUntilMs) return
  const place = placesFor(state, shard, index, copy)[0]
  if (place === undefined) return
  if (copy.lastNode !== null)
    state.tally.copiedElsewhere.push(
      `${index.name}[${shard.number}] of ${nameOf(state, copy.lastNode)} to ${place.name}`,
    )
  leaveBehind(copy, shard)
  copy.holds = 0
  begin(
    state,
    { copy, shard, index },
    place.id,
    nextId(state, 'alloc'),
    copyMs(state, index),
    false,
    index.bytes,
  )
  if (index.restored) takeDisk(state, copy, { node: place.id, bytes: bytesOfShard(index) })
}

/** Indices that expand by themselves are small. */
const copyMs = (state: FakeState, { autoExpand }: FakeIndex) =>
  autoExpand === null ? state.copyMs : state.recoverMs

/** Nodes on which every decider says yes. */
export function placesFor(
  state: FakeState,
  shard: FakeShard,
  index: FakeIndex,
  copy: FakeCopy | undefined = shard.copies.find(one => one.state === 'UNASSIGNED'),
): FakeNode[] {
  if (copy === undefined) return []
  return state.nodes.filter(
    node => node.joined && isData(node) && allows(state, { index, shard, copy, node }),
  )
}

export interface Place {
  readonly copy: FakeCopy
  readonly shard: FakeShard
  readonly index: FakeIndex
}

export function begin(
  state: FakeState,
  { copy, shard, index }: Place,
  node: string,
  allocationId: string,
  ms: number,
  reuse: boolean,
  bytes = 0,
): void {
  state.stateVersion += 1
  const name = nameOf(state, node)
  const failing = state.world.failing.find(
    one => (one.index ?? index.name) === index.name && (one.node ?? name) === name,
  )
  if (failing !== undefined) {
    copy.failedAttempts = (copy.failedAttempts ?? 0) + 1
    Object.assign(copy, { unassignedReason: 'ALLOCATION_FAILED', details: failing.details })
    copy.unassignedAtMs ??= state.atMs
    return
  }
  if (reuse) copy.source = null
  forget(shard, node)
  const recovery = { beginMs: state.atMs, endMs: state.atMs + ms, bytes, reused: reuse ? bytes : 0 }
  Object.assign(copy, { node, allocationId, state: 'INITIALIZING', recovery })
}

/** It leaves no trace but an unassigned copy: the list of recoveries forgets it. */
function failRestore(state: FakeState, copy: FakeCopy): void {
  const { source } = copy
  if (source) source.state = 'failed'
  takeDisk(state, copy, null)
  Object.assign(copy, { ...unassigned('ALLOCATION_FAILED'), primary: true, source })
  state.stateVersion += 1
}

/** A recovery has ended: the copy holds everything and is in sync; ids of copies that are gone leave the in-sync set. */
export function finishRecovery(state: FakeState, copy: FakeCopy, shard: FakeShard): void {
  if (copy.source?.corrupt) {
    failRestore(state, copy)
    return
  }
  const primary = primaryOf(shard)
  if (primary && primary !== copy) copy.holds = primary.holds
  // From now on it is a copy like any other: its data lies on its node.
  if (copy.source) copy.source.state = 'done'
  const former = copy.lastAllocationId
  Object.assign(copy, {
    state: 'STARTED',
    unassignedReason: null,
    lastNode: null,
    lastAllocationId: null,
    delayedUntilMs: 0,
    failedAttempts: 0,
    details: null,
  })
  const id = copy.allocationId as string
  shard.inSync = [...shard.inSync.filter(one => one !== former && one !== id), id]
  tidy(state, shard)
  state.stateVersion += 1
}

/** Replicas of indices like `.security-7` follow the number of nodes that can hold them, at once and without a delay. */
function fitAutoExpand(state: FakeState): void {
  for (const index of state.indices) {
    if (index.autoExpand === null) continue
    const places = state.nodes.filter(({ joined, roles }) => joined && roles.includes(index.tier)).length
    const wanted = expand(index.autoExpand, places)
    if (wanted === index.replicas) continue
    index.replicas = wanted
    for (const shard of index.shards) fitShard(shard, wanted)
    state.stateVersion += 1
  }
}

function fitShard(shard: FakeShard, replicas: number): void {
  while (shard.copies.length > replicas + 1) {
    const spare =
      shard.copies.find(copy => !copy.primary && copy.state === 'UNASSIGNED') ??
      shard.copies.find(copy => !copy.primary)
    if (spare === undefined) return
    shard.copies.splice(shard.copies.indexOf(spare), 1)
    const id = spare.allocationId ?? spare.lastAllocationId
    shard.inSync = shard.inSync.filter(one => one !== id)
  }
  while (shard.copies.length < replicas + 1) shard.copies.push(unassigned('REPLICA_ADDED'))
}

/** `index.number_of_replicas` was set. */
export function setReplicas(index: FakeIndex, replicas: number): void {
  index.replicas = replicas
  for (const shard of index.shards) fitShard(shard, replicas)
}
