// A server that answers as a test says, in the words of Vault, and an adapter that is connected to it.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectVault, type VaultConnection, type VaultLogin } from '../../../../src/adapters/vault/index.ts'
import type { CacheOptions } from '../../../../src/adapters/vault/options.ts'
import { type OpsError, toOpsError } from '../../../../src/errors/index.ts'
import { SecretText } from '../../../../src/ports/secret.ts'
import { JumpClock } from '../../../support/fake-cluster/jump-clock.ts'

export interface Scripted {
  readonly status: number
  readonly body?: unknown
}

/** Asked first; `undefined`: as a Vault that is well, with KV v2 at `secret/`. */
type Script = (request: string, headers: IncomingMessage['headers']) => Scripted | 'cut' | 'hang' | undefined

interface ScriptOptions {
  readonly login?: VaultLogin
  readonly cache?: CacheOptions | null
  readonly mountHint?: string
  readonly requestTimeoutMs?: number
}

export interface ScriptedVault extends AsyncDisposable {
  readonly vault: VaultConnection
  readonly requests: string[]
  readonly warnings: string[]
  readonly registered: Set<string>
  readonly clock: JumpClock
}

const well: Readonly<Record<string, Scripted>> = {
  'GET /v1/auth/token/lookup-self': {
    status: 200,
    body: { data: { display_name: 'token', path: 'auth/token/create', ttl: 0, renewable: false } },
  },
  'POST /v1/auth/approle/login': {
    status: 200,
    body: { auth: { client_token: 'approle-token-canary', lease_duration: 300, renewable: true } },
  },
  'POST /v1/auth/token/revoke-self': { status: 204 },
}

function answerWell(request: string): Scripted {
  if (request.startsWith('GET /v1/sys/internal/ui/mounts/'))
    return { status: 200, body: { data: { path: 'secret/', type: 'kv', options: { version: '2' } } } }
  return well[request] ?? { status: 404, body: { errors: [] } }
}

export async function scriptVault(
  script: Script,
  { login, cache = null, mountHint, requestTimeoutMs = 20_000 }: ScriptOptions = {},
): Promise<ScriptedVault> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`
    requests.push(asked)
    request.resume().on('end', () => {
      const answer = script(asked, request.headers) ?? answerWell(asked)
      if (answer === 'hang') return
      if (answer === 'cut') return void request.socket.destroy()
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const warnings: string[] = []
  const registered = new Set<string>()
  const clock = new JumpClock()
  const vault = connectVault({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    host: 'vault01',
    login: () => login ?? { token: new SecretText('given-token-canary') },
    loginFrom: '/secrets/token',
    cache,
    ...(mountHint === undefined ? {} : { mountHint }),
    register: secret => registered.add(secret),
    isName: (_path, field) => field === 'username',
    warn: text => warnings.push(text),
    clock,
    requestTimeoutMs,
  })
  return {
    vault,
    requests,
    warnings,
    registered,
    clock,
    async [Symbol.asyncDispose]() {
      await vault.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export const documentOf = (version: number, fields: Readonly<Record<string, unknown>>): Scripted => ({
  status: 200,
  body: { data: { data: fields, metadata: { version, created_time: '2025-04-10T07:00:00.123456789Z' } } },
})

export const refusalOf = (status: number, ...errors: string[]): Scripted => ({ status, body: { errors } })

export async function errorOf(call: Promise<unknown>): Promise<OpsError> {
  const thrown = await call.then(
    () => null,
    error => error,
  )
  if (thrown === null) throw new Error('nothing was thrown')
  return toOpsError(thrown)
}
