// The steady state of Kafka: every broker there, every partition led, every copy in sync. Pure, but for the reading of it.
import type { KafkaIdentity, Look, PartitionState } from '#sdk'
import { sayPartitions, underReplicated } from '../rolling-restart/kafka/copies.ts'

export interface KafkaSteady {
  readonly identity: KafkaIdentity
  readonly partitions: readonly PartitionState[]
  readonly controller: number | null
  readonly reassignments: number
}

export async function readKafkaSteady({ kafka }: Look): Promise<KafkaSteady> {
  const [identity, partitions, quorum, reassignments] = await Promise.all([
    kafka.identity(),
    kafka.partitions(),
    kafka.quorum(),
    kafka.reassignments(),
  ])
  return { identity, partitions, controller: quorum.leader, reassignments: reassignments.length }
}

/** `wanted`: ids of the brokers of the inventory. */
export function explainKafkaUnsteady(now: KafkaSteady, wanted: readonly number[]): readonly string[] {
  const there = new Set(now.identity.brokers.map(({ id }) => id))
  const missing = wanted.filter(id => !there.has(id))
  const leaderless = now.partitions.filter(({ leader }) => leader === null)
  const behind = underReplicated(now.partitions)
  return [
    ...(missing.length === 0 ? [] : [`not in the cluster: broker ${missing.join(', ')}`]),
    ...(now.partitions.length === 0 ? ['no broker tells of any partition'] : []),
    ...(leaderless.length === 0 ? [] : [`without a leader: ${sayPartitions(leaderless)}`]),
    ...(behind.length === 0 ? [] : [`not every copy in sync: ${sayPartitions(behind)}`]),
    ...(now.controller === null ? ['the controllers have no leader'] : []),
    ...(now.reassignments === 0 ? [] : [`${now.reassignments} partitions are being moved`]),
  ]
}
