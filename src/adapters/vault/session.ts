// Who we are in Vault: logs in when that is first needed, renews before the token ends, logs in again where it could not be kept. It must
// never revoke a token that it was given.
import { z } from 'zod'
import type { Call, Client } from './client.ts'
import { closedDoor, noAnswer, readReason, refusedLogin, rejected } from './errors.ts'
import type { ConnectOptions } from './options.ts'
import { parse } from './parse.ts'

const grant = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number(), renewable: z.boolean() }),
})
const self = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().optional() }) })

interface Granted {
  readonly auth?: z.output<typeof grant>['auth']
  readonly refusal?: string
}

interface Token {
  /** We have logged in for it, so it is ours to revoke. */
  readonly ours: boolean
  /** `null`: it does not end. */
  readonly lifetimeMs: number | null
  readonly endsAtMs: number | null
  readonly renewable: boolean
}

export interface Session {
  /** A token that is good for a while yet. */
  ensure(): Promise<void>
  /** After a refusal of this token: whether another try with a new one makes sense. @throws OpsError VAULT_AUTH where ours has ended for good */
  renewAfterRefusal(used: string | null): Promise<boolean>
  /** A login whose token is handed back. */
  loginAs(roleId: string, secretId: string): Promise<string | null>
  close(): Promise<void>
}

const farewellMs = 3000
const lookUp: Call = { do: 'read', path: 'auth/token/lookup-self' }
const renew: Call = { do: 'write', path: 'auth/token/renew-self' }
const revoke: Call = { do: 'write', path: 'auth/token/revoke-self', limitMs: farewellMs }
const login: Call = { do: 'approleLogin', path: 'auth/approle/login' }

export function openSession(client: Client, options: ConnectOptions): Session {
  const { host, clock, register } = options
  let token: Token | null = null
  let busy: Promise<void> | null = null

  /** What Vault answers, where it serves anybody at all. */
  const ask = async (call: Call): Promise<{ status: number; body: unknown; reason: string }> => {
    const reply = await client.send(call)
    if (reply.kind !== 'answer') throw noAnswer(call, host, reply)
    const closed = closedDoor(call, host, reply)
    if (closed) throw closed
    if (reply.status >= 500) throw rejected(call, host, reply)
    return { ...reply, reason: readReason(reply, call) }
  }

  const take = (seconds: number, renewable: boolean, ours: boolean): Token => {
    const lifetimeMs = seconds === 0 ? null : seconds * 1000
    return {
      ours,
      lifetimeMs,
      endsAtMs: lifetimeMs === null ? null : clock.monotonicMs() + lifetimeMs,
      renewable,
    }
  }

  const requestToken = async (roleId: string, secretId: string): Promise<Granted> => {
    const call = { ...login, data: { role_id: roleId, secret_id: secretId } }
    const { status, body, reason } = await ask(call)
    if ((status === 400 || status === 403) && reason !== '') return { refusal: reason }
    if (status !== 200) throw rejected(call, host, { kind: 'answer', status, body })
    const { auth } = parse(grant, login, body)
    register(auth.client_token)
    return { auth }
  }

  const logIn = async (): Promise<void> => {
    const given = options.login()
    if ('token' in given) {
      register(given.token.reveal())
      client.setToken(given.token.reveal())
      const { status, body, reason } = await ask(lookUp)
      if (status !== 200) {
        client.setToken(null)
        throw refusedLogin(
          host,
          `the token (${reason || `HTTP ${status}`}): it has ended or was revoked`,
          options.loginFrom,
        )
      }
      const { data } = parse(self, lookUp, body)
      token = take(data.ttl, data.renewable ?? false, false)
      return
    }
    register(given.secretId.reveal())
    const old = token?.ours ? client.token : null
    const { auth, refusal } = await requestToken(given.roleId, given.secretId.reveal())
    if (auth === undefined) throw refusedLogin(host, `the login by AppRole (${refusal})`, options.loginFrom)
    if (old !== null) await client.send(revoke)
    client.setToken(auth.client_token)
    token = take(auth.lease_duration, auth.renewable, true)
  }

  /** Whether the token is good for longer now. */
  const prolong = async (): Promise<boolean> => {
    const { status, body } = await ask(renew)
    if (status !== 200) return false
    const { auth } = parse(grant, renew, body)
    const next = take(auth.lease_duration, auth.renewable, token?.ours ?? false)
    // At the end of its longest life a renewed token gets what is left of it.
    const longer = (next.endsAtMs ?? Number.POSITIVE_INFINITY) > (token?.endsAtMs ?? 0) + 1000
    token = { ...next, lifetimeMs: longer ? next.lifetimeMs : (token?.lifetimeMs ?? next.lifetimeMs) }
    return longer
  }

  const keepUp = async (): Promise<void> => {
    if (token === null) return logIn()
    const { endsAtMs, lifetimeMs, renewable, ours } = token
    if (endsAtMs === null || lifetimeMs === null) return
    if (endsAtMs - clock.monotonicMs() >= lifetimeMs / 3) return
    if (renewable && (await prolong())) return
    if (ours) return logIn()
    // There is nothing to get another one from: it is used for as long as it lasts, and Vault says when it has ended.
    token = { ...token, renewable: false }
  }

  const once = (work: () => Promise<void>): Promise<void> => {
    busy ??= work().finally(() => {
      busy = null
    })
    return busy
  }

  return {
    ensure: () => once(keepUp),
    async renewAfterRefusal(used) {
      if (used === null) return false
      const { status } = client.token === used ? await ask(lookUp) : { status: 403 }
      if (status === 200) return false
      if (client.token !== used) {
        // Somebody else of this process has seen to it meanwhile.
        await once(keepUp)
        return true
      }
      const wasOurs = token?.ours ?? false
      token = null
      client.setToken(null)
      if (!wasOurs)
        throw refusedLogin(
          host,
          'the token that it took before: it has ended or was revoked',
          options.loginFrom,
        )
      await once(logIn)
      return true
    },
    async loginAs(roleId, secretId) {
      register(secretId)
      return (await requestToken(roleId, secretId)).auth?.client_token ?? null
    },
    async close() {
      if (token?.ours && client.token !== null) await client.send(revoke)
      token = null
      client.setToken(null)
    },
  }
}
