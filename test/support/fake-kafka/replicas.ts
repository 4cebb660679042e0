// In-sync sets and leaders: who leaves them, who comes back, who leads. A copy that is not in sync never becomes a leader.
import type { FakePartition, FakeState, FakeTopic } from './state.ts'
import { eachPartition } from './topics.ts'

export const isThere = ({ brokers }: FakeState, id: number): boolean =>
  brokers.some(one => one.id === id && one.registered)
const isUp = ({ brokers }: FakeState, id: number): boolean =>
  brokers.some(one => one.id === id && one.registered && one.running)

export function minInsyncOf({ brokers }: FakeState, { configs }: FakeTopic): number {
  const name = 'min.insync.replicas'
  return Number(configs[name] ?? brokers[0]?.dynamic[name] ?? brokers[0]?.static[name] ?? 1)
}

/** The broker is gone: it leaves every in-sync set but those it is alone in. */
export function dropBroker(state: FakeState, id: number): void {
  eachPartition(state, partition => {
    delete partition.catchUp[id]
    if (!partition.isr.includes(id)) return
    const others = partition.isr.filter(one => one !== id && isThere(state, one))
    if (others.length > 0) partition.isr = partition.isr.filter(one => one !== id)
    if (partition.leader === id) partition.leader = null
    choosePartitionLeader(state, partition)
  })
}

/** The first of the replicas that is in sync and there. */
export function choosePartitionLeader(state: FakeState, partition: FakePartition): void {
  if (partition.leader !== null) return
  const { replicas, isr, holds } = partition
  partition.leader = replicas.find(id => isr.includes(id) && isThere(state, id)) ?? null
  if (partition.leader === null) return
  const left = holds[partition.leader] ?? 0
  state.tally.lost += Math.max(0, partition.end - left)
  partition.end = left
}

/** The broker is back: it leads what nobody else could, and reads what it missed of the rest. */
export function joinCopies(state: FakeState, id: number, lostAll: boolean): void {
  eachPartition(state, partition => {
    if (!partition.replicas.includes(id)) return
    if (lostAll) partition.holds[id] = 0
    choosePartitionLeader(state, partition)
    if (partition.leader === id || partition.copying[id] !== undefined) return
    if (lostAll) partition.isr = partition.isr.filter(one => one !== id)
    if (partition.isr.includes(id)) return
    const missed = partition.end - (partition.holds[id] ?? 0)
    partition.catchUp[id] = state.atMs + state.catchUpMs + (lostAll ? missed / 100 : 0)
  })
}

/** Its copy is level again. Without a leader it waits on. */
export function finishCatchUp(state: FakeState, partition: FakePartition, id: number): void {
  delete partition.catchUp[id]
  if (partition.leader === null) {
    partition.catchUp[id] = state.atMs + state.catchUpMs
    return
  }
  partition.holds[id] = partition.end
  if (!partition.isr.includes(id)) partition.isr.push(id)
}

/** Out of the in-sync sets of all it follows, and back a while later. */
export function flapBroker(state: FakeState, id: number, awayMs: number): void {
  eachPartition(state, partition => {
    if (!partition.isr.includes(id) || partition.leader === id || partition.isr.length === 1) return
    partition.isr = partition.isr.filter(one => one !== id)
    partition.catchUp[id] = state.atMs + awayMs
  })
}

/** `null` when it leads now, else why not. */
export function electPreferred(state: FakeState, partition: FakePartition): string | null {
  const [preferred] = partition.replicas
  if (preferred === undefined || !partition.isr.includes(preferred) || !isUp(state, preferred))
    return `broker ${preferred} is not in sync (PREFERRED_LEADER_NOT_AVAILABLE)`
  partition.leader = preferred
  return null
}

export function takesWrites(state: FakeState, partition: FakePartition, topic: FakeTopic): boolean {
  const { leader, isr } = partition
  if (leader === null || isr.length < minInsyncOf(state, topic)) return false
  // One that died and still counts keeps everybody waiting.
  return isr.every(id => isUp(state, id))
}
