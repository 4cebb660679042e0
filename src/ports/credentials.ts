// Users, keys and tokens of the systems that `ops` rotates, alike for every kind. A method that is given a kind which its inventory
// lacks throws INVENTORY_INVALID. What a system refuses as a secret is SECRET_REJECTED: another is to be made, never the same again.
import type { Json } from './json.ts'
import type { SecretText } from './secret.ts'

/**
 * How a kind is replaced. `names`: how many principals there are: `two` take turns (`logstash_a`, `logstash_b`), `many` may be there at
 * once, `one` has a gap between the old secret and the new. `mints`: who makes the secret.
 */
export const credentialKinds = {
  'elasticsearch-user': { names: 'two', mints: 'ops' },
  'elasticsearch-reserved-user': { names: 'one', mints: 'ops' },
  'elasticsearch-api-key': { names: 'many', mints: 'system' },
  'elasticsearch-service-token': { names: 'many', mints: 'system' },
  'kafka-scram': { names: 'two', mints: 'ops' },
  'vault-approle': { names: 'many', mints: 'system' },
} as const satisfies Record<string, { names: 'two' | 'many' | 'one'; mints: 'ops' | 'system' }>

export type CredentialKind = keyof typeof credentialKinds

export interface CredentialSystem {
  readonly kind: CredentialKind
  /** `elastic/kibana` of a service token, the AppRole of a secret-id, the name that API keys of one purpose share; else empty. */
  readonly owner: string
}

/** Who somebody is. Of API keys the id, of service tokens the token's name, of secret-ids the accessor; else the user's name. */
export interface Principal {
  readonly name: string
  readonly enabled: boolean
  /** What it may do, such that equal rights are equal JSON: role names sorted, role descriptors, ACLs. */
  readonly grants: Json
  /** The mark that it was made with (`run` of `make`), where the system can carry one; else `null`. */
  readonly madeBy: string | null
}

/** What stands in Vault and what consumers are given. */
export interface Credential {
  readonly principal: string
  readonly secret: SecretText
}

/** What one endpoint (node, broker) said to a login. */
export interface LoginAnswer {
  readonly endpoint: string
  /** The principal as the system names it; `null`: refused, or no answer. */
  readonly as: string | null
  /** Why not; `null` where it was let in. */
  readonly problem: string | null
  /** The system itself has refused, which is not the same as no answer. */
  readonly refused: boolean
}

/** Of which characters a secret is made, and of how many. */
export interface SecretPolicy {
  readonly length: number
  /** Every character that may stand in it, such as `A-Za-z0-9` written out. */
  readonly alphabet: string
}

export interface CredentialsPort {
  /** Random, of at least one character of each of lower case, upper case and digits that the alphabet has. Registered for redaction. */
  generate(policy: SecretPolicy): Promise<SecretText>
  /** `null` where there is none. */
  find(system: CredentialSystem, name: string): Promise<Principal | null>
  /** Every principal of the owner; of users only those that `names` has. */
  list(system: CredentialSystem, names: readonly string[]): Promise<readonly Principal[]>
  /**
   * Makes a principal, or gives an existing one a new secret and enables it, with the grants of `like`, and marks it with the run where
   * the system can. `secret` is `null` where the system makes it; then `name` is a wish, and the answer has what it became.
   * @throws OpsError SECRET_REJECTED
   */
  make(
    system: CredentialSystem,
    wanted: {
      readonly name: string
      readonly like: string
      readonly secret: SecretText | null
      /** That of `like`: where secrets of a kind may be written in several ways, the new one is written in the same. */
      readonly likeSecret?: SecretText
      /** Of users the run; of what may be there many times also for which secret. */
      readonly run: string
    },
  ): Promise<Credential>
  /** Logs in at every endpoint of the system, once each. */
  logIn(system: CredentialSystem, credential: Credential): Promise<readonly LoginAnswer[]>
  /**
   * Proves what a new credential may do, as it and not as `ops`: a document or message written and read on a canary of its own where its
   * grants allow that, its privileges compared with those of `like`. What was not as it should be; empty: all well.
   */
  prove(system: CredentialSystem, credential: Credential, like: string): Promise<readonly string[]>
  /** Lets a principal in, or keeps it out and its secret as it is. Kinds of `many` names and Kafka users cannot be kept out: UNSUPPORTED. */
  setEnabled(system: CredentialSystem, name: string, enabled: boolean): Promise<void>
  /** Ends a secret for good: the user gets a random one and is disabled; a key, token or secret-id is deleted. */
  revoke(system: CredentialSystem, name: string): Promise<void>
}

/** Kinds whose principals can be kept out for a while. */
export const canBeDisabled = (kind: CredentialKind): boolean => kind === 'elasticsearch-user'
