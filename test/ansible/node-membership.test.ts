// The playbooks on nodes that come and go, on real Ansible in a temporary directory, with a lab that only writes down what it was told.
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { type AnsibleDriver, createAnsible } from '../../src/adapters/ansible/index.ts'
import { makeAuthority, openssl, signCertificate } from '../../src/lab/certificates.ts'
import { foreignAuthority, labPaths } from '../../src/lab/paths.ts'
import type { Json, JsonObject } from '../../src/ports/json.ts'

const checkout = resolve(import.meta.dirname, '../..')

/** As a node of 8.19.21 wrote it, with these ids in it. */
const recorded = join(import.meta.dirname, 'roles/files/state-commit-8.19.21')
const nodeId = 'LFz7Tt2HQn2Iz5yXq-aoww'
const clusterUuid = 'SC6snTRlStSatccAhBYD-Q'

/** `ops lab` in a few lines: `node configure` changes something once a host, a service is what its file says. */
const lab = (folder: string): string => `#!/bin/sh
echo "$*" >>'${folder}/told'
case "$1 $2" in
  'node configure')
    if [ "$3" = stranger ]; then echo '{"error":{"message":"the lab has no node stranger"}}' >&2; exit 64; fi
    if [ -e '${folder}/configured-'$3 ]; then echo '{"changed":false,"needsRestart":true}'; exit; fi
    touch '${folder}/configured-'$3
    echo '{"changed":true,"needsRestart":true}' ;;
  'service status') printf '{"state": "%s", "pid": null}\\n' "$(cat '${folder}/state-'$3 2>/dev/null || echo stopped)" ;;
esac
`

const clientLine = 'elasticsearch.hosts: {{ node_membership_urls | to_json }}'

const members = ['es-one', 'es-two']
const hosts = [...members, 'fresh', 'stranger', 'used', 'empty']

describe('the playbooks on nodes that come and go', function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), 'ops-membership-'))
  const at = (...parts: string[]): string => join(folder, ...parts)
  const paths = labPaths(folder)
  let ansible: AnsibleDriver

  before(async () => {
    writeFileSync(at('lab-command'), lab(folder), { mode: 0o755 })
    writeFileSync(at('store.password'), 'open sesame')
    await makeAuthority(paths)
    await makeAuthority(foreignAuthority(paths))
    for (const host of hosts) mkdirSync(at(host, 'data'), { recursive: true })
    await makeMachine('empty', { seeds: '["127.0.0.1", "127.0.0.2"]' })
    await makeMachine('used', { seeds: '"127.0.0.1,127.0.0.9"', more: 'node:\n  attr.rack: r1\n' })
    await makeMachine('stranger', {
      seeds: '["10.9.9.9"]',
      authority: foreignAuthority(paths),
      more: 'cluster.initial_master_nodes: [stranger]\n',
    })
    giveData('used')
    const vars = {
      ...{ ansible_connection: 'local', ansible_python_interpreter: '{{ ansible_playbook_python }}' },
      ...{ service_manager: 'lab', ops_fence_dir: at('fences'), ops_transport_port: 0 },
      ...{ ops_lab_service: [at('lab-command'), 'service'], ops_lab_command: [at('lab-command')] },
      ...{ es_ca_file: paths.caFile, es_store_password_file: at('store.password') },
      es_home: `${folder}/{{ inventory_hostname }}/home`,
      es_config_dir: `${folder}/{{ inventory_hostname }}/config`,
      es_data_dir: `${folder}/{{ inventory_hostname }}/data`,
    }
    const line = { regexp: '^elasticsearch\\.hosts:', line: clientLine }
    const kibana = {
      service_manager: 'systemd',
      es_client_files: [at('kibana.yml'), at('none')].map(path => ({ path, ...line })),
    }
    const own = {
      ...Object.fromEntries(hosts.map(host => [host, { ansible_host: '127.0.0.1' }])),
      kibana,
    }
    const children = { elasticsearch: { hosts: Object.fromEntries(members.map(name => [name, {}])) } }
    writeFileSync(at('hosts.yml'), JSON.stringify({ all: { vars, hosts: own, children } }))
    ansible = createAnsible({
      ...{ checkout, inventory: at('hosts.yml'), stateDir: folder, runDir: at('run') },
      ...{ run: `membership-test-${process.pid}`, redact: (text: string) => text },
    })
  })
  after(async () => {
    await ansible.close()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Machine {
    readonly seeds: string
    readonly authority?: typeof paths
    readonly more?: string
  }

  async function makeMachine(host: string, { seeds, authority = paths, more = '' }: Machine): Promise<void> {
    const config = at(host, 'config')
    for (const directory of ['config', 'home/lib', 'home/plugins/analysis-icu'])
      mkdirSync(at(host, directory), { recursive: true })
    writeFileSync(at(host, 'home/lib/elasticsearch-8.19.2.jar'), '')
    writeFileSync(at(host, 'home/lib/elasticsearch-core-8.19.2.jar'), '')
    writeFileSync(
      join(config, 'elasticsearch.yml'),
      `cluster.name: elk
node.name: ${host}
node.roles: [data_warm]
network.host: 127.0.0.1
path.data: ${at(host, 'data')}
discovery.seed_hosts: ${seeds}
xpack.security.transport.ssl:
  enabled: true
  keystore.path: node.p12
${more}`,
    )
    // Every Lucene codec file begins with this number.
    writeFileSync(join(config, 'elasticsearch.keystore'), Buffer.from('3fd76c17', 'hex'))
    const { keyFile, certFile } = await signCertificate(authority, {
      ...{ name: host, address: '127.0.0.1', directory: config },
    })
    const parts = ['-inkey', keyFile, '-in', certFile, '-certfile', authority.caFile]
    const password = `file:${at('store.password')}`
    await openssl(['pkcs12', '-export', ...parts, '-out', join(config, 'node.p12'), '-passout', password])
    for (const file of [keyFile, certFile]) rmSync(file)
  }

  function giveData(host: string): void {
    mkdirSync(at(host, 'data', '_state'), { recursive: true })
    mkdirSync(at(host, 'data', 'indices', 'abc'), { recursive: true })
    writeFileSync(at(host, 'data', 'indices', 'abc', 'segments_1'), 'x')
    writeFileSync(at(host, 'data', '_state', 'segments_4'), 'an older one')
    copyFileSync(recorded, at(host, 'data', '_state', 'segments_10'))
    writeFileSync(at(host, 'data', 'node.lock'), '')
  }

  async function play(playbook: string, host: string, vars: JsonObject = {}, check = false) {
    const given = { ops_service: 'elasticsearch', ops_run: 'r1', ops_fencing: 5, ...vars }
    const { outcomes, results } = await ansible.play({
      ...{ playbook, hosts: [host], vars: given, stallMs: 60_000, check },
    })
    const outcome = outcomes.get(host)
    return { outcome, result: (results.get(host) ?? null) as Record<string, Json> | null }
  }

  const lint = async (host: string): Promise<Record<string, Json>> => {
    const { outcome, result } = await play('node_lint.yml', host, {
      ...{ ops_members: members, ops_cluster_name: 'elk', ops_cluster_uuid: clusterUuid },
    })
    expect(outcome, host).to.deep.equal({ state: 'ok', changed: false })
    return result ?? {}
  }
  const told = (): string => (existsSync(at('told')) ? readFileSync(at('told'), 'utf8') : '')

  it('see a fresh machine as one on which nothing is', async () => {
    const seen = await lint('fresh')
    expect(seen).to.deep.include({ installed: false, running: false, version: null, config: null })
    expect(seen).to.deep.include({ certificate: null, plugins: [], problems: [], clock_skew_ms: 0 })
    expect(seen.data).to.deep.include({ path: at('fresh', 'data'), empty: true, node_id: null })
    const { free_bytes: free, total_bytes: total } = seen.data as Record<string, number>
    expect(free).to.be.within(1, total ?? 0)
  })

  it('see what a machine is that was installed for this cluster', async () => {
    const seen = await lint('empty')
    expect(seen).to.deep.include({ installed: true, running: false, version: '8.19.2', problems: [] })
    expect(seen.plugins).to.deep.equal(['analysis-icu'])
    expect(seen.config).to.deep.equal({
      ...{ cluster_name: 'elk', node_name: 'empty', roles: ['data_warm'], attributes: {} },
      ...{ seed_hosts: ['127.0.0.1', '127.0.0.2'], initial_master_nodes: [] },
    })
    expect(seen.certificate).to.deep.equal({
      ...{ signed_by_cluster_ca: true, days_left: 824, names: ['empty', 'localhost', '127.0.0.1'] },
    })
    expect(seen.data).to.deep.include({ empty: true, node_id: null, cluster_uuid: null })
  })

  it('see a certificate of another authority, wrong seeds, and masters of a first start', async () => {
    const { certificate, config } = await lint('stranger')
    expect(certificate).to.deep.include({ signed_by_cluster_ca: false })
    expect(config).to.deep.include({ seed_hosts: ['10.9.9.9'], initial_master_nodes: ['stranger'] })
  })

  it('see whose data a machine has, from the newest commit of the node', async () => {
    const { data, config, running } = await lint('used')
    expect(data).to.deep.include({ empty: false, node_id: nodeId, cluster_uuid: clusterUuid })
    expect(config).to.deep.include({ attributes: { rack: 'r1' }, seed_hosts: ['127.0.0.1', '127.0.0.9'] })
    expect(running).to.equal(false)
  })

  it('see that data is there of which nothing can be read', async () => {
    writeFileSync(at('fresh', 'data', 'something'), 'x')
    expect((await lint('fresh')).data).to.deep.include({ empty: false, node_id: null, cluster_uuid: null })
    rmSync(at('fresh', 'data', 'something'))
  })

  it('see that a certificate cannot be read instead of taking it for a good one', async () => {
    const file = at('empty', 'config', 'node.p12')
    const before = readFileSync(file)
    writeFileSync(file, 'no store')
    const { certificate, problems } = await lint('empty')
    writeFileSync(file, before)
    expect(certificate).to.equal(null)
    expect(problems).to.deep.equal([`${file} cannot be opened: its certificate was not looked at`])
  })

  it('see what would keep the node from starting', async () => {
    const file = at('empty', 'config', 'elasticsearch.yml')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, `${before}index.translog.flush_threshold_size: 1gb\n`)
    const { problems } = await lint('empty')
    writeFileSync(file, before)
    expect((problems as string[]).join()).to.include('index-level settings keep a node from starting')
  })

  it('set a machine up once, start nothing, and say what the lab could not do', async () => {
    const first = await play('node_deploy.yml', 'empty')
    expect(first.outcome).to.deep.equal({ state: 'ok', changed: true })
    expect(first.result).to.deep.equal({ changed: true, started: false })
    const second = await play('node_deploy.yml', 'empty')
    expect(second.outcome).to.deep.equal({ state: 'ok', changed: false })
    expect(told()).to.equal('node configure empty --json\n'.repeat(2))
    const { outcome } = await play('node_deploy.yml', 'stranger')
    expect(outcome).to.include({ state: 'failed', message: 'the lab has no node stranger' })
  })

  it('write the members to a host, and say again that it has not read them', async () => {
    writeFileSync(at('told'), '')
    const first = await play('node_seeds.yml', 'es-one', { ops_members: ['es-one', 'es-two', 'empty'] })
    expect(first.result).to.deep.equal({ changed: true, needs_restart: true })
    const second = await play('node_seeds.yml', 'es-one')
    expect(second.outcome).to.deep.equal({ state: 'ok', changed: false })
    expect(second.result).to.deep.equal({ changed: false, needs_restart: true })
    expect(told()).to.equal(
      'node configure es-one --json --members es-one,es-two,empty\nnode configure es-one --json --members es-one,es-two\n',
    )
  })

  it('write the nodes into files of clients that name them, and into no other', async () => {
    const file = at('kibana.yml')
    writeFileSync(file, 'server.port: 5601\nelasticsearch.hosts: ["https://gone:9200"]\n')
    expect((await play('node_seeds.yml', 'kibana')).result).to.deep.equal({
      changed: true,
      needs_restart: true,
    })
    expect(readFileSync(file, 'utf8')).to.equal(
      'server.port: 5601\nelasticsearch.hosts: ["https://127.0.0.1:9200", "https://127.0.0.1:9200"]\n',
    )
    expect(existsSync(at('none'))).to.equal(false)
    const again = await play('node_seeds.yml', 'kibana')
    expect(again.outcome).to.deep.equal({ state: 'ok', changed: false })
    expect(again.result).to.deep.equal({ changed: false, needs_restart: false })
  })

  const left = (): readonly string[] => readdirSync(at('used', 'data'))
  const everything = ['_state', 'indices', 'node.lock']
  const refused = async (vars: JsonObject): Promise<string> => {
    const { outcome } = await play('node_wipe.yml', 'used', vars)
    expect(left()).to.deep.equal(everything)
    return outcome?.state === 'failed' ? outcome.message : `not refused: ${outcome?.state}`
  }

  it('remove nothing of another node, of one that runs, or without a word of whose it is', async () => {
    expect(await refused({ ops_node_id: 'AAAAAAAAAAAAAAAAAAAAAA' })).to.match(
      /is the data of node LFz7Tt2HQn2Iz5yXq-aoww, and not of AAAA/,
    )
    expect(await refused({})).to.match(/was not said/)
    writeFileSync(at('state-used'), 'running')
    expect(await refused({ ops_node_id: nodeId })).to.match(/has a process of its service \(running\)/)
    rmSync(at('state-used'))
    expect(await refused({ ops_node_id: nodeId, es_repo_dir: at('used', 'data', 'indices') })).to.match(
      /is to be kept/,
    )
  })

  it('remove nothing while a node holds its lock, or beside what is nobody of Elasticsearch', async () => {
    const script = `
import fcntl, sys
file = open(sys.argv[1], 'r+b')
fcntl.lockf(file, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.read()
`
    const holder = execa('python3', ['-c', script, at('used', 'data', 'node.lock')], { reject: false })
    await once(holder.stdout, 'data')
    try {
      expect(await refused({ ops_node_id: nodeId })).to.match(/a node is running on/)
      expect((await lint('used')).running).to.equal(true)
    } finally {
      holder.kill()
      await holder
    }
    writeFileSync(at('used', 'data', 'letters.txt'), 'dear')
    const { outcome } = await play('node_wipe.yml', 'used', { ops_node_id: nodeId })
    expect(outcome)
      .to.have.property('message')
      .that.matches(/letters\.txt, which is nothing of Elasticsearch/)
    rmSync(at('used', 'data', 'letters.txt'))
  })

  it('remove the data of the node that is named, and a second time find nothing', async () => {
    const check = await play('node_wipe.yml', 'used', { ops_node_id: nodeId }, true)
    expect(check.result).to.deep.include({ wiped: true })
    expect(left()).to.deep.equal(everything)
    // As a wipe leaves it that was cut short.
    rmSync(at('used', 'data', 'indices'), { recursive: true })
    rmSync(at('used', 'data', '_state', 'segments_4'))
    const first = await play('node_wipe.yml', 'used', { ops_node_id: nodeId })
    expect(first.result).to.deep.equal({ wiped: true, path: at('used', 'data') })
    expect(left()).to.deep.equal([])
    const second = await play('node_wipe.yml', 'used', { ops_node_id: nodeId })
    expect(second.outcome).to.deep.equal({ state: 'ok', changed: false })
    expect(second.result).to.deep.include({ wiped: false })
  })
})
