// Producers that write all the time with acks=all, and the books about it: what was acknowledged, what every copy holds.
import { takesWrites } from './replicas.ts'
import type { FakePartition, FakeState, FakeTopic } from './state.ts'

/** Everything that was produced in this stretch of time, during which nothing else happened. */
export function produceFor(state: FakeState, ms: number): void {
  for (const topic of state.topics) {
    const known = topic.partitions.filter(({ producedFromMs }) => producedFromMs <= state.atMs)
    const sum = known.reduce((all, { weight }) => all + weight, 0)
    for (const partition of known)
      produceTo(state, topic, partition, (topic.recordsPerSecond * (partition.weight / sum) * ms) / 1000)
  }
}

export function produceTo(state: FakeState, topic: FakeTopic, partition: FakePartition, count: number): void {
  if (!(count > 0)) return
  const { tally } = state
  if (!takesWrites(state, partition, topic)) {
    const key = `${topic.name}-${partition.number}`
    tally.refused += count
    tally.refusedByPartition[key] = (tally.refusedByPartition[key] ?? 0) + count
    return
  }
  partition.end += count
  partition.bytes += count * topic.bytesPerRecord
  tally.acked += count
  for (const id of partition.isr) partition.holds[id] = partition.end
}
