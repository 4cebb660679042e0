// The inventory that goes with a fake Kafka: what a FakeAnsible needs to know its hosts. It must never differ from the
// groups and variables of a real inventory.
import type { FakeState } from './state.ts'

interface InventoryEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly vars: Readonly<Record<string, string>>
}

export function kafkaInventoryOf({ brokers, clusterId }: FakeState): InventoryEntry[] {
  return brokers.map(({ name, id, address, port, rack }) => ({
    name,
    groups: ['kafka'],
    vars: {
      ansible_host: address,
      kafka_port: String(port),
      kafka_node_id: String(id),
      kafka_cluster_id: clusterId,
      kafka_security: 'plaintext',
      kafka_rack: rack ?? '',
    },
  }))
}
