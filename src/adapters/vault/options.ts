// What is needed to reach one Vault. Secrets in it are used, registered for redaction, and must never be printed or kept anywhere else.
import type { Clock } from '../../ports/clock.ts'
import type { SecretText } from '../../ports/secret.ts'

/** By an AppRole we log in again whenever it is needed; a token that was given is all there is. */
export type VaultLogin =
  | { readonly roleId: string; readonly secretId: SecretText }
  | { readonly token: SecretText }

export interface CacheOptions {
  /** The encrypted file. */
  readonly file: string
  /** Its key; made at the first use where `makesKey`, and given by somebody otherwise. */
  readonly keyFile: string
  readonly makesKey: boolean
  /** Whose secrets they are: the inventory. What another one has cached is refused. */
  readonly owner: string
  /** Older copies are refused. */
  readonly hours: number
}

export interface ConnectOptions {
  /** Such as `https://10.0.5.1:8200`. */
  readonly url: string
  /** Inventory name of the host, for messages. */
  readonly host: string
  /** PEM file of the CA that signed its certificate; without it the CAs of the system count. */
  readonly caFile?: string
  /** A KV v2 mount that is taken for granted where Vault does not tell us which mounts there are. */
  readonly mountHint?: string
  /** Asked at every login, so that a secret-id that was replaced meanwhile is found. */
  readonly login: () => VaultLogin
  /** Where the login came from, for the hint when it is refused. */
  readonly loginFrom?: string
  readonly cache: CacheOptions | null
  /** Hears every secret before anybody else has it. */
  readonly register: (secret: string) => void
  /** Fields that hold a name and no secret: a user name that was redacted would be missing from every record. */
  readonly isName?: (path: string, field: string) => boolean
  /** Something that a person has to know now. */
  readonly warn: (text: string) => void
  readonly clock: Clock
  /** Longest wait for one answer; 10 s by default. */
  readonly requestTimeoutMs?: number
}
