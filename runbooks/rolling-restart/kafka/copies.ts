// What the copies of partitions mean for a restart. Pure.
import { type Configs, type PartitionState, type Share, sayFew, type TopicPartition } from '#sdk'

/** How many in-sync copies a topic needs to take writes with acks=all. */
export type MinInsync = (topic: string) => number

const minInsyncName = 'min.insync.replicas'

export function minInsyncOf(configs: ReadonlyMap<string, Configs>): MinInsync {
  return topic => Number(configs.get(topic)?.get(minInsyncName)?.value ?? 1)
}

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`

/** What would become of the partitions if one broker stopped now. */
export interface Counterfactual {
  /** Nobody could read or write them. */
  readonly offline: readonly PartitionState[]
  /** They would refuse writes with acks=all. */
  readonly blocked: readonly PartitionState[]
  /** One copy would be left. */
  readonly single: readonly PartitionState[]
  /** Leaders that have to move. */
  readonly leaders: number
  readonly copies: number
}

export function supposeStopped(
  broker: number,
  partitions: readonly PartitionState[],
  minInsync: MinInsync,
): Counterfactual {
  const held = partitions.filter(({ replicas }) => replicas.includes(broker))
  const left = (partition: PartitionState): number => partition.isr.filter(id => id !== broker).length
  const touched = held.filter(({ isr }) => isr.includes(broker))
  return {
    offline: touched.filter(partition => left(partition) === 0),
    blocked: touched.filter(partition => left(partition) > 0 && left(partition) < minInsync(partition.topic)),
    single: touched.filter(partition => left(partition) === 1),
    leaders: held.filter(({ leader }) => leader === broker).length,
    copies: held.length,
  }
}

/** Copies that have to stay up: what the topic asks of writers, one at least, none where only one ever was and that is waived. */
export type MinUp = (partition: PartitionState) => number

/** Partitions with the same copies and needs stand in each other's way alike: one share for all of them. */
export function sharesOf(
  partitions: readonly PartitionState[],
  names: (id: number) => string,
  minUp: MinUp,
): readonly Share[] {
  const shares = new Map<string, Share & { count: number }>()
  for (const partition of partitions) {
    const holders = partition.isr.map(names).sort()
    const needed = minUp(partition)
    const key = `${holders.join()}:${needed}`
    const known = shares.get(key)
    if (known === undefined) shares.set(key, { name: nameOf(partition), holders, minUp: needed, count: 1 })
    else known.count += 1
  }
  return [...shares.values()].map(({ name, count, ...share }) => ({
    ...share,
    name: count === 1 ? name : `${name} and ${count - 1} more`,
  }))
}

/** Brokers that should hold an in-sync copy of something and do not. */
export function recoveringBrokers(partitions: readonly PartitionState[]): ReadonlySet<number> {
  return new Set(partitions.flatMap(({ replicas, isr }) => replicas.filter(id => !isr.includes(id))))
}

export const underReplicated = (partitions: readonly PartitionState[]): readonly PartitionState[] =>
  partitions.filter(({ replicas, isr }) => isr.length < replicas.length)

/** Led by another broker than the one that should. */
export const notPreferred = (partitions: readonly PartitionState[]): readonly PartitionState[] =>
  partitions.filter(({ replicas, leader }) => leader !== replicas[0])

/** `raw-logs-3, raw-logs-7 and 12 more` */
export function sayPartitions(partitions: readonly TopicPartition[], show = 6): string {
  return sayFew(partitions.map(nameOf), show)
}
