// Brokers as the inventory has them: every one has its host's name, its id in the cluster and its rack. Pure.
import { z } from 'zod'
import type { InventoryHost } from '#sdk'
import { nodeId, numberAtEnd, parseVars } from './host-vars.ts'

export interface InventoryBroker {
  readonly name: string
  readonly id: number | null
}

const brokerVars = z.object({ kafka_node_id: nodeId })

/** @throws OpsError INVENTORY_INVALID */
export function readBrokers(hosts: readonly InventoryHost[]): readonly InventoryBroker[] {
  return hosts
    .filter(({ groups }) => groups.includes('kafka'))
    .map(host => ({
      name: host.name,
      id: parseVars(host, brokerVars).kafka_node_id ?? numberAtEnd(host.name),
    }))
}

/** `kafka01 (1)`; a broker that the inventory lacks is `broker 4`. */
export function sayBroker(id: number, brokers: readonly InventoryBroker[]): string {
  const name = brokers.find(broker => broker.id === id)?.name
  return name === undefined ? `broker ${id}` : `${name} (${id})`
}
