// What Vault says of itself, and of us.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { VaultCapability, VaultHealth, VaultSession } from '../../ports/vault.ts'
import type { Asker } from './ask.ts'
import type { Client } from './client.ts'
import { noAnswer } from './errors.ts'
import type { ConnectOptions } from './options.ts'
import { parse, timeOrNone } from './parse.ts'

const healthShape = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.boolean(),
  version: z.string(),
  cluster_id: z.string().nullish(),
  server_time_utc: z.number(),
})

/** Needs no login. It answers whatever the state of Vault is. */
export async function readHealth(client: Client, { host }: ConnectOptions): Promise<VaultHealth> {
  const call = { do: 'read', path: 'sys/health' } as const
  const reply = await client.send(call)
  if (reply.kind !== 'answer') throw noAnswer(call, host, reply)
  const { initialized, cluster_id, server_time_utc, ...health } = parse(healthShape, call, reply.body)
  return {
    initialised: initialized,
    sealed: health.sealed,
    standby: health.standby,
    version: health.version,
    clusterId: cluster_id || null,
    serverTimeMs: server_time_utc * 1000,
  }
}

const sessionShape = z.object({
  data: z.object({
    display_name: z.string(),
    policies: z.array(z.string()).nullish(),
    identity_policies: z.array(z.string()).nullish(),
    expire_time: timeOrNone,
    renewable: z.boolean().optional(),
    path: z.string(),
    meta: z.record(z.string(), z.string()).nullish(),
  }),
})

export async function readSession(asker: Asker): Promise<VaultSession> {
  const { data } = await asker.get(sessionShape, { do: 'read', path: 'auth/token/lookup-self' })
  return {
    displayName: data.display_name,
    policies: [...(data.policies ?? []), ...(data.identity_policies ?? [])],
    expiresAtMs: data.expire_time,
    renewable: data.renewable ?? false,
    role: data.path.startsWith('auth/approle/') ? (data.meta?.role_name ?? null) : null,
  }
}

const everything: readonly VaultCapability[] = ['create', 'read', 'update', 'patch', 'delete', 'list', 'sudo']
const known: ReadonlySet<string> = new Set([...everything, 'deny'])
const capabilitiesShape = z.object({ data: z.record(z.string(), z.unknown()) })

export async function readCapabilities(
  asker: Asker,
  apiPaths: readonly string[],
): Promise<ReadonlyMap<string, readonly VaultCapability[]>> {
  if (apiPaths.length === 0) return new Map()
  const call = { do: 'write', path: 'sys/capabilities-self', data: { paths: apiPaths } } as const
  const { data } = await asker.get(capabilitiesShape, call)
  return new Map(apiPaths.map(path => [path, judge(path, data[path])] as const))
}

/** A root token may do everything; what a newer version adds is left out. */
function judge(path: string, answered: unknown): readonly VaultCapability[] {
  if (!Array.isArray(answered))
    throw new OpsError('VAULT_REJECTED', {
      message: `Vault does not say what may be done at ${path}`,
      hint: 'ops is made for Vault 1.12 and newer',
    })
  if (answered.includes('root')) return everything
  const held = answered.filter((one): one is VaultCapability => known.has(String(one)))
  return held.length === 0 ? ['deny'] : held
}
