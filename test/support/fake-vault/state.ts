// Everything the fake Vault is, as plain JSON: a test saves it, kills the process and goes on in another one. Nothing here may be a
// class, a function or a Map.
import type { VaultCapability } from '../../../src/ports/vault.ts'

export interface FakeVersion {
  version: number
  createdAtMs: number
  fields: Record<string, string>
  deleted: boolean
  destroyed: boolean
}

export interface FakeDocument {
  /** Oldest first; the oldest of more than ten is dropped. */
  versions: FakeVersion[]
  current: number
  casRequired: boolean
  labels: Record<string, string>
}

export interface FakeSecretId {
  accessor: string
  secretId: string
  createdAtMs: number
  expiresAtMs: number | null
  metadata: Record<string, string>
}

export interface FakeRole {
  roleId: string
  secretIds: FakeSecretId[]
}

export interface FakeCached {
  version: FakeVersion
  cachedAtMs: number
}

/** What comes over the fake right before a call. `lose`: that call has its effect and is not answered; `drop`: it has none either. */
export type FakeTrouble =
  | { do: 'seal' | 'stop' | 'stand-by' | 'expire' | 'lose' | 'drop' }
  | { do: 'write'; path: string; fields: Record<string, string> }
  | { do: 'deny'; apiPath: string; capabilities: VaultCapability[] }

export interface FakePlanned {
  method: string
  /** `null`: of any path. */
  path: string | null
  trouble: FakeTrouble
}

export interface FakeVaultState {
  atMs: number
  running: boolean
  initialised: boolean
  sealed: boolean
  standby: boolean
  version: string
  clusterId: string
  /** How far its clock is ahead of ours. */
  skewMs: number
  /** `approle` logs in again once its token has ended; `token` is lost then. */
  auth: 'approle' | 'token'
  policies: string[]
  /** `null`: it does not end. */
  tokenLifetimeMs: number | null
  /** `null`: nobody is logged in. */
  token: { expiresAtMs: number | null; revoked: boolean } | null
  /** The secret-id or the token of `ops` itself is refused. */
  refusesLogin: boolean
  logins: number
  /** By name with a slash at its end. */
  mounts: Record<string, { type: string; version: number | null }>
  /** By path as people write it. */
  documents: Record<string, FakeDocument>
  roles: Record<string, FakeRole>
  /** By API path, which may end with a star: what is not allowed there. */
  denied: Record<string, VaultCapability[]>
  planned: FakePlanned[]
  /** What this machine would still have while Vault is away. */
  cache: Record<string, FakeCached>
  cacheHours: number
  /** Every write that had its effect, in order: `write secret/elk/logstash 3`. */
  effects: string[]
  made: number
}

export type FakeVaultOptions = Partial<
  Pick<
    FakeVaultState,
    'auth' | 'policies' | 'tokenLifetimeMs' | 'skewMs' | 'mounts' | 'cacheHours' | 'version'
  >
> & {
  /** First versions. */
  readonly documents?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Secret-ids that each AppRole begins with. */
  readonly roles?: Readonly<Record<string, number>>
}

export function createState(
  { documents = {}, roles = {}, ...given }: FakeVaultOptions,
  atMs: number,
): FakeVaultState {
  const state: FakeVaultState = {
    atMs,
    running: true,
    initialised: true,
    sealed: false,
    standby: false,
    version: '1.14.1',
    clusterId: '6f5c1b2e-0000-4000-8000-00000000fa4e',
    skewMs: 0,
    auth: 'token',
    policies: ['default', 'ops'],
    tokenLifetimeMs: null,
    token: null,
    refusesLogin: false,
    logins: 0,
    mounts: { 'secret/': { type: 'kv', version: 2 } },
    documents: {},
    roles: {},
    denied: {},
    planned: [],
    cache: {},
    cacheHours: 72,
    effects: [],
    made: 0,
    ...given,
  }
  for (const [path, fields] of Object.entries(documents)) addVersion(state, path, { ...fields })
  for (const [role, count] of Object.entries(roles)) {
    state.roles[role] = { roleId: `role-id-of-${role}`, secretIds: [] }
    for (let index = 0; index < count; index++) addSecretId(state, role, {})
  }
  return state
}

export const keptVersions = 10

/** @returns its number */
export function addVersion(state: FakeVaultState, path: string, fields: Record<string, string>): number {
  state.documents[path] ??= emptyDocument()
  const document = state.documents[path]
  document.current += 1
  document.versions.push({
    version: document.current,
    createdAtMs: state.atMs,
    fields,
    deleted: false,
    destroyed: false,
  })
  if (document.versions.length > keptVersions) document.versions.shift()
  state.effects.push(`write ${path} ${document.current}`)
  return document.current
}

export const emptyDocument = (): FakeDocument => ({
  versions: [],
  current: 0,
  casRequired: false,
  labels: {},
})

export function addSecretId(
  state: FakeVaultState,
  role: string,
  metadata: Record<string, string>,
): FakeSecretId {
  state.made += 1
  const number = String(state.made).padStart(4, '0')
  const made: FakeSecretId = {
    accessor: `accessor-${number}`,
    secretId: `secret-id-${number}-of-${role}`,
    createdAtMs: state.atMs,
    expiresAtMs: null,
    metadata,
  }
  state.roles[role]?.secretIds.push(made)
  return made
}
