// Which host of the inventory is which broker. Pure.
import { type InventoryHost, OpsError } from '#sdk'

export type InventoryBroker = {
  /** Name in the inventory. */
  readonly name: string
  /** `node.id` */
  readonly id: number
  /** Hosts that share one are never down together. */
  readonly machine: string
}

/** @throws OpsError INVENTORY_INVALID */
export function brokersOf(hosts: readonly InventoryHost[]): readonly InventoryBroker[] {
  const brokers = hosts
    .filter(({ groups }) => groups.includes('kafka'))
    .map(({ name, vars }) => ({
      name,
      id: Number(vars.kafka_node_id ?? /\d+$/.exec(name)?.[0] ?? Number.NaN),
      machine: String(vars.kafka_machine ?? vars.ansible_host ?? name),
    }))
  const nameless = brokers.find(({ id }) => !Number.isInteger(id))
  if (nameless === undefined) return brokers
  throw new OpsError('INVENTORY_INVALID', {
    message: `the inventory does not say which broker ${nameless.name} is`,
    hint: 'give the host kafka_node_id, or a name that ends in its number',
  })
}

/** Name of a broker; one that the inventory does not know is called by its id. */
export function namesById(brokers: readonly InventoryBroker[]): (id: number) => string {
  const names = new Map(brokers.map(({ id, name }) => [id, name]))
  return id => names.get(id) ?? `broker ${id}`
}
