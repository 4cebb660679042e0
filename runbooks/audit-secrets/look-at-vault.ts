// Vault itself: whether it answers, how far its clock is from ours, and what of our own way in is about to end. Reads only.
import type { Look, SecretIdInfo, VaultHealth, VaultSession } from '#sdk'
import { type Attempt, attempt } from './attempt.ts'

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

/** An election is over in less: it is nothing to wake anybody for. */
const patienceMs = 20_000
const everyMs = 2000

export async function lookAtVault(look: Pick<Look, 'vault' | 'clock' | 'secrets'>): Promise<VaultFacts> {
  const health = await lookAtHealth(look)
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

async function lookAtHealth({ vault, clock }: Pick<Look, 'vault' | 'clock'>): Promise<Attempt<VaultHealth>> {
  const endMs = clock.monotonicMs() + patienceMs
  for (;;) {
    const health = await attempt(() => vault.health())
    const mayPass = health.value === null ? health.problem.next === 'wait' : health.value.standby
    if (!mayPass || clock.monotonicMs() >= endMs) return health
    await clock.sleep(everyMs)
  }
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
