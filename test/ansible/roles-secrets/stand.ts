// Hosts of this machine that use a secret: a file each, a service that is a process, and a server that they log in at. Everything is in
// a temporary directory of the test.
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type AnsibleDriver, createAnsible } from '../../../src/adapters/ansible/index.ts'
import type { AnsibleEvent, PlayResult } from '../../../src/ports/ansible.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'

export const checkout = resolve(import.meta.dirname, '../../..')
export const secretId = 'logstash-writer'

export interface Stand {
  readonly folder: string
  readonly inventory: string
  readonly ansible: AnsibleDriver
  /** Logins that the server lets in: `name:secret`. It counts what it has refused. */
  readonly letIn: Set<string>
  refused(): number
  file(name: string): string
  read(name: string): Promise<string>
  write(name: string, text: string): Promise<void>
  /** What the service manager was told since the last time. */
  told(): Promise<readonly string[]>
  play(playbook: string, vars: JsonObject, more?: PlayMore): Promise<Played>
  close(): Promise<void>
}

interface PlayMore {
  readonly hosts?: readonly string[]
  readonly check?: boolean
  readonly onEvent?: (event: AnsibleEvent) => void
}

export interface Played extends PlayResult {
  /** Of the first host. */
  readonly result: Record<string, Json>
  /** Why the first host failed; empty where it did not. */
  readonly refusal: string
}

/** The process of a service is a `sleep` that has the lines of `environment` in its environment, as systemd gives them. */
const manager = (folder: string): string => `#!/bin/bash
cd '${folder}'
echo "$1 $2" >>told
case $1 in
  stop) [ -f $2.pid ] && kill "$(cat $2.pid)" 2>/dev/null; rm -f $2.pid ;;
  start) [ -f $2.pid ] || { env $(cat $2.environment 2>/dev/null) sleep 900 >/dev/null 2>&1 & echo $! >$2.pid; } ;;
esac
[ -f $2.pid ] && state=running || state=stopped
printf '{"state": "%s", "pid": %s, "changed": true}\\n' $state "$(cat $2.pid 2>/dev/null || echo null)"
`

/** `entries`: of each host its entry of secret_consumers, or null for none. */
export async function openStand(
  entries: (folder: string, loginUrl: string) => Readonly<Record<string, JsonObject | null>>,
  vars: JsonObject = {},
  redact: (text: string) => string = text => text,
): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-secret-test-'))
  const letIn = new Set<string>()
  let refused = 0
  const server = await serveLogins(letIn, () => {
    refused += 1
  })
  const inventory = join(folder, 'hosts.yml')
  await writeFile(join(folder, 'manager'), manager(folder))
  await chmod(join(folder, 'manager'), 0o755)
  await mkdir(join(folder, 'search'))
  const hosts = Object.entries(entries(folder, urlOf(server)))
  await writeFile(inventory, JSON.stringify(inventoryOf(folder, hosts, vars)))
  const ansible = createAnsible({
    ...{ checkout, inventory, stateDir: folder, redact },
    run: `secret-test-${process.pid}-${folder.slice(-6)}`,
    runDir: join(folder, 'run'),
  })
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  return {
    ...{ folder, inventory, ansible, letIn, read },
    refused: () => refused,
    file: name => join(folder, name),
    write: (name, text) => writeFile(join(folder, name), text),
    async told() {
      const lines = (await read('told').catch(() => '')).split('\n').filter(line => line !== '')
      await rm(join(folder, 'told'), { force: true })
      return lines.filter(line => !line.startsWith('status'))
    },
    async play(playbook, given, { hosts: names = [hosts[0]?.[0] ?? ''], ...more } = {}) {
      const played = await ansible.play({ playbook, hosts: names, vars: given, stallMs: 60_000, ...more })
      const outcome = played.outcomes.get(names[0] ?? '')
      return {
        ...played,
        result: (played.results.get(names[0] ?? '') ?? {}) as Record<string, Json>,
        refusal: outcome?.state === 'failed' ? outcome.message : '',
      }
    },
    async close() {
      for (const [name] of hosts) {
        const pid = Number(await read(`${name}.pid`).catch(() => 0))
        if (pid > 0) process.kill(pid, 'SIGTERM')
      }
      server.close()
      server.closeAllConnections()
      await ansible.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const inventoryOf = (
  folder: string,
  hosts: readonly (readonly [string, JsonObject | null])[],
  vars: JsonObject,
): object => ({
  all: {
    vars: {
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
      service_manager: 'lab',
      ops_lab_service: [join(folder, 'manager')],
      ops_fence_dir: join(folder, 'fences'),
      secret_search: [join(folder, 'search/**')],
      ...vars,
    },
    hosts: Object.fromEntries(
      hosts.map(([name, entry]) => [name, entry === null ? {} : { secret_consumers: { [secretId]: entry } }]),
    ),
  },
})

/** Answers as `_security/_authenticate` of Elasticsearch does. */
async function serveLogins(letIn: ReadonlySet<string>, onRefused: () => void): Promise<Server> {
  const server = createServer(({ headers }, answer) => {
    const [how, text = ''] = (headers.authorization ?? '').split(' ')
    const login = Buffer.from(text, 'base64').toString()
    const isIn = letIn.has(login)
    if (!isIn) onRefused()
    const [name] = login.split(':')
    const who = how === 'ApiKey' ? { username: 'its-owner', api_key: { id: name } } : { username: name }
    answer.writeHead(isIn ? 200 : 401, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(isIn ? who : { status: 401 }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/_security/_authenticate`
}

/** What every entry of these tests has. */
export const entryOf = (file: string, more: JsonObject = {}): JsonObject => ({
  ...{ file, format: 'env', names: { principal: 'ES_USER', secret: 'ES_PASSWORD' } },
  ...{ apply: 'restart', service: 'logstash', ...more },
})

export const given = (value: string, more: JsonObject = {}): JsonObject => ({
  ...{ ops_secret: secretId, ops_secret_principal: 'logstash_b', ops_secret_value: value },
  ...{ ops_secret_version: 4, ops_run: 'r1', ops_fencing: 3, ops_salt: 'salt', ...more },
})
