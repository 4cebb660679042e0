// Inventories and hosts that lack something: each fault is named, and all of them at once.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, refusalOf } from './play-role.ts'

type Groups = Record<string, Record<string, JsonObject>>

const node = (last: number, ...es_roles: string[]): JsonObject => ({
  ansible_host: `127.0.9.${last}`,
  es_roles,
})
const good = (): Groups => ({
  es_master: { m1: node(1, 'master'), m2: node(2, 'master'), m3: node(3, 'master') },
  es_data_hot: { h1: node(11, 'data_hot', 'data_content', 'ingest') },
  es_data_warm: { w1: node(21, 'data_warm') },
  es_coord: { c1: node(31) },
})

/** The groups of Elasticsearch below one parent, as every inventory has them. */
const inventoryOf = (groups: Groups): object => {
  const { all } = localInventory({}, { es_heap_mib: 1 }) as { all: object }
  const children = Object.fromEntries(Object.entries(groups).map(([name, hosts]) => [name, { hosts }]))
  return { all: { ...all, children: { elasticsearch: { children } } } }
}

async function judge(groups: Groups, vars: JsonObject = {}): Promise<string> {
  const test = await openRoleTest(inventoryOf(groups))
  try {
    const played = await test.play('preflight', vars)
    return [...played.outcomes.keys()].map(host => refusalOf(played, host)).join('\n')
  } finally {
    await test.close()
  }
}

describe('preflight', function () {
  this.timeout(300_000)

  it('refuses an inventory with every fault of it at once', async () => {
    const groups = good()
    groups.es_master = { m1: node(1, 'master'), m2: node(1, 'master', 'coordinating_only') }
    groups.es_data_hot = {
      h1: { ...node(11, 'data_hot'), elasticsearch_settings: { 'cluster.initial_master_nodes': ['m1'] } },
    }
    groups.es_coord = { c1: { ansible_host: '127.0.9.31' } }
    delete groups.es_data_warm
    const refusal = await judge(groups)
    for (const part of [
      'the group es_data_warm is missing',
      'm1 and m2 have the same address 127.0.9.1',
      'es_roles is not given for c1',
      'm2 has unknown es_roles coordinating_only',
      'no node has the role data_content',
      'no node has the role ingest',
      '2 masters (m1, m2): fewer than 3',
      'cluster.initial_master_nodes is set for h1',
    ]) {
      expect(refusal).to.contain(part)
    }
    expect(refusal).to.contain('the inventory has 8 faults')
  })

  it('refuses a variable that no role knows, and says which is meant', async () => {
    const groups = good()
    groups.es_master = {
      ...groups.es_master,
      m1: { ...node(1, 'master'), elasticsearch_jvm_optoins: [], es_heap_mb: 5 },
    }
    groups.es_coord = { c1: { ...node(31), tls_nonsense: 1, es_of_our_own: 1 } }
    const refusal = await judge(groups)
    for (const part of [
      'the variable elasticsearch_jvm_optoins of m1 is unknown: elasticsearch_jvm_options is meant?',
      'the variable es_heap_mb of m1 is unknown: es_heap_mib is meant?',
      'the variable tls_nonsense of c1 is unknown: see the README of the role',
      'the inventory has 3 faults',
    ]) {
      expect(refusal).to.contain(part)
    }
  })

  it('knows every variable by which ops itself gets at a system', async () => {
    const app = join(import.meta.dirname, '../../../src/app')
    const source = readdirSync(app)
      .map(name => readFileSync(join(app, name), 'utf8'))
      .join('\n')
    const names = [
      ...new Set([...source.matchAll(/\b(?:vault|kafka|elasticsearch)_[a-z_]+\b/g)].map(([name]) => name)),
    ]
    expect(names).to.include.members(['vault_secret_id_file', 'vault_cache_hours', 'kafka_password_file'])
    const groups = good()
    groups.es_coord = { c1: { ...node(31), ...Object.fromEntries(names.map(name => [name, 'given'])) } }
    expect((await judge(groups)).match(/the variable .* is unknown/g)).to.equal(null)
  })

  it('refuses an empty group', async () => {
    const groups = good()
    groups.es_coord = {}
    expect(await judge(groups)).to.contain('the group es_coord has no host')
  })

  it('refuses hosts that lack memory, disk, files, names and peers, all at once and by host', async () => {
    const groups = good()
    const gone = { ...node(12, 'data_hot'), ansible_host: 'es-data02.invalid' }
    groups.es_data_hot = { ...groups.es_data_hot, h2: gone }
    const refusal = await judge(groups, {
      preflight_memory_mib: 100_000_000,
      preflight_free_mib: { '/var/lib/never-made': 100_000_000 },
      preflight_open_files: 2_000_000_000,
      preflight_systems: ['plan9'],
    })
    for (const part of [
      'h1 has',
      'and the roles know plan9',
      'memory: ',
      'MiB free for /var/lib/never-made',
    ]) {
      expect(refusal).to.contain(part)
    }
    expect(refusal).to.contain('es-data02.invalid, the address of h2, does not resolve')
  })

  it('refuses a port that another process holds, and says which', async () => {
    const server: Server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    try {
      const refusal = await judge(good(), { preflight_ports: [{ unit: 'elasticsearch', port }] })
      expect(refusal).to.match(
        new RegExp(`port ${port} is held by .*process ${process.pid}.*elasticsearch needs it`),
      )
    } finally {
      server.close()
    }
  })
})
