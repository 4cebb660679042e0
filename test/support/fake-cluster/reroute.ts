// Commands that put copies elsewhere, as the server takes them: all of them or none. The two that accept the loss of data really lose it.
import { toOpsError } from '../../../src/errors/index.ts'
import type { Decision, RerouteAnswer, RerouteCommand } from '../../../src/ports/allocation.ts'
import { docsOfShard } from './allocation-reads.ts'
import { allocate, begin } from './copies.ts'
import { decideAllocation, refuses } from './deciders.ts'
import { createIndex, nextId, takeDisk, unassigned } from './indices.ts'
import { leaveBehind } from './leftovers.ts'
import { beginMove, stopMove } from './moves.ts'
import { refuse } from './refuse.ts'
import { eachCopy, isLive } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'

interface Target {
  readonly index: FakeIndex
  readonly shard: FakeShard
  readonly node: FakeNode
  readonly copy: FakeCopy
}

/** One after the other: each is tried on what the ones before it would have made. */
export function tryReroute(state: FakeState, commands: readonly RerouteCommand[]): RerouteAnswer {
  const copy = structuredClone(state)
  const decisions = commands.map(command => {
    const against = tryOne(copy, command)
    if (!refuses(against)) carryOut(copy, command, find(copy, command))
    return { command, against }
  })
  return { decisions }
}

/** What cannot be carried out at all is a decision too, where it is only tried. */
function tryOne(state: FakeState, command: RerouteCommand): Decision[] {
  try {
    return judge(state, command)
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code !== 'CLUSTER_REJECTED') throw thrown
    return [{ decider: `${command.do} (allocation command)`, decision: 'no', explanation: message }]
  }
}

/** All of them or none. */
export function reroute(state: FakeState, commands: readonly RerouteCommand[]): void {
  const { decisions } = tryReroute(state, commands)
  for (const { command, against } of decisions)
    if (refuses(against))
      refuse(
        'CLUSTER_REJECTED',
        `[${command.do}] allocation of [${command.index}][${command.shard}] is not allowed, reason: ${against.map(({ explanation }) => `[NO(${explanation})]`).join('')}`,
      )
  for (const command of commands) carryOut(state, command, find(state, command))
  allocate(state)
}

/**
 * Deciders are asked about copies that are to come to a node; none is asked where data is given up. A command goes through
 * although allocation is switched off.
 */
function judge(state: FakeState, command: RerouteCommand): Decision[] {
  const { index, shard, node, copy } = find(state, command)
  if (command.do !== 'move' && command.do !== 'allocate_replica') return []
  return decideAllocation(state, { index, shard, node, copy }).filter(({ decider }) => decider !== 'enable')
}

/** @throws OpsError CLUSTER_REJECTED where the command names what is not there */
function find(state: FakeState, command: RerouteCommand): Target {
  const index = state.indices.find(({ name }) => name === command.index)
  const shard = index?.shards.find(({ number }) => number === command.shard)
  if (!index || !shard)
    return refuse('CLUSTER_REJECTED', `no such shard [${command.index}][${command.shard}]`)
  const name = command.do === 'move' ? command.to : command.node
  const node = state.nodes.find(one => one.name === name && one.joined)
  if (node === undefined) return refuse('CLUSTER_REJECTED', `failed to resolve [${name}], no matching nodes`)
  return { index, shard, node, copy: copyFor(state, command, shard, node) }
}

function copyFor(state: FakeState, command: RerouteCommand, shard: FakeShard, node: FakeNode): FakeCopy {
  const what = `[${command.index}][${command.shard}]`
  if (command.do === 'move') {
    const from = state.nodes.find(({ name }) => name === command.from)?.id
    const copy = shard.copies.find(one => one.node === from && one.state === 'STARTED')
    return (
      copy ?? refuse('CLUSTER_REJECTED', `[move_allocation] can't move ${what}, failed to find it on node`)
    )
  }
  if (command.do === 'cancel') {
    const copy = shard.copies.find(one => one.node === node.id || one.relocatingTo === node.id)
    if (copy === undefined || (copy.primary && copy.relocatingTo !== node.id))
      return refuse('CLUSTER_REJECTED', `[cancel_allocation] can't cancel ${what} on node ${node.name}`)
    return copy
  }
  const primary = command.do !== 'allocate_replica'
  const copy = shard.copies.find(one => one.primary === primary && one.state === 'UNASSIGNED')
  if (copy === undefined)
    return refuse('CLUSTER_REJECTED', `[${command.do}] all copies of ${what} are already assigned`)
  if (command.do === 'allocate_stale_primary' && shard.inSync.length === 0)
    return refuse(
      'CLUSTER_REJECTED',
      `[allocate_stale_primary] trying to allocate an existing primary shard ${what}, while no such shard has ever been active`,
    )
  return copy
}

function carryOut(state: FakeState, command: RerouteCommand, target: Target): void {
  const { copy, index, shard, node } = target
  switch (command.do) {
    case 'move':
      beginMove(state, { copy, index, shard, to: node })
      break
    case 'allocate_replica':
      leaveBehind(copy, shard)
      copy.holds = 0
      begin(state, target, node.id, nextId(state, 'alloc'), state.copyMs, false, index.bytes)
      break
    case 'cancel':
      cancel(state, target)
      break
    case 'allocate_stale_primary':
      allocateStale(state, target)
      break
    case 'allocate_empty_primary':
      giveUp(target, 0, docsOfShard(index))
      begin(state, target, node.id, nextId(state, 'alloc'), state.recoverMs, true)
  }
}

function cancel(state: FakeState, { copy, shard, node }: Target): void {
  if (copy.relocatingTo === node.id) {
    stopMove(copy)
    return
  }
  const id = copy.allocationId
  takeDisk(state, copy, null)
  Object.assign(copy, {
    ...unassigned('REROUTE_CANCELLED'),
    lastNode: copy.node,
    lastAllocationId: id,
    holds: copy.holds,
    moving: null,
    unassignedAtMs: state.atMs,
  })
  shard.inSync = shard.inSync.filter(one => one !== id)
}

/** The store on that node counts from now on, whatever it lacks. Where there is none the primary fails, as on a server. */
function allocateStale(state: FakeState, target: Target): void {
  const { copy, shard, node } = target
  const own = shard.copies.find(one => one.lastNode === node.id && one.lastAllocationId !== null)
  const left = shard.leftovers?.find(one => one.node === node.id && one.problem === null)
  const store = own
    ? { id: own.lastAllocationId, holds: own.holds }
    : left && { id: left.allocationId, holds: left.holds }
  if (!store?.id) {
    copy.failedAttempts = (copy.failedAttempts ?? 0) + 1
    Object.assign(copy, {
      unassignedReason: 'ALLOCATION_FAILED',
      details:
        "failed recovery, failure RecoveryFailedException; nested: IndexShardRecoveryException[shard allocated for local recovery (post api), should exist, but doesn't]",
    })
    return
  }
  giveUp(target, store.holds, Math.round(shard.acked - store.holds))
  begin(state, target, node.id, store.id, state.recoverMs, true)
}

/** Every other store of the shard is worth nothing from now on. */
function giveUp({ shard, index, copy }: Target, holds: number, lost: number): void {
  for (const one of shard.copies)
    if (one.state === 'UNASSIGNED') Object.assign(one, { lastNode: null, lastAllocationId: null, holds: 0 })
  Object.assign(copy, { holds, failedAttempts: 0, details: null })
  shard.leftovers = []
  shard.inSync = shard.copies.flatMap(one => (isLive(one) && one.allocationId) || [])
  shard.acked = holds
  shard.givenUp = (shard.givenUp ?? 0) + lost
  index.docs -= lost
}

export function retryFailed(state: FakeState): void {
  eachCopy(state, copy => {
    copy.failedAttempts = 0
  })
  allocate(state)
}

/** Its primaries are on the first member that has it; replicas come later, as on a server. */
export function importDangling(state: FakeState, uuid: string): void {
  const found = state.world.dangling.find(one => one.uuid === uuid)
  const holder = found?.nodes.find(name => state.nodes.some(node => node.name === name && node.joined))
  if (found === undefined || holder === undefined)
    refuse('CLUSTER_REJECTED', `No dangling index found for UUID [${uuid}]`)
  if (state.indices.some(({ name }) => name === found.name))
    refuse('CLUSTER_REJECTED', `index [${found.name}] already exists`)
  const { name, tier, createdAtMs, shards = 1, docs = 100, bytes = 1_000_000 } = found
  createIndex(state, { name, tier, shards, docs, bytes, replicas: 1, nodes: [holder] })
  const index = state.indices.at(-1)
  if (index) Object.assign(index, { uuid, createdAtMs })
  for (const shard of index?.shards ?? [])
    for (const copy of shard.copies)
      if (copy.node === null)
        Object.assign(copy, { unassignedReason: 'DANGLING_INDEX_IMPORTED', unassignedAtMs: state.atMs })
  state.world.dangling = state.world.dangling.filter(one => one !== found)
  allocate(state)
}

export function retryLifecycle(state: FakeState, names: readonly string[]): void {
  const { ilm, capabilities } = state.world
  if (!capabilities.ilm || ilm === null)
    refuse('UNSUPPORTED', 'this cluster has no index lifecycle management')
  state.world.ilm = { ...ilm, errors: ilm.errors.filter(({ index }) => !names.includes(index)) }
}
