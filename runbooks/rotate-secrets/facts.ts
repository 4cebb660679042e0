// Everything that gates and plan look at, read once. Reads only, and no secret is kept: what a host uses is compared here and now.
import {
  type ClusterHealth,
  type ClusterIdentity,
  type Look,
  type Principal,
  type SecretDeclaration,
  toOpsError,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import type { PlannedConsumer } from './consumers.ts'
import { chooseSecrets } from './look-chosen.ts'
import { askAboutAll } from './look-consumers.ts'
import { lookAtSecret } from './look-secret.ts'
import { lookAtVault, type VaultFacts } from './look-vault.ts'
import { type RotateParams, secretsIn } from './params.ts'

export interface ConsumerFacts {
  readonly host: string
  /** `null`: the inventory does not say how it takes the secret. */
  readonly planned: PlannedConsumer | null
  /** It can be asked for its login, where that is how it is verified. */
  readonly verifiable: boolean
  /** Why Ansible could not ask it; `null` where it has answered. */
  readonly silent: string | null
  /** Why it does not work with the current secret; `null` where it does. */
  readonly problem: string | null
  /** Other files of it that hold the secret. */
  readonly elsewhere: readonly string[]
  /** There were more or larger files than it may search. */
  readonly searchedInPart: boolean
}

export interface SecretFacts {
  readonly declaration: SecretDeclaration
  /** Why it could not be looked at in Vault; `null` where it was. */
  readonly unreadable: string | null
  readonly mount: { readonly type: string; readonly version: number | null } | null
  readonly document: {
    readonly version: number
    /** Of how many versions the older ones stay. */
    readonly keptVersions: number
    /** Names only. */
    readonly fields: readonly string[]
    /** What its field for the principal says. */
    readonly principal: string | null
  } | null
  /** What `ops` has written about it. */
  readonly labels: Readonly<Record<string, string | null>>
  /** `capability on path`, of those that are missing. */
  readonly forbidden: readonly string[]
  /** A staged document, and whose it is. */
  readonly pending: { readonly run: string | null } | null
  readonly current: Principal | null
  /** The one whose turn it is; `null` where it is not there, or the kind has no turns. */
  readonly other: Principal | null
  /** Endpoints that do not let the current secret in, and why. */
  readonly refusedAt: readonly { readonly endpoint: string; readonly why: string }[]
  readonly endpoints: number
  readonly consumers: readonly ConsumerFacts[]
  /** Patterns that match no host of the inventory. */
  readonly unmatched: readonly string[]
}

export interface RotateFacts {
  readonly nowMs: number
  /** Ids that ops.config.ts declares. */
  readonly declared: readonly string[]
  /** Ids that were named and are not declared. */
  readonly unknown: readonly string[]
  readonly secrets: readonly SecretFacts[]
  readonly leftOut: readonly { readonly id: string; readonly why: string }[]
  readonly vault: VaultFacts
  /** Who `ops` itself is: `system name`. */
  readonly own: readonly { readonly system: 'elasticsearch' | 'kafka' | 'vault'; readonly name: string }[]
  /** `null` where no chosen secret is of Elasticsearch. */
  readonly cluster: {
    readonly identity: ClusterIdentity
    readonly inventory: NamedCluster
    readonly health: Pick<ClusterHealth, 'status'>
  } | null
  /** Hosts of Elasticsearch. */
  readonly nodes: readonly string[]
}

const healthTimeoutMs = 30_000

export async function lookAtSecrets(look: Look, params: RotateParams): Promise<RotateFacts> {
  const inventory = await look.ansible.inventory()
  const vault = await lookAtVault(look)
  const chosen = await chooseSecrets(look, inventory, params, vault.problem === null)
  // A Vault that cannot be asked says nothing of any secret: a gate refuses.
  const read = vault.problem === null ? chosen.secrets : []
  const usages = await askAboutAll(look, inventory, read)
  const secrets: SecretFacts[] = []
  const leftOut = [...chosen.leftOut]
  for (const one of usages) {
    const seen = await orAbsent(() => lookAtSecret(look, one), secretsIn(params) === null)
    if (seen !== null) secrets.push(seen)
    else leftOut.push({ id: one.declaration.id, why: 'this inventory lacks its system' })
  }
  const usesElastic = secrets.some(({ declaration }) => declaration.kind.startsWith('elasticsearch-'))
  return {
    nowMs: look.clock.now().getTime(),
    declared: look.secrets.map(({ id }) => id),
    unknown: chosen.unknown,
    secrets,
    leftOut,
    vault,
    own: ownNames(
      inventory.hosts.map(({ vars }) => vars),
      vault.role,
    ),
    cluster: usesElastic
      ? {
          identity: await look.elasticsearch.identity(),
          inventory: nameCluster(inventory),
          health: await look.elasticsearch.health({ timeoutMs: healthTimeoutMs }),
        }
      : null,
    nodes: inventory.hosts.filter(({ groups }) => groups.includes('elasticsearch')).map(({ name }) => name),
  }
}

/** `null` where the inventory has no such system, and nobody has named the secret. */
async function orAbsent<T>(look: () => Promise<T>, mayBeAbsent: boolean): Promise<T | null> {
  try {
    return await look()
  } catch (thrown) {
    if (mayBeAbsent && toOpsError(thrown).code === 'INVENTORY_INVALID') return null
    throw thrown
  }
}

function ownNames(
  vars: readonly Readonly<Record<string, unknown>>[],
  role: string | null,
): RotateFacts['own'] {
  const named = (name: string): string[] =>
    [
      ...new Set(vars.map(one => one[name]).filter(value => typeof value === 'string' && value !== '')),
    ] as string[]
  return [
    ...named('es_username').map(name => ({ system: 'elasticsearch' as const, name })),
    ...named('kafka_username').map(name => ({ system: 'kafka' as const, name })),
    ...[...new Set([...named('vault_role'), ...(role === null ? [] : [role])])].map(name => ({
      system: 'vault' as const,
      name,
    })),
  ]
}
