// A fake of the few APIs that fill a cluster. It answers as the documentation of Elasticsearch 8.10 shows it: settings come
// back nested and as text, policies with the fields that the server adds. Without a module it answers as a server that lacks it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../../src/ports/json.ts'

export interface FakeCluster {
  readonly url: string
  readonly caFile: string
  /** What was written, as `PUT path`, in order. */
  readonly writes: string[]
  readonly passwords: Map<string, string>
  readonly objects: Map<string, JsonObject>
  close(): void
}

interface Options {
  /** Path prefixes that the server does not know. */
  readonly lacks?: readonly string[]
  readonly elastic: string
}

export async function startFakeCluster(
  folder: string,
  { lacks = [], elastic }: Options,
): Promise<FakeCluster> {
  mkdirSync(folder, { recursive: true })
  const [keyFile, caFile] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const subject = ['-subj', '/CN=fake', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...newKey, ...subject, '-out', caFile], { stdio: 'ignore' })
  const objects = new Map<string, JsonObject>([
    ['/_security/user/kibana_system', { username: 'kibana_system' }],
  ])
  const passwords = new Map([['elastic', elastic]])
  const writes: string[] = []

  const answer = (method: string, path: string, login: string, body: JsonObject): readonly [number, Json] => {
    const [user = '', password = ''] = login.split(':')
    if (passwords.get(user) !== password) return [401, { error: { reason: 'unable to authenticate user' } }]
    if (lacks.some(one => path.startsWith(one))) {
      return [400, { error: `no handler found for uri [${path}] and method [${method}]` }]
    }
    if (path === '/_security/_authenticate') return [200, { username: user }]
    if (method === 'GET') return read(path)
    writes.push(`${method} ${path}`)
    const [, name = ''] = /^\/_security\/user\/([^/]+)/.exec(path) ?? []
    const { password: fresh, ...rest } = body
    if (typeof fresh === 'string') passwords.set(name, fresh)
    if (!path.endsWith('/_password')) objects.set(path, rest)
    return [200, { acknowledged: true }]
  }
  const read = (path: string): readonly [number, Json] => {
    const found = objects.get(path)
    const name = path.split('/').at(-1) ?? ''
    if (found === undefined) return [404, path.includes('_security') ? {} : { error: { reason: 'missing' } }]
    if (path.startsWith('/_index_template/')) {
      return [200, { index_templates: [{ name, index_template: { ...asStored(found), composed_of: [] } }] }]
    }
    if (path.startsWith('/_ilm/policy/'))
      return [200, { [name]: { version: 1, policy: withDefaults(found) } }]
    if (path.startsWith('/_slm/policy/')) return [200, { [name]: { version: 1, policy: found, stats: {} } }]
    if (path.startsWith('/_security/role/'))
      return [200, { [name]: { applications: [], run_as: [], metadata: {}, ...found } }]
    if (path.startsWith('/_security/user/')) return [200, { [name]: { roles: [], enabled: true, ...found } }]
    return [200, { [name]: { uuid: 'one', ...(asText(found) as JsonObject) } }]
  }

  const server: Server = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(caFile) },
    async (request: IncomingMessage, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      const login = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString('utf8')
      const [status, said] = answer(
        request.method ?? '',
        request.url ?? '',
        login,
        text === '' ? {} : JSON.parse(text),
      )
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    },
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `https://127.0.0.1:${port}`, caFile, writes, passwords, objects, close }
}

/** Writes a password where the role reads it. */
export function writeSecret(folder: string, name: string, password: string): string {
  const file = join(folder, `${name}.password`)
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  return file
}

function asText(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(asText)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asText(part)]))
  }
  return String(value)
}

type Nested = { [name: string]: Nested | string }

/** Settings nested by their dots and as text, as `GET _index_template` gives them back. */
function asStored(body: JsonObject): JsonObject {
  const template = body.template as { settings: JsonObject; mappings: JsonObject }
  const settings: Nested = {}
  for (const [name, value] of Object.entries(template.settings)) {
    const parts = name.split('.')
    let at = settings
    for (const part of parts.slice(0, -1)) {
      at[part] ??= {}
      at = at[part] as Nested
    }
    at[parts.at(-1) ?? ''] = String(value)
  }
  return { ...body, template: { ...template, settings } }
}

/** The server writes down what an action does when it is not told otherwise. */
function withDefaults(body: JsonObject): JsonObject {
  type Actions = Record<string, Record<string, Json>>
  const policy = structuredClone(body.policy) as { phases: Record<string, { actions: Actions }> }
  for (const { actions } of Object.values(policy.phases)) {
    if (actions.delete) actions.delete.delete_searchable_snapshot = true
    if (actions.allocate) Object.assign(actions.allocate, { include: {}, exclude: {}, require: {} })
  }
  return policy
}
