// AppRoles of the fake and their secret-ids.
import { SecretText } from '../../../src/ports/secret.ts'
import type { SecretIdInfo } from '../../../src/ports/vault.ts'
import { refuse, requireAwake, requireCapability, requireSession } from './refuse.ts'
import { addSecretId, type FakeRole, type FakeVaultState } from './state.ts'

const pathOf = (role: string, what: string): string => `auth/approle/role/${role}/${what}`

function roleNamed({ roles }: FakeVaultState, role: string): FakeRole {
  return roles[role] ?? refuse('VAULT_REJECTED', `Vault has no AppRole ${role}`)
}

export function readRoleId(state: FakeVaultState, role: string): string {
  requireSession(state)
  requireCapability(state, pathOf(role, 'role-id'), 'read')
  return roleNamed(state, role).roleId
}

export function makeSecretId(
  state: FakeVaultState,
  role: string,
  metadata: Readonly<Record<string, string>>,
): { accessor: string; secretId: SecretText } {
  requireSession(state)
  requireCapability(state, pathOf(role, 'secret-id'), 'create', 'update')
  roleNamed(state, role)
  const { accessor, secretId } = addSecretId(state, role, { ...metadata })
  state.effects.push(`secret-id ${role} ${accessor}`)
  return { accessor, secretId: new SecretText(secretId) }
}

export function readSecretIds(state: FakeVaultState, role: string): readonly SecretIdInfo[] {
  requireSession(state)
  requireCapability(state, pathOf(role, 'secret-id'), 'list')
  requireCapability(state, pathOf(role, 'secret-id-accessor/lookup'), 'create', 'update')
  return roleNamed(state, role).secretIds.map(({ accessor, createdAtMs, expiresAtMs, metadata }) => ({
    accessor,
    createdAtMs,
    expiresAtMs,
    metadata: { ...metadata },
  }))
}

export function destroySecretId(state: FakeVaultState, role: string, accessor: string): void {
  requireSession(state)
  requireCapability(state, pathOf(role, 'secret-id-accessor/destroy'), 'create', 'update')
  const found = roleNamed(state, role)
  found.secretIds = found.secretIds.filter(one => one.accessor !== accessor)
  state.effects.push(`destroy-secret-id ${role} ${accessor}`)
}

export function logsIn(state: FakeVaultState, role: string, secretId: SecretText): boolean {
  requireAwake(state)
  readRoleId(state, role)
  return roleNamed(state, role).secretIds.some(
    one => one.secretId === secretId.reveal() && (one.expiresAtMs === null || one.expiresAtMs > state.atMs),
  )
}
