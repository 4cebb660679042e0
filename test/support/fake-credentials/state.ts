// The whole state of the fake systems as plain JSON, so that a test can hand it to another process.
import type { Code } from '../../../src/errors/index.ts'
import type { CredentialKind } from '../../../src/ports/credentials.ts'
import type { Json } from '../../../src/ports/json.ts'

/** Whose servers a kind of credential is checked by. */
export type FakeVendor = 'elasticsearch' | 'kafka' | 'vault'

export interface FakePrincipal {
  kind: CredentialKind
  owner: string
  name: string
  secret: string
  enabled: boolean
  grants: Json
  madeBy: string | null
}

/** What a server writes down of a login that it did not let in. `ops` itself is among those who are refused. */
export interface RefusedLogin {
  kind: CredentialKind
  principal: string
  address: string
  atMs: number
}

export interface FakeEndpoint {
  name: string
  vendor: FakeVendor
  /** `down`: no answer. `stale`: refuses everybody, as a node that has not read the security index yet. */
  trouble: 'down' | 'stale' | null
}

export interface FakeCredentialsState {
  principals: FakePrincipal[]
  endpoints: FakeEndpoint[]
  refusedLogins: RefusedLogin[]
  /** From where `ops` logs in. */
  opsAddress: string
  /** Counts secrets and names, so that the next one is another one whoever asks for it. */
  counter: number
  /** Why the next secrets that are made will not be taken. */
  rejections: string[]
  /** The next changes: carried out or not, in both cases without an answer. */
  lostAnswers: ('done' | 'not-done')[]
  /** Every request to this vendor fails like this. */
  failures: Partial<Record<FakeVendor, { code: Code; message: string }>>
  /** Principals whose grants are not those of the one that they were made like; `*`: whatever a run makes. */
  differing: string[]
  /** Principals that cannot write their canary; `*`: whatever a run makes. */
  cannotWrite: string[]
  /** Every change, in order: `make KIND NAME`, `enable`, `disable`, `revoke`. */
  history: string[]
}

export const vendorOf = (kind: CredentialKind): FakeVendor => {
  if (kind === 'kafka-scram') return 'kafka'
  return kind === 'vault-approle' ? 'vault' : 'elasticsearch'
}
