// How the cluster of an inventory is reached: addresses, CA, user, and where the password is. The password is registered
// for redaction the moment it is read.
import { connectElasticsearch, type ElasticsearchConnection } from '../adapters/elasticsearch/index.ts'
import type { Redactor } from '../engine/redactor.ts'
import { OpsError } from '../errors/index.ts'
import type { Inventory, InventoryHost } from '../ports/ansible.ts'
import type { VaultPort } from '../ports/vault.ts'
import { missing, text } from './host-vars.ts'
import { readSecretFile } from './secret-file.ts'

const group = 'elasticsearch'
const defaultPort = 9200
/** What is shorter cannot be told from other text, and so not be kept out of logs. */
const shortestSecret = 4

/**
 * `null` where the inventory has no such cluster. Vault is asked only where the inventory says that the password is there.
 * @throws OpsError INVENTORY_INVALID, SECRET_MISSING, and what Vault throws
 */
export async function connectCluster(
  inventory: Inventory,
  redactor: Redactor,
  vault: Pick<VaultPort, 'read'>,
): Promise<ElasticsearchConnection | null> {
  const hosts = inventory.hosts.filter(({ groups }) => groups.includes(group))
  const [first] = hosts
  if (first === undefined) return null
  const username = text(first, 'es_username') ?? missing(inventory, 'es_username', group)
  const { secret, from } = await readPassword(inventory, first, vault)
  if (secret.length < shortestSecret) {
    throw new OpsError('SECRET_MISSING', {
      message: `the password in ${from} ${secret === '' ? 'is empty' : `has fewer than ${shortestSecret} characters`}`,
      hint: 'put the password of the user that the inventory names there',
    })
  }
  redactor.registerPair(username, secret)
  const caFile = text(first, 'es_ca_file')
  const clusterName = text(first, 'es_cluster_name')
  const clusterUuid = text(first, 'es_cluster_uuid')
  return connectElasticsearch({
    endpoints: [...hosts].sort(byPreference).map(host => ({ host: host.name, url: urlOf(host) })),
    username,
    password: secret,
    credentialsFrom: from,
    ...(caFile === undefined ? {} : { caFile }),
    ...(clusterName === undefined ? {} : { clusterName }),
    ...(clusterUuid === undefined ? {} : { clusterUuid }),
  })
}

/** Coordinating nodes first: asking them costs the data nodes nothing. */
function byPreference(a: InventoryHost, b: InventoryHost): number {
  const rank = ({ groups }: InventoryHost): number =>
    groups.includes('es_coord') ? 0 : groups.includes('es_master') ? 2 : 1
  return rank(a) - rank(b)
}

function urlOf(host: InventoryHost): string {
  const scheme = text(host, 'es_http_scheme') ?? 'https'
  const address = text(host, 'es_http_host') ?? text(host, 'ansible_host') ?? host.name
  return `${scheme}://${address}:${host.vars.es_http_port ?? defaultPort}`
}

interface Password {
  readonly secret: string
  readonly from: string
}

async function readPassword(
  inventory: Inventory,
  host: InventoryHost,
  vault: Pick<VaultPort, 'read'>,
): Promise<Password> {
  const variable = text(host, 'es_password_env')
  if (variable !== undefined) {
    const secret = process.env[variable]
    if (secret) return { secret, from: `the variable ${variable}` }
    throw new OpsError('SECRET_MISSING', {
      message: `the environment variable ${variable} is not set`,
      hint: `the inventory names it as es_password_env; set it, or give es_password_file`,
    })
  }
  const place = text(host, 'es_password_vault')
  if (place !== undefined) return readFromVault(inventory, place, vault)
  const file = text(host, 'es_password_file') ?? missing(inventory, 'es_password_file', group)
  return { secret: readSecretFile(file, 'es_password_file'), from: file }
}

/** The copy of this machine will do while Vault is away: on call, one has to get at the cluster then. */
async function readFromVault(
  { source }: Inventory,
  place: string,
  vault: Pick<VaultPort, 'read'>,
): Promise<Password> {
  const [, path = '', field = ''] = /^([^#]+)#([^#]+)$/.exec(place) ?? []
  if (path === '')
    throw new OpsError('INVENTORY_INVALID', {
      message: `inventory ${source} has es_password_vault: ${place}`,
      hint: 'it is a path and a field, such as secret/elk/ops#password',
    })
  const secret = (await vault.read(path))?.fields[field]?.reveal()
  if (secret !== undefined) return { secret, from: `${field} of ${path} in Vault` }
  throw new OpsError('SECRET_MISSING', {
    message: `there is no ${field} at ${path} in Vault`,
    hint: 'the inventory names it as es_password_vault',
  })
}
