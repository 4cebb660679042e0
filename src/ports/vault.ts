// Vault as runbooks see it: one KV v2 mount per path, AppRoles, and who we are there. Times are epoch milliseconds. Every method throws
// OpsError VAULT_UNREACHABLE, VAULT_SEALED, VAULT_STANDBY, VAULT_AUTH (token or login refused, or expired) or VAULT_FORBIDDEN; writes
// may also throw VAULT_CONFLICT (check-and-set), and OUTCOME_UNKNOWN, which the caller resolves by reading. A write is never answered
// from the cache.
import type { SecretText } from './secret.ts'

/** `GET sys/health`; never throws for a Vault that answers, whatever its state. */
export interface VaultHealth {
  readonly initialised: boolean
  readonly sealed: boolean
  readonly standby: boolean
  readonly version: string
  readonly clusterId: string | null
  /** Its clock. */
  readonly serverTimeMs: number
}

/** `GET auth/token/lookup-self` */
export interface VaultSession {
  readonly displayName: string
  readonly policies: readonly string[]
  /** `null`: it does not end. */
  readonly expiresAtMs: number | null
  readonly renewable: boolean
  /** The AppRole that it was got by, `null` where it was another way. */
  readonly role: string | null
}

/** `GET <mount>/data/<path>`: one version of a document. */
export interface SecretDocument {
  readonly path: string
  readonly version: number
  readonly createdAtMs: number
  readonly fields: Readonly<Record<string, SecretText>>
  /** When it was put into the cache of this machine; `null`: Vault itself has answered. */
  readonly cachedAtMs: number | null
}

export interface SecretVersion {
  readonly version: number
  readonly createdAtMs: number
  /** Deleted or destroyed: it cannot be read. */
  readonly gone: boolean
}

/** `GET <mount>/metadata/<path>` */
export interface SecretMetadata {
  readonly currentVersion: number
  readonly casRequired: boolean
  /** How many versions Vault keeps of it: its own number, or 10 where it has none (its mount may say otherwise). */
  readonly maxVersions: number
  /** Oldest first. */
  readonly versions: readonly SecretVersion[]
  /** `custom_metadata` */
  readonly labels: Readonly<Record<string, string>>
}

/** `GET sys/internal/ui/mounts/<path>` */
export interface VaultMount {
  readonly mount: string
  readonly type: string
  /** Of a kv mount: 1 or 2. */
  readonly version: number | null
}

export type VaultCapability = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list' | 'sudo' | 'deny'

/** `auth/approle/role/<role>/secret-id-accessor/lookup` */
export interface SecretIdInfo {
  readonly accessor: string
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly metadata: Readonly<Record<string, string>>
}

export interface VaultPort {
  health(): Promise<VaultHealth>
  /** Logs in where that was not done yet. */
  session(): Promise<VaultSession>
  mountOf(path: string): Promise<VaultMount>
  /** `path` as people write it, `secret/elk/logstash`; what is asked is `<mount>/data/...`. By API path. */
  capabilities(apiPaths: readonly string[]): Promise<ReadonlyMap<string, readonly VaultCapability[]>>
  /**
   * The current version, or the one that is asked for; `null` where there is none or it is gone. Registered for redaction. While Vault
   * is out of reach, sealed or standing by, the current version comes from the encrypted cache of this machine, where that has it and
   * it is not too old: `cachedAtMs` says so, and a notice does.
   */
  read(path: string, version?: number): Promise<SecretDocument | null>
  /** The same, and never from the cache. */
  readFresh(path: string, version?: number): Promise<SecretDocument | null>
  /** `null` where nothing was ever written there. */
  metadata(path: string): Promise<SecretMetadata | null>
  /** Names right below a path; a folder ends with a slash. */
  list(path: string): Promise<readonly string[]>
  /** Writes a version on top of `cas` (0: nothing is there yet). @returns its number */
  write(path: string, fields: Readonly<Record<string, SecretText>>, cas: number): Promise<number>
  /** Merges labels; `null` takes one away. */
  label(path: string, labels: Readonly<Record<string, string | null>>): Promise<void>
  /** For good. */
  destroyVersions(path: string, versions: readonly number[]): Promise<void>
  /** Everything at the path, for good. */
  removeAll(path: string): Promise<void>
  roleId(role: string): Promise<string>
  makeSecretId(
    role: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<{ accessor: string; secretId: SecretText }>
  secretIds(role: string): Promise<readonly SecretIdInfo[]>
  destroySecretId(role: string, accessor: string): Promise<void>
  /** Whether an AppRole logs in with this; the token that it gets is revoked at once. */
  logsIn(role: string, secretId: SecretText): Promise<boolean>
  /** Ends the session: its token is revoked. */
  close(): Promise<void>
}
