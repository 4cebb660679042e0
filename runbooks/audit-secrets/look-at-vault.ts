// Vault itself: whether it answers, how far its clock is from ours, and what of our own way in is about to end. Reads only.
import type { Look, SecretIdInfo, VaultSession } from '#sdk'
import { attempt } from './attempt.ts'

export interface RoleFacts {
  readonly role: string
  /** `null`: they cannot be listed. */
  readonly secretIds: readonly Pick<SecretIdInfo, 'accessor' | 'expiresAtMs'>[] | null
  readonly problem: string | null
}

export interface VaultFacts {
  /** Why nothing can be read from it at this moment; `null`: it can. */
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null
  /** How far its clock is ahead of ours; `null`: it has not said. */
  readonly skewMs: number | null
  readonly session: Pick<VaultSession, 'expiresAtMs' | 'role' | 'renewable'> | null
  readonly roles: readonly RoleFacts[]
}

export async function lookAtVault(look: Pick<Look, 'vault' | 'clock' | 'secrets'>): Promise<VaultFacts> {
  const health = await attempt(() => look.vault.health())
  if (health.value === null) return away(health.problem, null)
  const { sealed, initialised, standby, serverTimeMs } = health.value
  const skewMs = serverTimeMs - look.clock.now().getTime()
  if (sealed || !initialised) {
    const message = initialised ? 'Vault is sealed' : 'Vault is not initialised'
    return away({ code: 'VAULT_SEALED', message, hint: 'unseal it: vault operator unseal' }, skewMs)
  }
  if (standby) return away({ code: 'VAULT_STANDBY', message: 'this Vault is not the active one' }, skewMs)
  const session = await attempt(() => look.vault.session())
  if (session.value === null) return away(session.problem, skewMs)
  const { expiresAtMs, role, renewable } = session.value
  const declared = look.secrets.filter(({ kind }) => kind === 'vault-approle').map(({ owner }) => owner)
  const names = [...new Set([...(role === null ? [] : [role]), ...declared])]
  const roles: RoleFacts[] = []
  for (const name of names) roles.push(await lookAtRole(look, name))
  return { problem: null, skewMs, session: { expiresAtMs, role, renewable }, roles }
}

async function lookAtRole({ vault }: Pick<Look, 'vault'>, role: string): Promise<RoleFacts> {
  const { value, problem } = await attempt(() => vault.secretIds(role))
  const secretIds = value?.map(({ accessor, expiresAtMs }) => ({ accessor, expiresAtMs })) ?? null
  return { role, secretIds, problem: problem?.message ?? null }
}

const away = (
  {
    code,
    message,
    hint,
  }: { readonly code: string; readonly message: string; readonly hint?: string | undefined },
  skewMs: number | null,
): VaultFacts => ({
  problem: { code, message, hint: hint ?? null },
  skewMs,
  session: null,
  roles: [],
})
