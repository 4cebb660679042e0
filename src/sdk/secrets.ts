// What ops.config.ts declares about one secret: where it stands, whose it is, who uses it, how it is made and for how long.
import type { CredentialKind, SecretPolicy } from '../ports/credentials.ts'

/** How one finds out that a consumer works: it reads and writes events (`events`), or its new login was let in from its own host (`login`). */
export type ConsumerProof = 'events' | 'login'

export interface ConsumerDeclaration {
  /** Ansible host pattern, such as `logstash`. How a host takes the secret is in the inventory: `secret_consumers`. */
  readonly hosts: string
  readonly verify: ConsumerProof
}

export interface SecretDeclaration {
  readonly id: string
  readonly kind: CredentialKind
  /** Of a service token, an AppRole, or API keys: see CredentialSystem. */
  readonly owner: string
  /** The document in Vault, as people write it: `secret/elk/logstash`. */
  readonly path: string
  /** Names of the fields that hold principal and secret. */
  readonly fields: { readonly principal: string; readonly secret: string }
  /** The names that take turns (two), or the one name. Empty for kinds of many names. */
  readonly principals: readonly string[]
  readonly consumers: readonly ConsumerDeclaration[]
  readonly policy: SecretPolicy
  /** Older ones are rotated by the monthly run, and named by audit-secrets. */
  readonly rotateAfterDays: number
  /** For how long nobody may be seen with the old one before it is revoked. */
  readonly soakMs: number
  /** A reserved user has a moment in which no secret works everywhere: somebody has agreed to it. */
  readonly gapAccepted: boolean
  /** The old one is revoked without asking another person. */
  readonly revokeWithoutApproval: boolean
}
