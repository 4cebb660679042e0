// Vault after its start is sealed, and only people can change that: they are waited for. Waits only.
import { durationMs, OpsError, type Run, toOpsError } from '#sdk'

export function waitForVault(run: Run, giveUp: string): Promise<null> {
  return run.wait({
    subject: 'vault',
    title: 'is unsealed',
    everyMs: 2000,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    poll: async () => {
      const text = await explainSealed(run)
      return text === null ? { done: null } : { progress: text, text }
    },
    orElse: lastSeen =>
      new OpsError('VAULT_SEALED', {
        message: `Vault does not serve: ${lastSeen}`,
        hint: 'vault operator unseal',
      }),
  })
}

async function explainSealed({ vault }: Run): Promise<string | null> {
  try {
    return (await vault.health()).sealed ? 'it is sealed; people unseal it: vault operator unseal' : null
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code === 'VAULT_UNREACHABLE' || code === 'VAULT_SEALED') return message
    throw thrown
  }
}
