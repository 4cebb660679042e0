// How the Kafka of an inventory is reached: addresses, CA, user, and where the password is. The password is registered for
// redaction the moment it is read.
import { connectKafkaCluster, type KafkaConnection } from '../adapters/kafka/index.ts'
import type { Redactor } from '../engine/redactor.ts'
import { OpsError } from '../errors/index.ts'
import type { Inventory, InventoryHost } from '../ports/ansible.ts'
import { missing, text } from './host-vars.ts'
import { readSecretFile } from './secret-file.ts'

export type { KafkaConnection }

const group = 'kafka'
const defaultPort = 9092
const securities = ['plaintext', 'tls', 'sasl_tls'] as const

/**
 * `null` where the inventory has no such cluster.
 * @throws OpsError INVENTORY_INVALID, SECRET_MISSING
 */
export function connectKafka(inventory: Inventory, redactor: Redactor): KafkaConnection | null {
  const hosts = inventory.hosts.filter(({ groups }) => groups.includes(group))
  const [first] = hosts
  if (first === undefined) return null
  const security = readSecurity(inventory, first)
  const caFile = text(first, 'kafka_ca_file')
  const clusterId = text(first, 'kafka_cluster_id')
  return connectKafkaCluster({
    endpoints: hosts.map(toEndpoint),
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(security === 'plaintext' ? {} : { tls: caFile === undefined ? {} : { caFile } }),
    ...(security === 'sasl_tls' ? readCredentials(inventory, first, redactor) : {}),
  })
}

function readSecurity({ source }: Inventory, host: InventoryHost): (typeof securities)[number] {
  const given = text(host, 'kafka_security') ?? 'plaintext'
  const found = securities.find(one => one === given)
  if (found !== undefined) return found
  throw new OpsError('INVENTORY_INVALID', {
    message: `inventory ${source} has kafka_security: ${given}`,
    hint: `it is one of ${securities.join(', ')}`,
  })
}

function readCredentials(inventory: Inventory, host: InventoryHost, redactor: Redactor) {
  const username = text(host, 'kafka_username') ?? missing(inventory, 'kafka_username', group)
  const file = text(host, 'kafka_password_file') ?? missing(inventory, 'kafka_password_file', group)
  const password = readSecretFile(file, 'kafka_password_file')
  redactor.registerPair(username, password)
  return { sasl: { username, password }, credentialsFrom: file }
}

function toEndpoint(host: InventoryHost) {
  return {
    host: host.name,
    address: text(host, 'kafka_host') ?? text(host, 'ansible_host') ?? host.name,
    port: number(host, 'kafka_port') ?? defaultPort,
    nodeId: number(host, 'kafka_node_id') ?? numberOf(host.name),
  }
}

/** As the role has it: the number at the end of the host's name. */
function numberOf(name: string): number | null {
  const digits = /(\d+)$/.exec(name)?.[1]
  return digits === undefined ? null : Number(digits)
}

function number({ vars }: InventoryHost, name: string): number | undefined {
  const value = Number(vars[name] ?? Number.NaN)
  return Number.isInteger(value) ? value : undefined
}
