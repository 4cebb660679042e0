// What Vault says of itself and of this session. A Vault that is sealed or away is a fact, and no error.
import { type Look, type OpsError, toOpsError, type VaultHealth, type VaultSession } from '#sdk'

export interface VaultFacts {
  readonly health: Pick<VaultHealth, 'sealed' | 'initialised' | 'standby' | 'serverTimeMs'> | null
  /** This machine's clock at the same moment. */
  readonly askedAtMs: number
  readonly session: Pick<VaultSession, 'displayName' | 'expiresAtMs' | 'renewable' | 'role'> | null
  /** The AppRole that `ops` logs in with. */
  readonly role: string | null
  /** Why nothing can be read; `null` where it can. */
  readonly problem: string | null
}

export async function lookAtVault(look: Look): Promise<VaultFacts> {
  const askedAtMs = look.clock.now().getTime()
  let health: VaultHealth | null = null
  try {
    health = await look.vault.health()
    if (!health.initialised || health.sealed || health.standby)
      return { health, askedAtMs, session: null, role: null, problem: sayHealth(health) }
    const session = await look.vault.session()
    return { health, askedAtMs, session, role: session.role, problem: null }
  } catch (thrown) {
    return { health, askedAtMs, session: null, role: null, problem: vaultProblem(thrown).message }
  }
}

function sayHealth({ initialised, sealed }: VaultHealth): string {
  if (!initialised) return 'Vault is not initialised'
  return sealed ? 'Vault is sealed' : 'this Vault is a standby'
}

/** An error of Vault is a fact here; any other is thrown on. */
export function vaultProblem(thrown: unknown): OpsError {
  const error = toOpsError(thrown)
  if (error.code.startsWith('VAULT_')) return error
  throw thrown
}
