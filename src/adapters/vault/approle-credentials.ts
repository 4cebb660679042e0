// Secret-ids of an AppRole as credentials that are rotated. A secret-id is known by its accessor, and its text is told once: when it is made.
// It must never ask Vault for anything but by VaultPort.
import { OpsError } from '#errors'
import type { CredentialSystem, CredentialsPort, Principal } from '../../ports/credentials.ts'
import type { SecretIdInfo, VaultPort } from '../../ports/vault.ts'

export type AppRoleCredentials = Omit<CredentialsPort, 'generate'>

/** What is written to a secret-id, so that a resumed run finds the one it has made. */
const labels = { run: 'ops_run', secret: 'ops_secret' } as const

/** These say that nobody was asked, not that somebody was refused. */
const noAnswer: ReadonlySet<string> = new Set(['VAULT_UNREACHABLE', 'VAULT_SEALED', 'VAULT_STANDBY'])

export function openAppRoleCredentials(vault: VaultPort): AppRoleCredentials {
  const list = async (role: string): Promise<readonly Principal[]> =>
    (await vault.secretIds(role)).map(info => toPrincipal(role, info))
  return {
    find: async (system, name) => (await list(roleOf(system))).find(one => one.name === name) ?? null,
    list: async system => list(roleOf(system)),
    make: async (system, { name, secret, run }) => {
      const role = roleOf(system)
      if (secret !== null)
        throw new OpsError('BUG', { message: 'Vault makes secret-ids itself: one was given' })
      const { accessor, secretId } = await vault.makeSecretId(role, {
        [labels.run]: run,
        [labels.secret]: name,
      })
      return { principal: accessor, secret: secretId }
    },
    logIn: async (system, { principal, secret }) => {
      const answer = { endpoint: 'vault', as: null, problem: null, refused: false }
      try {
        return (await vault.logsIn(roleOf(system), secret))
          ? [{ ...answer, as: principal }]
          : [{ ...answer, problem: 'refuses the secret-id', refused: true }]
      } catch (thrown) {
        if (!(thrown instanceof OpsError && noAnswer.has(thrown.code))) throw thrown
        return [{ ...answer, problem: thrown.message }]
      }
    },
    prove: async (system, { principal, secret }) => {
      // Every secret-id of a role may do the same: what is left to prove is that this is one of them.
      const role = roleOf(system)
      const known = (await list(role)).some(({ name }) => name === principal)
      return [
        ...(known ? [] : [`the role ${role} has no secret-id of the accessor ${principal}`]),
        ...((await vault.logsIn(role, secret)) ? [] : [`the role ${role} refuses the secret-id`]),
      ]
    },
    setEnabled: async (_system, name) => {
      throw new OpsError('UNSUPPORTED', {
        message: `Vault cannot keep the secret-id of ${name} out for a while`,
        hint: 'revoke it once nobody uses it any more',
      })
    },
    revoke: async (system, name) => {
      const role = roleOf(system)
      // Asked again after it is gone, Vault would say that it knows no such accessor.
      if ((await list(role)).some(one => one.name === name)) await vault.destroySecretId(role, name)
    },
  }
}

const toPrincipal = (role: string, { accessor, metadata }: SecretIdInfo): Principal => ({
  name: accessor,
  enabled: true,
  grants: [role],
  madeBy: metadata[labels.run] ?? null,
})

function roleOf({ kind, owner }: CredentialSystem): string {
  if (kind !== 'vault-approle')
    throw new OpsError('BUG', { message: `Vault has no credentials of the kind ${kind}` })
  if (owner !== '') return owner
  throw new OpsError('CONFIG_INVALID', {
    message: 'a secret of the kind vault-approle does not say of which AppRole',
    hint: 'set its owner in ops.config.ts to the name of the role',
  })
}
