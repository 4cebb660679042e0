// One reading of how far groups have come: committed offsets first and log ends after them, so that no lag is below zero.
import type { Clock, CommittedOffset, KafkaPort, LogRange } from '#sdk'

export interface Reading {
  readonly atMs: number
  readonly ranges: readonly LogRange[]
  /** By group; partitions without an offset are left out. */
  readonly committed: ReadonlyMap<string, readonly GroupOffset[]>
}

export type GroupOffset = CommittedOffset & { readonly offset: number }

interface Eyes {
  readonly kafka: KafkaPort
  readonly clock: Clock
}

/** Of the topics alone where there are any; else of every topic in which a group has an offset. `without`: of these never. */
export async function readOffsets(
  { kafka, clock }: Eyes,
  groups: readonly string[],
  only: readonly string[] | null,
  without: ReadonlySet<string> = new Set(),
): Promise<Reading> {
  const all = await Promise.all(
    groups.map(async group => [group, (await kafka.committed(group)).filter(hasOffset)] as const),
  )
  const read = only ?? [...new Set(all.flatMap(([, offsets]) => offsets.map(({ topic }) => topic)))].sort()
  const topics = read.filter(topic => !without.has(topic))
  const committed = new Map(
    all.map(([group, offsets]) => [group, offsets.filter(({ topic }) => topics.includes(topic))]),
  )
  const ranges = topics.length === 0 ? [] : await kafka.ranges(topics)
  return { atMs: clock.monotonicMs(), ranges, committed }
}

const hasOffset = (one: CommittedOffset): one is GroupOffset => one.offset !== null

/** Records of the topic that the group has yet to read; what it has never committed counts from the start of the log. */
export function lagOf({ ranges, committed }: Reading, group: string, topic: string): number {
  const offsets = new Map(
    (committed.get(group) ?? [])
      .filter(one => one.topic === topic)
      .map(({ partition, offset }) => [partition, offset]),
  )
  return ranges
    .filter(one => one.topic === topic)
    .reduce((sum, { partition, start, end }) => sum + Math.max(0, end - (offsets.get(partition) ?? start)), 0)
}
