// How the Vault of an inventory is reached: address, CA, who we are there, and where copies of what was read are kept. Nothing is read, not
// even the login, before a run needs it.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectVault, type VaultLogin } from '../adapters/vault/index.ts'
import type { Redactor } from '../engine/redactor.ts'
import { OpsError, toOpsError } from '../errors/index.ts'
import type { Inventory, InventoryHost } from '../ports/ansible.ts'
import type { Clock } from '../ports/clock.ts'
import { SecretText } from '../ports/secret.ts'
import type { VaultPort } from '../ports/vault.ts'
import type { SecretDeclaration } from '../sdk/secrets.ts'
import { text } from './host-vars.ts'
import { readSecretFile } from './secret-file.ts'

const group = 'vault'
const defaultPort = 8200
const defaultCacheHours = 72

export interface OpenedVault {
  readonly port: VaultPort
  endpoint(): Promise<{ host: string; address: string; problem: string | null }>
}

interface Surroundings {
  readonly stateDir: string
  readonly redactor: Redactor
  readonly secrets: readonly SecretDeclaration[]
  readonly clock: Clock
  readonly warn: (text: string) => void
}

/**
 * `null` where the inventory has no Vault.
 * @throws OpsError INVENTORY_INVALID
 */
export function openVault(inventory: Inventory, around: Surroundings): OpenedVault | null {
  const host = inventory.hosts.find(({ groups }) => groups.includes(group))
  if (host === undefined) return null
  const { redactor, clock, secrets, warn } = around
  const url = urlOf(host)
  const caFile = text(host, 'vault_ca_file')
  const mountHint = text(host, 'vault_kv_path')
  const port = connectVault({
    url,
    host: host.name,
    ...(caFile === undefined ? {} : { caFile }),
    ...(mountHint === undefined ? {} : { mountHint }),
    login: () => readLogin(inventory, host),
    loginFrom: text(host, 'vault_secret_id_file') ?? text(host, 'vault_token_file') ?? 'the inventory',
    cache: whereToCache(inventory, host, url, around.stateDir),
    register: secret => void redactor.register(secret),
    isName: (path, field) => isName(secrets, path, field),
    warn: message => warn(redactor.text(message)),
    clock,
  })
  return { port, endpoint: () => askEndpoint(port, host.name, url) }
}

function urlOf(host: InventoryHost): string {
  const address = text(host, 'vault_host') ?? text(host, 'ansible_host') ?? host.name
  const port = host.vars.vault_port ?? defaultPort
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`
}

function readLogin({ source }: Inventory, host: InventoryHost): VaultLogin {
  const roleIdFile = text(host, 'vault_role_id_file')
  const secretIdFile = text(host, 'vault_secret_id_file')
  const tokenFile = text(host, 'vault_token_file')
  if (roleIdFile !== undefined && secretIdFile !== undefined)
    return {
      roleId: readRoleId(roleIdFile),
      secretId: new SecretText(readSecretFile(secretIdFile, 'vault_secret_id_file')),
    }
  if (tokenFile !== undefined) return { token: new SecretText(readSecretFile(tokenFile, 'vault_token_file')) }
  throw new OpsError('INVENTORY_INVALID', {
    message: `inventory ${source} does not say how ops logs in to Vault`,
    hint: 'give vault_role_id_file and vault_secret_id_file, or vault_token_file, for the group vault',
  })
}

/** No secret: it says which role, and lets nobody in by itself. */
function readRoleId(file: string): string {
  try {
    const roleId = readFileSync(file, 'utf8').trim()
    if (roleId !== '') return roleId
    throw new Error('it is empty')
  } catch (cause) {
    throw new OpsError('SECRET_MISSING', {
      message: `the role id in ${file} cannot be read: ${(cause as Error).message}`,
      hint: 'the inventory names it as vault_role_id_file',
      cause,
    })
  }
}

function whereToCache(inventory: Inventory, host: InventoryHost, url: string, stateDir: string) {
  const hours = Number(host.vars.vault_cache_hours ?? defaultCacheHours)
  if (!Number.isFinite(hours) || hours < 0)
    throw new OpsError('INVENTORY_INVALID', {
      message: `inventory ${inventory.source} has vault_cache_hours: ${host.vars.vault_cache_hours}`,
      hint: 'it is a number of hours; 0 keeps nothing',
    })
  if (hours === 0) return null
  const directory = join(stateDir, 'vault-cache')
  const owner = `${inventory.source} ${url}`
  const keyFile = text(host, 'vault_cache_key_file')
  return {
    file: join(directory, `${createHash('sha256').update(owner).digest('hex').slice(0, 12)}.json`),
    keyFile: keyFile ?? join(directory, 'key'),
    makesKey: keyFile === undefined,
    owner,
    hours,
  }
}

const usualNames: ReadonlySet<string> = new Set(['username', 'user', 'principal'])

/** A user's name is no secret: were it redacted, no record could say any more whom it is about. */
const isName = (secrets: readonly SecretDeclaration[], path: string, field: string): boolean =>
  usualNames.has(field) || secrets.some(one => one.path === path && one.fields.principal === field)

async function askEndpoint(port: VaultPort, host: string, address: string) {
  try {
    const { initialised, sealed } = await port.health()
    const problem = !initialised ? 'is not initialised' : sealed ? 'is sealed' : null
    return { host, address, problem }
  } catch (thrown) {
    return { host, address, problem: toOpsError(thrown).message }
  }
}
