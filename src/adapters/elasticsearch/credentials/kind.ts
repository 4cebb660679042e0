// What each kind of Elasticsearch credential has to be able to do; port.ts chooses the one that is meant. No secret is kept here.
import { OpsError } from '#errors'
import type { Credential, CredentialsPort, Principal } from '../../../ports/credentials.ts'
import type { Login } from '../options.ts'

export type Wanted = Parameters<CredentialsPort['make']>[1]

/** What the APIs of roles, API keys and service accounts answer alike; more than this is carried along unread. */
export interface RoleDescriptor {
  readonly cluster?: readonly string[] | undefined
  readonly indices?: readonly IndexRights[] | undefined
  readonly applications?: readonly ApplicationRights[] | undefined
}
export interface IndexRights {
  readonly names: readonly string[]
  readonly privileges: readonly string[]
  readonly allow_restricted_indices?: boolean | undefined
}
export interface ApplicationRights {
  readonly application: string
  readonly privileges: readonly string[]
  readonly resources: readonly string[]
}

/** The answer of `GET _security/_authenticate`. */
export interface Authenticated {
  readonly username: string
  readonly roles: readonly string[]
  readonly api_key?: { readonly id: string } | undefined
  readonly token?: { readonly name: string } | undefined
}

export interface Kind {
  /** @throws OpsError CONFIG_INVALID where it cannot be a name of this kind */
  checkName(name: string): void
  find(owner: string, name: string): Promise<Principal | null>
  list(owner: string, names: readonly string[]): Promise<readonly Principal[]>
  make(owner: string, wanted: Wanted): Promise<Credential>
  loginOf(credential: Credential): Login
  /** The principal among those who may be there at once. */
  readName(answer: Authenticated): string
  /** What it may do, read as `ops`. */
  rightsOf(owner: string, name: string): Promise<readonly RoleDescriptor[]>
  setEnabled(owner: string, name: string, enabled: boolean): Promise<void>
  revoke(owner: string, name: string): Promise<void>
}

export const missing = (what: string, hint: string): OpsError =>
  new OpsError('CLUSTER_REJECTED', { message: `Elasticsearch has no ${what}`, hint })

export const unsupported = (message: string, hint: string): OpsError =>
  new OpsError('UNSUPPORTED', { message, hint })

/** Names go into paths and lists: a comma or a star would mean several. */
export function checkWord(name: string, what: string): void {
  if (/^[\w.@$-]+$/.test(name)) return
  throw new OpsError('CONFIG_INVALID', {
    message: `"${name}" is no name of ${what} that ops rotates`,
    hint: 'letters, digits and . _ - @ $',
  })
}
