// How the fake refuses: who may come in at all, and what a policy allows. In the words of the server.
import { type Code, OpsError } from '../../../src/errors/index.ts'
import type { VaultCapability } from '../../../src/ports/vault.ts'
import type { FakeVaultState } from './state.ts'

export const everyCapability: readonly VaultCapability[] = [
  'create',
  'delete',
  'list',
  'patch',
  'read',
  'sudo',
  'update',
]

export function refuse(code: Code, message: string): never {
  throw new OpsError(code, { message, hint: 'this is the fake Vault' })
}

/** Whether it can be asked at all. */
export function requireAwake({ running, initialised, sealed, standby }: FakeVaultState): void {
  if (!running) refuse('VAULT_UNREACHABLE', 'Vault does not answer: connect ECONNREFUSED')
  if (sealed || !initialised) refuse('VAULT_SEALED', 'Vault is sealed')
  if (standby) refuse('VAULT_STANDBY', 'this Vault is not the active one')
}

/** Logs in where that is needed and possible. */
export function requireSession(state: FakeVaultState): void {
  requireAwake(state)
  const { token } = state
  const ended =
    token === null || token.revoked || (token.expiresAtMs !== null && token.expiresAtMs <= state.atMs)
  if (!ended) return
  if (state.refusesLogin || (state.auth === 'token' && token !== null))
    refuse('VAULT_AUTH', 'Vault refuses the token: it has ended, or was revoked')
  const { tokenLifetimeMs } = state
  state.logins += 1
  state.token = {
    expiresAtMs: tokenLifetimeMs === null ? null : state.atMs + tokenLifetimeMs,
    revoked: false,
  }
}

export function capabilitiesAt(state: FakeVaultState, apiPath: string): readonly VaultCapability[] {
  const taken = Object.entries(state.denied).flatMap(([path, capabilities]) =>
    matches(path, apiPath) ? capabilities : [],
  )
  const left = everyCapability.filter(one => !taken.includes(one))
  return left.length === 0 ? ['deny'] : left
}

/** One of `anyOf` must be allowed. */
export function requireCapability(state: FakeVaultState, apiPath: string, ...anyOf: VaultCapability[]): void {
  const held = capabilitiesAt(state, apiPath)
  if (anyOf.some(one => held.includes(one))) return
  refuse('VAULT_FORBIDDEN', `the policies of ops do not allow ${anyOf.join(' or ')} on ${apiPath}`)
}

const matches = (pattern: string, apiPath: string): boolean =>
  pattern.endsWith('*') ? apiPath.startsWith(pattern.slice(0, -1)) : apiPath === pattern
