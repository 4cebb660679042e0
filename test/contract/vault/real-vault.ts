// A real Vault of a test's own, on a loopback address, with the AppRoles and policies of the role `vault`. Everything is in one temporary
// directory; its keys are in memory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectOptions, VaultLogin } from '../../../src/adapters/vault/index.ts'
import { makeAuthority, signCertificate } from '../../../src/lab/certificates.ts'
import { labPaths } from '../../../src/lab/paths.ts'
import { installVault } from '../../../src/lab/vault/install.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import { type LosingProxy, openLosingProxy } from './losing-proxy.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test reads the few fields it knows of an answer
type Body = any

interface Rule {
  readonly path: string
  readonly capabilities: readonly string[]
}

export interface RealVault {
  readonly directory: string
  readonly url: string
  readonly caFile: string
  readonly proxy: LosingProxy
  readonly proxyUrl: string
  readonly login: Extract<VaultLogin, { roleId: string }>
  /** As root. @returns the body; throws where the answer is no success */
  ask(method: string, path: string, body?: object): Promise<Body>
  setRules(extra: readonly Rule[]): Promise<void>
  makeToken(more?: object): Promise<SecretText>
  unseal(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  end(): Promise<void>
}

const policies = new URL('../../../roles/vault/files/policies.json', import.meta.url)
const port = 8200
const proxyPort = 8201
const patienceMs = 60_000

export async function startRealVault(address: string): Promise<RealVault> {
  const bin = join(await installVault(() => {}), 'bin', 'vault-server')
  const directory = mkdtempSync(join(tmpdir(), 'ops-vault-'))
  const paths = labPaths(directory)
  await makeAuthority(paths)
  const { keyFile, certFile } = await signCertificate(paths, { name: 'vault01', address, directory })
  const config = join(directory, 'vault.hcl')
  writeFileSync(
    config,
    `disable_mlock = true
storage "file" { path = ${JSON.stringify(join(directory, 'data'))} }
listener "tcp" {
  address       = "${address}:${port}"
  tls_cert_file = ${JSON.stringify(certFile)}
  tls_key_file  = ${JSON.stringify(keyFile)}
}
`,
  )
  const url = `https://${address}:${port}`
  const ca = readFileSync(paths.caFile)
  let child: ChildProcess | null = null
  let keys: readonly string[] = []
  let root = ''

  const send = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Body }> => {
    const headers = root === '' ? {} : { 'x-vault-token': root }
    const request = https.request(`${url}/v1/${path}`, { method, ca, headers, agent: false, timeout: 10_000 })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = await once(request, 'response')
    const text = (await response.toArray()).join('')
    return { status: response.statusCode, body: text === '' ? null : JSON.parse(text) }
  }
  const ask: RealVault['ask'] = async (method, path, body) => {
    const answer = await send(method, path, body)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + patienceMs
    while (!(await holds().catch(() => false))) {
      if (performance.now() > endMs) throw new Error(`never happened: ${what}`)
      await new Promise(resolve => setTimeout(resolve, 25))
    }
  }
  const start = async (): Promise<void> => {
    const log = openSync(join(directory, 'vault.log'), 'a')
    child = spawn(bin, ['server', `-config=${config}`], { stdio: ['ignore', log, log] })
    await until('it answers', async () => (await send('GET', 'sys/seal-status')).status === 200)
  }
  const stop = async (): Promise<void> => {
    if (child === null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    child = null
  }
  const unseal = async (): Promise<void> => {
    for (const key of keys) await ask('PUT', 'sys/unseal', { key })
    await until('it serves', async () => (await send('GET', 'sys/health')).status === 200)
  }
  const setRules: RealVault['setRules'] = async extra => {
    const all = JSON.parse(readFileSync(policies, 'utf8').replaceAll('"KV/', '"secret/')) as { ops: Rule[] }
    const kept = all.ops.filter(({ path }) => !extra.some(one => one.path === path))
    const path = Object.fromEntries(
      [...kept, ...extra].map(({ path, capabilities }) => [path, { capabilities }]),
    )
    await ask('PUT', 'sys/policies/acl/ops', { policy: JSON.stringify({ path }) })
  }

  await start()
  const first = await ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  keys = first.keys_base64
  root = first.root_token
  await unseal()
  await ask('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } })
  await until('KV v2 is ready', async () => (await send('GET', 'secret/config')).status === 200)
  await ask('POST', 'sys/mounts/plain', { type: 'kv', options: { version: '1' } })
  await ask('POST', 'sys/auth/approle', { type: 'approle' })
  await setRules([])
  const role = { token_policies: 'ops', token_ttl: '3600s', token_max_ttl: '86400s' }
  for (const name of ['ops', 'shipper']) await ask('POST', `auth/approle/role/${name}`, role)
  const { data } = await ask('GET', 'auth/approle/role/ops/role-id')
  const secretId = (await ask('POST', 'auth/approle/role/ops/secret-id', {})).data.secret_id
  const proxy = await openLosingProxy({
    listen: { host: address, port: proxyPort },
    target: { host: address, port },
    caFile: paths.caFile,
    keyFile,
    certFile,
  })
  return {
    directory,
    url,
    caFile: paths.caFile,
    proxy,
    proxyUrl: `https://${address}:${proxyPort}`,
    login: { roleId: data.role_id, secretId: new SecretText(secretId) },
    ask,
    setRules,
    makeToken: async more => {
      const { auth } = await ask('POST', 'auth/token/create', { policies: ['ops'], ttl: '3600s', ...more })
      return new SecretText(auth.client_token)
    },
    unseal,
    start: async () => {
      await start()
      await proxy.open()
    },
    stop: async () => {
      await proxy.close()
      await stop()
    },
    async end() {
      await proxy.close()
      await stop()
      rmSync(directory, { recursive: true })
    },
  }
}

/** What every connection to it has in common. */
export const optionsOf = (
  real: RealVault,
): Omit<ConnectOptions, 'register' | 'warn' | 'login' | 'clock' | 'cache'> => ({
  url: real.proxyUrl,
  host: 'vault01',
  caFile: real.caFile,
  mountHint: 'secret',
  isName: (_path, field) => field === 'username',
  loginFrom: 'vault_secret_id_file',
})
