// Lets time pass: goes from event to event up to now, in order. The same calls at the same times give the same cluster.
import { act } from './actions.ts'
import { allocate, finishRecovery } from './copies.ts'
import { settleMoves } from './moves.ts'
import { elect, join } from './nodes.ts'
import { settleRestores } from './restore.ts'
import { eachCopy } from './shards.ts'
import { settleSnapshots, snapshotTimes } from './snapshots.ts'
import type { FakeState } from './state.ts'
import { writeFor } from './writes.ts'

export function advance(state: FakeState, nowMs: number): void {
  for (;;) {
    const nextMs = Math.min(nowMs, ...dueTimes(state))
    if (nextMs > state.atMs) {
      writeFor(state, nextMs - state.atMs)
      state.atMs = nextMs
    }
    if (!settle(state)) {
      if (state.atMs >= nowMs) return
    }
  }
}

function dueTimes(state: FakeState): number[] {
  const times = [...state.nodes.flatMap(({ joinsAtMs }) => joinsAtMs ?? []), ...snapshotTimes(state)]
  if (state.electionEndsMs !== null) times.push(state.electionEndsMs)
  for (const { when } of state.happenings) if ('atMs' in when) times.push(when.atMs)
  eachCopy(state, ({ recovery, state: at, delayedUntilMs, moving }) => {
    if (moving) times.push(moving.endMs)
    if (recovery && at === 'INITIALIZING') times.push(recovery.endMs)
    if (at === 'UNASSIGNED' && delayedUntilMs > state.atMs) times.push(delayedUntilMs)
  })
  return times.filter(time => time > state.atMs)
}

/** Does what is due now; says whether anything was. */
function settle(state: FakeState): boolean {
  let busy = false
  for (const happening of state.happenings.filter(({ when }) => 'atMs' in when && when.atMs <= state.atMs)) {
    state.happenings = state.happenings.filter(one => one !== happening)
    act(state, happening.action)
    busy = true
  }
  for (const node of state.nodes)
    if (node.joinsAtMs !== null && node.joinsAtMs <= state.atMs) {
      join(state, node)
      busy = true
    }
  if (state.electionEndsMs !== null && state.electionEndsMs <= state.atMs) {
    elect(state)
    busy = true
  }
  busy = settleSnapshots(state) || busy
  busy = settleMoves(state) || busy
  eachCopy(state, (copy, shard) => {
    if (copy.state !== 'INITIALIZING' || !copy.recovery || copy.recovery.endMs > state.atMs) return
    finishRecovery(state, copy, shard)
    busy = true
  })
  const before = state.stateVersion
  allocate(state)
  busy = settleRestores(state) || busy
  return busy || state.stateVersion !== before
}
