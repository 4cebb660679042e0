// Kafka before its stop: which cluster, which brokers, whether everything is in sync. Reads only.
import type { InventoryHost, Look } from '#sdk'
import { type KafkaSteady, readKafkaSteady } from '../dr-drill/kafka-steady.ts'
import { brokersOf, type InventoryBroker } from '../rolling-restart/kafka/brokers.ts'

export interface KafkaFacts {
  /** As the inventory names it; `null` where it does not. */
  readonly clusterId: string | null
  readonly brokers: readonly InventoryBroker[]
  readonly steady: KafkaSteady
}

export async function lookAtKafka(look: Look, hosts: readonly InventoryHost[]): Promise<KafkaFacts> {
  const given = hosts[0]?.vars.kafka_cluster_id
  return {
    clusterId: typeof given === 'string' ? given : null,
    brokers: brokersOf(hosts),
    steady: await readKafkaSteady(look),
  }
}
