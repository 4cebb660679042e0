// AppRoles and their secret-ids.
import { z } from 'zod'
import { OpsError } from '#errors'
import { SecretText } from '../../ports/secret.ts'
import type { SecretIdInfo, VaultPort } from '../../ports/vault.ts'
import type { Asker } from './ask.ts'
import type { Client } from './client.ts'
import type { ConnectOptions } from './options.ts'
import { time, timeOrNone } from './parse.ts'
import type { Session } from './session.ts'

const roleIdShape = z.object({ data: z.object({ role_id: z.string() }) })
const madeShape = z.object({
  data: z.object({ secret_id: z.string().min(1), secret_id_accessor: z.string().min(1) }),
})
const accessorsShape = z.object({ data: z.object({ keys: z.array(z.string()) }) })
const infoShape = z.object({
  data: z.object({
    creation_time: time,
    expiration_time: timeOrNone,
    metadata: z.record(z.string(), z.string()).nullish(),
  }),
})

type AppRoles = Pick<VaultPort, 'roleId' | 'makeSecretId' | 'secretIds' | 'destroySecretId' | 'logsIn'>

const pathOf = (role: string, what: string): string => `auth/approle/role/${encodeURIComponent(role)}/${what}`

export function openAppRoles(
  asker: Asker,
  session: Session,
  client: Client,
  { register }: ConnectOptions,
): AppRoles {
  const describe = async (role: string, accessor: string): Promise<SecretIdInfo | null> => {
    const call = {
      do: 'write',
      path: pathOf(role, 'secret-id-accessor/lookup'),
      data: { secret_id_accessor: accessor },
    } as const
    // Gone since it was listed.
    const found = await asker.find(infoShape, call)
    if (found === null) return null
    const { creation_time, expiration_time, metadata } = found.data
    return {
      accessor,
      createdAtMs: creation_time,
      expiresAtMs: expiration_time,
      metadata: metadata ?? {},
    }
  }
  const roleId = async (role: string): Promise<string> => {
    const found = await asker.find(roleIdShape, { do: 'read', path: pathOf(role, 'role-id') })
    if (found !== null) return found.data.role_id
    throw new OpsError('VAULT_REJECTED', {
      message: `Vault has no AppRole ${role}`,
      hint: 'check its name: vault list auth/approle/role',
    })
  }
  return {
    roleId,
    async makeSecretId(role, metadata) {
      const { data } = await asker.get(madeShape, {
        do: 'write',
        path: pathOf(role, 'secret-id'),
        data: { metadata: JSON.stringify(metadata) },
        effect: true,
      })
      register(data.secret_id)
      return { accessor: data.secret_id_accessor, secretId: new SecretText(data.secret_id) }
    },
    async secretIds(role) {
      const listed = await asker.find(accessorsShape, { do: 'list', path: pathOf(role, 'secret-id') })
      const all = await Promise.all((listed?.data.keys ?? []).map(accessor => describe(role, accessor)))
      return all.filter(one => one !== null).sort((a, b) => a.createdAtMs - b.createdAtMs)
    },
    async destroySecretId(role, accessor) {
      const call = {
        do: 'write',
        path: pathOf(role, 'secret-id-accessor/destroy'),
        data: { secret_id_accessor: accessor },
        effect: true,
      } as const
      // Older ones answer 500 for an accessor that they do not know.
      const { status, body } = await asker.ask({ ...call, accept: [404, 500] })
      if (status === 500 && !JSON.stringify(body ?? '').includes('failed to find accessor'))
        throw new OpsError('OUTCOME_UNKNOWN', {
          message: `Vault failed while it destroyed the secret-id ${accessor} of ${role}`,
          hint: 'see whether it is still listed before anything is sent again',
        })
    },
    async logsIn(role, secretId) {
      const token = await session.loginAs(await roleId(role), secretId.reveal())
      if (token === null) return false
      await client.send({ do: 'write', path: 'auth/token/revoke-self', token, limitMs: 3000 })
      return true
    },
  }
}
