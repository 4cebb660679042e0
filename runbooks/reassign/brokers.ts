// Brokers as the inventory has them: host, id in the cluster, rack. Pure.
import { z } from 'zod'
import { type Broker, type InventoryHost, OpsError } from '#sdk'
import { nodeId, numberAtEnd, parseVars } from '../expand-partitions/host-vars.ts'

export type NamedBroker = {
  /** Its host in the inventory; `broker 4` where that has none. */
  readonly name: string
  readonly id: number
  readonly rack: string | null
}

const hostVars = z.object({
  kafka_node_id: nodeId,
  kafka_rack: z.coerce.string().optional(),
})

/** @throws OpsError INVENTORY_INVALID */
export function readBrokers(hosts: readonly InventoryHost[]): readonly NamedBroker[] {
  const own = hosts.filter(({ groups }) => groups.includes('kafka'))
  return own.map(host => {
    const { name } = host
    const { kafka_node_id, kafka_rack } = parseVars(host, hostVars)
    const id = kafka_node_id ?? numberAtEnd(name)
    if (id !== null) return { name, id, rack: kafka_rack || null }
    throw new OpsError('INVENTORY_INVALID', {
      message: `it is not known which broker ${name} is`,
      hint: `give ${name} the variable kafka_node_id`,
    })
  })
}

/** Those of the inventory and those that only the cluster knows; the cluster is right about racks. */
export function joinBrokers(
  inventory: readonly NamedBroker[],
  registered: readonly Broker[],
): readonly NamedBroker[] {
  const racks = new Map(registered.map(({ id, rack }) => [id, rack]))
  const known = new Set(inventory.map(({ id }) => id))
  return [
    ...inventory.map(broker => ({ ...broker, rack: racks.get(broker.id) ?? broker.rack })),
    ...registered
      .filter(({ id }) => !known.has(id))
      .map(({ id, rack }) => ({ name: `broker ${id}`, id, rack })),
  ].sort((a, b) => a.id - b.id)
}

export const nameOf = (brokers: readonly NamedBroker[], id: number): string =>
  brokers.find(broker => broker.id === id)?.name ?? `broker ${id}`
