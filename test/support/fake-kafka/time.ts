// Lets time pass: goes from event to event up to now, in order. The same calls at the same times give the same cluster.
import { act } from './actions.ts'
import { electController, leave, register } from './brokers.ts'
import { assignGroup, beginRebalance, consumeFor } from './groups.ts'
import { copyFor, nextLevelMs, settleCopies, settleMove } from './moves.ts'
import { finishCatchUp, flapBroker } from './replicas.ts'
import type { FakeState } from './state.ts'
import { eachPartition } from './topics.ts'
import { produceFor } from './writes.ts'

export function advance(state: FakeState, nowMs: number): void {
  for (;;) {
    const nextMs = Math.min(nowMs, ...dueTimes(state))
    if (nextMs > state.atMs) {
      const ms = nextMs - state.atMs
      produceFor(state, ms)
      consumeFor(state, ms)
      copyFor(state, ms)
      state.atMs = nextMs
    }
    if (!settle(state) && state.atMs >= nowMs) return
  }
}

function dueTimes(state: FakeState): number[] {
  const times: (number | null | undefined)[] = [state.electionEndsMs]
  for (const { readyAtMs, fencedAtMs, flap } of state.brokers) times.push(readyAtMs, fencedAtMs, flap?.nextMs)
  for (const { when } of state.happenings) if ('atMs' in when) times.push(when.atMs)
  for (const { rebalancesUntilMs, refreshAtMs } of state.groups) times.push(rebalancesUntilMs, refreshAtMs)
  eachPartition(state, ({ catchUp, producedFromMs }) => {
    times.push(...Object.values(catchUp))
    if (producedFromMs > state.atMs) times.push(producedFromMs)
  })
  times.push(...nextLevelMs(state))
  return times.filter(time => time != null && time > state.atMs) as number[]
}

/** Does what is due now; says whether anything was. */
function settle(state: FakeState): boolean {
  const { atMs } = state
  const isDue = (time: number | null | undefined): boolean => time != null && time <= atMs
  let busy = false
  for (const happening of state.happenings.filter(({ when }) => 'atMs' in when && isDue(when.atMs))) {
    state.happenings = state.happenings.filter(one => one !== happening)
    act(state, happening.action)
    busy = true
  }
  for (const broker of state.brokers) {
    if (isDue(broker.fencedAtMs)) leave(state, broker)
    else if (isDue(broker.readyAtMs)) register(state, broker)
    else if (broker.flap !== null && isDue(broker.flap.nextMs)) {
      broker.flap.nextMs = atMs + broker.flap.everyMs
      if (broker.registered) flapBroker(state, broker.id, broker.flap.awayMs)
    } else continue
    busy = true
  }
  if (isDue(state.electionEndsMs)) {
    electController(state)
    busy = true
  }
  eachPartition(state, partition => {
    for (const [id, time] of Object.entries(partition.catchUp)) {
      if (!isDue(time)) continue
      finishCatchUp(state, partition, Number(id))
      settleMove(state, partition)
      busy = true
    }
  })
  for (const group of state.groups) {
    if (isDue(group.refreshAtMs)) {
      group.refreshAtMs = null
      beginRebalance(state, group, state.rebalanceMs)
    } else if (isDue(group.rebalancesUntilMs)) assignGroup(state, group)
    else continue
    busy = true
  }
  return settleCopies(state) || busy
}
