// Where the new partitions go, from facts. What a partition brings is taken from what lies in those that are there: retention is
// the same for all, so bytes on disk are bytes that came in. Pure.
import { type LogDir, type PartitionState, type PlacementBroker, placePartitions } from '#sdk'
import type { ExpandFacts } from './facts.ts'
import type { ExpandParams } from './params.ts'

type Seen = Pick<ExpandFacts, 'identity' | 'partitions' | 'logDirs'>

export const partitionsOf = (facts: Pick<ExpandFacts, 'partitions'>, topic: string) =>
  facts.partitions.filter(one => one.topic === topic).sort((a, b) => a.partition - b.partition)

/** Copies of each partition: as many as those have that are there. */
export const copiesOf = (own: readonly PartitionState[]): number =>
  Math.max(0, ...own.map(({ replicas }) => replicas.length))

/** One list of broker ids for each new partition; empty where there is nothing to place or no place for it. */
export function placeNew(facts: Seen, { topic, to }: ExpandParams): readonly (readonly number[])[] {
  const own = partitionsOf(facts, topic)
  const count = to - own.length
  if (own.length === 0 || count <= 0) return []
  const each = bytesOf(facts, topic) / to
  return placePartitions({
    brokers: placementBrokers(facts, { topic, to }),
    count,
    copies: copiesOf(own),
    load: each,
    bytes: each,
  })
}

/** What will lie on each broker more than does now, once retention has come round; less is below zero. */
export function growthByBroker(facts: Seen, params: ExpandParams): ReadonlyMap<number, number> {
  const { topic, to } = params
  const placed = placeNew(facts, params).flat()
  const each = bytesOf(facts, topic) / to
  const now = placementBrokers(facts, { topic, to: partitionsOf(facts, topic).length })
  return new Map(
    placementBrokers(facts, params).map(({ id, holds }, at) => [
      id,
      holds + each * placed.filter(one => one === id).length - (now[at]?.holds ?? 0),
    ]),
  )
}

/** Of one copy of every partition. */
function bytesOf(facts: Seen, topic: string): number {
  const bytes = sizes(facts.logDirs)
  return partitionsOf(facts, topic).reduce((sum, one) => sum + (bytes.get(keyOf(one)) ?? 0), 0)
}

/** Brokers as they will be: every partition of the topic gets the same then, whatever lies in it now. */
export function placementBrokers(
  { identity, partitions, logDirs }: Seen,
  { topic, to }: Pick<ExpandParams, 'topic' | 'to'>,
): readonly PlacementBroker[] {
  const bytes = sizes(logDirs)
  const each = bytesOf({ identity, partitions, logDirs }, topic) / Math.max(1, to)
  const after = (one: PartitionState): number => (one.topic === topic ? each : (bytes.get(keyOf(one)) ?? 0))
  const sum = (own: readonly PartitionState[]): number => own.reduce((all, one) => all + after(one), 0)
  return identity.brokers.map(({ id, rack }) => ({
    id,
    rack,
    leads: sum(partitions.filter(({ leader }) => leader === id)),
    holds: sum(partitions.filter(({ replicas }) => replicas.includes(id))),
    freeBytes: freeOf(logDirs.filter(({ broker }) => broker === id)),
  }))
}

function freeOf(dirs: readonly LogDir[]): number | null {
  const known = dirs.map(({ usableBytes }) => usableBytes).filter(bytes => bytes !== null)
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0)
}

/** The largest copy of each partition. */
function sizes(logDirs: readonly LogDir[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { replicas } of logDirs)
    for (const one of replicas) found.set(keyOf(one), Math.max(found.get(keyOf(one)) ?? 0, one.bytes))
  return found
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`
