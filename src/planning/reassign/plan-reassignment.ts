// Who holds which partition in the end, and what has to be copied for it: as few bytes as may be, no disk overfull at any
// moment, no rack more crowded than it is. The same world in any order gives the same plan.
import { inOrder } from '../rules.ts'
import { balance } from './balance.ts'
import { boundBytes } from './bound-bytes.ts'
import { chooseLeaders, isChanged } from './choose-leaders.ts'
import { Layout } from './layout.ts'
import { countCrowded, mendRacks } from './mend-racks.ts'
import { at } from './numbers.ts'
import { placeCopies } from './place-copies.ts'
import { findShares } from './shares.ts'
import type { BrokerChange, BrokerLoad, Move, ReassignPlan, ReassignWorld, Unplaced } from './world.ts'

/**
 * 1. Find what each broker should hold, by disks and racks.
 * 2. Place what has no home (drain, raise), or mend racks and bring brokers near their shares (rebalance, add).
 * 3. Choose preferred leaders, by what comes in.
 * 4. Say how few bytes any plan could move.
 */
export function planReassignment(world: ReassignWorld): ReassignPlan {
  const layout = new Layout(world)
  const before = layout.load.slice()
  const shares = findShares(layout)
  const { goal, within } = world
  let unplaced: readonly Unplaced[] = []
  switch (goal.kind) {
    case 'drain':
    case 'raise':
      unplaced = placeCopies(layout, shares)
      break
    case 'rebalance':
      mendRacks(layout, shares)
      balance(layout, { shares, within }, goal.kind)
      break
    case 'add':
      balance(layout, { shares, within }, goal.kind)
  }
  const leaders = chooseLeaders(layout, within, goal.kind === 'rebalance')
  const moves = orderMoves(listMoves(layout, leaders))
  return {
    moves,
    brokers: listBrokers(layout, before, leaders),
    bytesMoved: moves.reduce((sum, { adding, bytes }) => sum + adding.length * bytes, 0),
    lowerBound: boundBytes(layout, { shares, within, before }, goal),
    unplaced,
    lessSpread: listLessSpread(layout),
    crowded: {
      before: countCrowded(layout, layout.original),
      after: countCrowded(layout, layout.holders),
    },
    worst: { before: furthestFrom(shares, before), after: furthestFrom(shares, layout.load) },
  }
}

function listMoves(layout: Layout, leaders: Int32Array): Move[] {
  return layout.partitions.flatMap(({ topic, partition, replicas, leader, bytes }, index) => {
    const first = at(leaders, index)
    if (!isChanged(layout, index) && first === at(layout.starts, index)) return []
    const slots = [first, ...[...layout.slotsOf(index)].filter(slot => slot !== first)]
    const to = slots.flatMap(slot => layout.brokers[at(layout.holders, slot)]?.id ?? [])
    const source = leader !== null && replicas.includes(leader) ? leader : (replicas[0] ?? -1)
    const adding = to.filter(id => !replicas.includes(id))
    return [{ topic, partition, from: replicas, to, adding, source, bytes }]
  })
}

/** Topics with most to move first, and one after the other: few topics are under way at the same time. */
function orderMoves(moves: readonly Move[]): readonly Move[] {
  const weight = new Map<string, number>()
  for (const { topic, adding, bytes } of moves)
    weight.set(topic, (weight.get(topic) ?? 0) + adding.length * bytes)
  return moves.toSorted(
    (a, b) =>
      (weight.get(b.topic) ?? 0) - (weight.get(a.topic) ?? 0) ||
      inOrder(a.topic, b.topic) ||
      b.bytes * b.adding.length - a.bytes * a.adding.length ||
      a.partition - b.partition,
  )
}

function listBrokers(layout: Layout, before: Float64Array, leaders: Int32Array): BrokerChange[] {
  const count = layout.brokers.length
  const replicas = { before: new Int32Array(count), after: new Int32Array(count) }
  const leads = { before: new Int32Array(count), after: new Int32Array(count) }
  const gone = new Float64Array(count)
  for (const [slot, now] of layout.holders.entries()) {
    const was = at(layout.original, slot)
    if (was >= 0) replicas.before[was] = at(replicas.before, was) + 1
    if (now >= 0) replicas.after[now] = at(replicas.after, now) + 1
    if (was >= 0 && was !== now) gone[was] = at(gone, was) + layout.bytesOf(slot)
  }
  for (const [index, slot] of leaders.entries()) {
    const [was, now] = [at(layout.original, at(layout.starts, index)), at(layout.holders, slot)]
    if (was >= 0) leads.before[was] = at(leads.before, was) + 1
    if (now >= 0) leads.after[now] = at(leads.after, now) + 1
  }
  return layout.brokers.map(({ id, rack, role, totalBytes, usedBytes }, broker) => {
    const loadOf = (when: 'before' | 'after', bytes: Float64Array): BrokerLoad => ({
      bytes: at(bytes, broker),
      replicas: at(replicas[when], broker),
      leaders: at(leads[when], broker),
    })
    const bytesIn = at(layout.incoming, broker)
    return {
      ...{ id, rack, role, totalBytes },
      ...{ before: loadOf('before', before), after: loadOf('after', layout.load) },
      ...{ bytesIn, bytesOut: at(gone, broker), peakBytes: usedBytes + bytesIn },
    }
  })
}

function listLessSpread(layout: Layout): string[] {
  const racksOf = (partition: number, holders: Int32Array): number =>
    layout.rackSizes.filter((_, rack) => layout.countIn(partition, rack, holders) > 0).length
  return layout.partitions.flatMap(({ topic, partition }, index) =>
    isChanged(layout, index) && racksOf(index, layout.holders) < racksOf(index, layout.original)
      ? [`${topic}-${partition}`]
      : [],
  )
}

function furthestFrom(shares: Float64Array, load: Float64Array): number {
  return shares.reduce((most, share, broker) => {
    return share > 0 ? Math.max(most, Math.abs(at(load, broker) - share) / share) : most
  }, 0)
}
