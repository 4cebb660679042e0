// What the master does with copies: promotes replicas when a node leaves, gives returning nodes their copies back,
// copies elsewhere what nobody waits for. It never promotes a copy that is not in sync.
import { readDuration } from '../../../src/adapters/elasticsearch/durations.ts'
import { expand, nextId, takeDisk, unassigned } from './indices.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'

export const isLive = (copy: FakeCopy): boolean => copy.state === 'STARTED' || copy.state === 'RELOCATING'
export const primaryOf = ({ copies }: FakeShard): FakeCopy | undefined =>
  copies.find(({ primary }) => primary)

export function eachCopy(
  state: FakeState,
  visit: (copy: FakeCopy, shard: FakeShard, index: FakeIndex) => void,
): void {
  for (const index of state.indices)
    for (const shard of index.shards) for (const copy of [...shard.copies]) visit(copy, shard, index)
}

/** The node is gone: its copies are unassigned, others take over as primaries. */
export function dropNode(state: FakeState, node: FakeNode): void {
  const announced = state.shutdowns.find(({ nodeId }) => nodeId === node.id)
  eachCopy(state, (copy, shard, index) => {
    if (copy.relocatingTo === node.id) Object.assign(copy, { state: 'STARTED', relocatingTo: null })
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
    })
    if (copy.primary) promote(copy, shard)
  })
  fitAutoExpand(state)
  state.stateVersion += 1
}

function delayOf({ settings }: FakeIndex): number {
  return readDuration(settings['index.unassigned.node_left.delayed_timeout'] ?? '1m') ?? 60_000
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

/** Starts every recovery that the rules allow at this moment. */
export function allocate(state: FakeState): void {
  if (state.elected === null) return
  const enable = effective(state, 'cluster.routing.allocation.enable') ?? 'all'
  fitAutoExpand(state)
  eachCopy(state, (copy, shard, index) => {
    if (copy.state !== 'UNASSIGNED' || enable === 'none') return
    if (copy.primary && copy.source?.state === 'waiting') startRestored(state, copy, shard, index)
    else if (copy.primary && copy.source?.state !== 'failed') startPrimary(state, copy, shard)
    else if (!copy.primary && enable === 'all') startReplica(state, copy, shard, index)
  })
}

/** Only where the data of an in-sync copy lies on a node that is there. */
function startPrimary(state: FakeState, copy: FakeCopy, shard: FakeShard): void {
  const source = shard.copies.find(
    one =>
      one.state === 'UNASSIGNED' &&
      one.lastAllocationId !== null &&
      shard.inSync.includes(one.lastAllocationId) &&
      isJoined(state, one.lastNode),
  )
  if (source === undefined) return
  if (source !== copy) {
    copy.primary = false
    source.primary = true
  }
  begin(state, source, source.lastNode as string, source.lastAllocationId as string, state.recoverMs, true)
}

/** On any node with room for it; after the loss of that node on another one, from the snapshot again. */
function startRestored(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const { source } = copy
  if (source === null) return
  const place = placesFor(state, shard, index)[0]
  if (place === undefined) return
  const ms = Math.max(1, (source.bytes / state.restoreBytesPerSecond) * 1000)
  // A file that cannot be read is found on the way.
  begin(state, copy, place.id, nextId(state, 'alloc'), source.corrupt ? ms / 2 : ms, false, source.bytes)
  takeDisk(state, copy, { node: place.id, bytes: source.bytes })
}

function startReplica(state: FakeState, copy: FakeCopy, shard: FakeShard, index: FakeIndex): void {
  const primary = primaryOf(shard)
  if (!primary || !isLive(primary)) return
  const holders = shard.copies.map(({ node }) => node)
  if (copy.lastNode !== null && isJoined(state, copy.lastNode) && !holders.includes(copy.lastNode)) {
    begin(state, copy, copy.lastNode, nextId(state, 'alloc'), state.recoverMs, true, index.bytes)
    return
  }
  if (state.atMs < copy.delayedUntilMs) return
  const place = placesFor(state, shard, index)[0]
  if (place === undefined) return
  if (copy.lastNode !== null) {
    const from = state.nodes.find(({ id }) => id === copy.lastNode)?.name ?? copy.lastNode
    state.tally.copiedElsewhere.push(`${index.name}[${shard.number}] of ${from} to ${place.name}`)
  }
  copy.holds = 0
  begin(state, copy, place.id, nextId(state, 'alloc'), copyMs(state, index), false, index.bytes)
  if (index.restored) takeDisk(state, copy, { node: place.id, bytes: bytesOfShard(index) })
}

export const bytesOfShard = ({ bytes, shards }: FakeIndex): number => bytes / Math.max(1, shards.length)

/** Indices that expand by themselves are small. */
const copyMs = (state: FakeState, { autoExpand }: FakeIndex) =>
  autoExpand === null ? state.copyMs : state.recoverMs

/** Share of a disk that restored copies must leave free. */
const lowWatermark = 0.15

export function placesFor(state: FakeState, shard: FakeShard, index: FakeIndex): FakeNode[] {
  const holders = shard.copies.map(({ node }) => node)
  const excluded = (effective(state, 'cluster.routing.allocation.exclude._name') ?? '').split(',')
  const needs = index.restored ? bytesOfShard(index) : null
  return state.nodes.filter(
    ({ id, name, joined, roles, availableBytes, totalBytes }) =>
      joined &&
      roles.includes(index.tier) &&
      !holders.includes(id) &&
      !excluded.includes(name) &&
      (needs === null || availableBytes - needs >= lowWatermark * totalBytes),
  )
}

function begin(
  state: FakeState,
  copy: FakeCopy,
  node: string,
  allocationId: string,
  ms: number,
  reuse: boolean,
  bytes = 0,
): void {
  if (reuse) copy.source = null
  const recovery = { beginMs: state.atMs, endMs: state.atMs + ms, bytes, reused: reuse ? bytes : 0 }
  Object.assign(copy, { node, allocationId, state: 'INITIALIZING', recovery })
  state.stateVersion += 1
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
  })
  const id = copy.allocationId as string
  shard.inSync = [...shard.inSync.filter(one => one !== former && one !== id), id]
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

export const effective = ({ settings }: FakeState, name: string): string | undefined =>
  settings.transient[name] ?? settings.persistent[name]

const isJoined = (state: FakeState, id: string | null): boolean =>
  id !== null && state.nodes.some(node => node.id === id && node.joined)
