// Tests with a canary for a password: whatever the cluster answers, it turns up in nothing that `ops` says, writes or
// hands to a child.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { inventoryText, opsCalls } from './capture-ops.ts'

const canary = 'c4nary"pass/w0rd+of%ops'
const encodings = [
  canary,
  JSON.stringify(canary).slice(1, -1),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(`ops:${canary}`).toString('base64'),
]
const leaksIn = (text: string) => encodings.filter(encoding => text.includes(encoding))

/** Says the password back in every way that a proxy, a plugin or a stack trace could. */
function indiscreetServer(statusOf: (path: string) => number): Promise<Server> {
  const server = createServer(({ url = '/', headers }, response) => {
    const status = statusOf(url)
    const good =
      url === '/'
        ? { cluster_name: 'prod', cluster_uuid: 'u', name: 'n', version: { number: '8.19.21' } }
        : {}
    const reason = `user ops with password ${canary} (${encodeURIComponent(canary)}) sent ${headers.authorization}`
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
    response.end(JSON.stringify(status === 200 ? good : { error: { type: 'leak', reason }, status }))
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const plan = ['plan', 'rolling-restart', '--verbose']
const run = ['run', 'rolling-restart', '--yes', '--json']
const doctor = ['doctor']

const worlds = [
  { title: 'a closed port', source: 'es_password_file', statusOf: null, commands: [plan, doctor] },
  {
    title: 'a server that refuses everybody',
    source: 'es_password_env',
    statusOf: () => 401,
    commands: [run, doctor],
  },
  { title: 'a broken server', source: 'es_password_file', statusOf: () => 500, commands: [plan, run] },
  { title: 'a server that forbids', source: 'es_password_env', statusOf: () => 403, commands: [plan] },
  {
    title: 'a server that breaks in the middle of the look',
    source: 'es_password_env',
    statusOf: (path: string) => (path === '/' || path.startsWith('/_nodes/stats') ? 200 : 500),
    commands: [run],
  },
]

describe('the password of the cluster', () => {
  const { ops, write, folder, end } = opsCalls()
  const servers: Server[] = []
  after(() => {
    for (const server of servers) server.close()
    end()
  })

  /** An inventory script, so that the environment of what reads it can be looked at. */
  const inventoryOf = (name: string, vars: Record<string, string | number>): string => {
    const json = write(`${name}.json`, scriptAnswer(vars))
    const seen = join(folder, 'seen-by-children')
    return write(
      `${name}.sh`,
      `#!/bin/sh\nenv >>${seen}\ntr '\\0' ' ' <"/proc/$PPID/cmdline" >>${seen}\ncat ${json}\n`,
      0o700,
    )
  }

  for (const [at, { title, source, statusOf, commands }] of worlds.entries()) {
    it(`given by ${source} is not told by ${title}`, async () => {
      const server = statusOf === null ? null : await indiscreetServer(statusOf)
      if (server !== null) servers.push(server)
      const port = server === null ? 1 : (server.address() as AddressInfo).port
      const secret =
        source === 'es_password_env' ? 'CLUSTER_PASSWORD' : write(`password-${at}`, `${canary}\n`)
      const inventory = inventoryOf(`hosts-${at}`, {
        es_http_scheme: 'http',
        es_http_port: port,
        [source]: secret,
      })
      for (const command of commands) {
        const { stdout, stderr, status } = await ops([...command, '-i', inventory], {
          env: { CLUSTER_PASSWORD: canary },
        })
        expect(status, stderr).to.equal(1)
        expect(leaksIn(stdout + stderr), stdout + stderr).to.deep.equal([])
      }
    }).timeout(60_000)
  }

  it('is in no file of the state directory, and no child has seen it', () => {
    const files = filesUnder(join(folder, 'state'))
    expect(files.map(file => file.split('/').at(-1))).to.include('journal.db')
    for (const file of [...files, join(folder, 'seen-by-children')])
      expect(leaksIn(readFileSync(file, 'latin1')), file).to.deep.equal([])
    expect(readFileSync(join(folder, 'seen-by-children'), 'utf8')).to.include('ansible-inventory')
  })
})

/** What an inventory script prints for `--list`. */
function scriptAnswer(vars: Record<string, string | number>): string {
  const { all } = JSON.parse(inventoryText(vars))
  const { hosts, vars: groupVars } = all.children.elasticsearch
  return JSON.stringify({
    elasticsearch: { hosts: Object.keys(hosts), vars: groupVars },
    _meta: { hostvars: hosts },
  })
}

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
