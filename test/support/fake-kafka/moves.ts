// Reassignments: who copies what, how fast under which throttle, and what becomes of the old copies. A copy that takes in
// less than is written never ends.

import { rejected } from './refuse.ts'
import { choosePartitionLeader, isThere } from './replicas.ts'
import type { FakePartition, FakeState, FakeTopic } from './state.ts'
import { eachPartition } from './topics.ts'

interface Copy {
  readonly topic: FakeTopic
  readonly partition: FakePartition
  readonly to: number
}

/** @throws OpsError CLUSTER_REJECTED */
export function beginMove(
  state: FakeState,
  topic: FakeTopic,
  number: number,
  target: readonly number[] | null,
): void {
  const partition = topic.partitions[number]
  if (partition === undefined) throw rejected(`no such partition (UNKNOWN_TOPIC_OR_PARTITION)`)
  if (target === null) {
    cancelMove(state, partition)
    return
  }
  if (target.length === 0 || new Set(target).size !== target.length)
    throw rejected(`an empty list or a broker twice (INVALID_REPLICA_ASSIGNMENT)`)
  for (const id of target)
    if (!isThere(state, id)) throw rejected(`no broker ${id} is there (INVALID_REPLICA_ASSIGNMENT)`)
  if (partition.before !== null) undo(state, partition)
  const from = partition.replicas
  const adding = target.filter(id => !from.includes(id))
  const removing = from.filter(id => !target.includes(id))
  if (adding.length === 0 && removing.length === 0) {
    partition.replicas = [...target]
    return
  }
  partition.before = [...from]
  Object.assign(partition, { adding, removing, replicas: [...target, ...removing] })
  for (const id of adding) partition.copying[id] = partition.bytes
  const running = countMoves(state)
  state.tally.mostMovesAtOnce = Math.max(state.tally.mostMovesAtOnce, running)
  settleMove(state, partition)
}

function countMoves(state: FakeState): number {
  let count = 0
  eachPartition(state, ({ before }) => {
    if (before !== null) count += 1
  })
  return count
}

function cancelMove(state: FakeState, partition: FakePartition): void {
  if (partition.before === null)
    throw rejected('no reassignment is in progress (NO_REASSIGNMENT_IN_PROGRESS)')
  undo(state, partition)
}

/** What stays is in the order that was asked for, not in that of before: the preferred leader may be another one. */
function undo(state: FakeState, partition: FakePartition): void {
  const { before, adding } = partition
  if (before === null) return
  const replicas = partition.replicas.filter(id => !adding.includes(id))
  Object.assign(partition, { replicas, before: null, removing: [], copying: {} })
  drop(state, partition, adding)
  partition.adding = []
}

function drop(state: FakeState, partition: FakePartition, gone: readonly number[]): void {
  partition.isr = partition.isr.filter(id => !gone.includes(id))
  for (const id of gone) {
    delete partition.holds[id]
    delete partition.catchUp[id]
  }
  if (partition.leader !== null && gone.includes(partition.leader)) {
    partition.leader = null
    choosePartitionLeader(state, partition)
  }
}

/** Every new copy is in sync: the old ones go. */
export function settleMove(state: FakeState, partition: FakePartition): boolean {
  const { before, adding, removing, replicas, isr } = partition
  if (before === null || Object.keys(partition.copying).length > 0) return false
  const target = replicas.filter(id => !removing.includes(id))
  if (!target.every(id => isr.includes(id)) && adding.length > 0) return false
  Object.assign(partition, { replicas: target, before: null, adding: [], removing: [] })
  drop(state, partition, removing)
  return true
}

function listCopies(state: FakeState): Copy[] {
  const copies: Copy[] = []
  eachPartition(state, (partition, topic) => {
    for (const id of Object.keys(partition.copying))
      if (partition.leader !== null && isThere(state, Number(id)))
        copies.push({ topic, partition, to: Number(id) })
  })
  return copies
}

/** Bytes per second of each copy, less what is written to it meanwhile. */
function readSpeeds(state: FakeState): (Copy & { readonly gross: number; readonly net: number })[] {
  const copies = listCopies(state)
  return copies.map(copy => {
    const { topic, partition, to } = copy
    const inTo = copies.filter(one => one.to === to)
    const outOf = copies.filter(one => one.partition.leader === partition.leader)
    const follower = throttle(state, to, 'follower', topic, `${partition.number}:${to}`)
    const leader = throttle(
      state,
      partition.leader ?? -1,
      'leader',
      topic,
      `${partition.number}:${partition.leader}`,
    )
    const gross = Math.min(
      state.copyBytesPerSecond / inTo.length,
      follower / inTo.length,
      leader / outOf.length,
    )
    return { ...copy, gross, net: gross - ingestOf(state, topic, partition) }
  })
}

export function ingestOf(state: FakeState, topic: FakeTopic, partition: FakePartition): number {
  const known = topic.partitions.filter(({ producedFromMs }) => producedFromMs <= state.atMs)
  const sum = known.reduce((all, { weight }) => all + weight, 0)
  if (!known.includes(partition) || sum === 0) return 0
  return (topic.recordsPerSecond * topic.bytesPerRecord * partition.weight) / sum
}

function throttle(
  { brokers }: FakeState,
  id: number,
  side: 'leader' | 'follower',
  { configs }: FakeTopic,
  replica: string,
): number {
  const listed = (configs[`${side}.replication.throttled.replicas`] ?? '').split(',')
  const rate = brokers.find(one => one.id === id)?.dynamic[`${side}.replication.throttled.rate`]
  return rate !== undefined && (listed.includes('*') || listed.includes(replica)) ? Number(rate) : Infinity
}

/** When the next copy is level, at the speeds of now. */
export function nextLevelMs(state: FakeState): number[] {
  return readSpeeds(state).flatMap(({ partition, to, net }) => {
    const left = partition.copying[to] ?? 0
    if (left <= 0) return [state.atMs]
    return net > 0 ? [state.atMs + Math.max(1, Math.ceil((left / net) * 1000))] : []
  })
}

export function copyFor(state: FakeState, ms: number): void {
  for (const { partition, to, gross, net } of readSpeeds(state)) {
    partition.copying[to] = Math.max(0, (partition.copying[to] ?? 0) - (net * ms) / 1000)
    state.tally.bytesMoved += (gross * ms) / 1000
  }
}

/** Copies that are level join the in-sync set. */
export function settleCopies(state: FakeState): boolean {
  let busy = false
  for (const { partition, to } of listCopies(state)) {
    if ((partition.copying[to] ?? 1) > 0.5) continue
    delete partition.copying[to]
    partition.holds[to] = partition.end
    if (!partition.isr.includes(to)) partition.isr.push(to)
    settleMove(state, partition)
    busy = true
  }
  return busy
}
