// Vault in the embedded lab, alone: a real one in a state directory of its own and on a network that nothing else uses. One lab for
// all: the cases follow each other.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { execa } from 'execa'
import type { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { killNode, listFaults } from '../../src/lab/faults/node-faults.ts'
import { nodesFor } from '../../src/lab/layout.ts'
import { nodePaths } from '../../src/lab/paths.ts'
import { readProcess } from '../../src/lab/process/identity.ts'
import { isRoot, unprivilegedId } from '../../src/lab/process/user.ts'
import { startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { labStatus } from '../../src/lab/status.ts'
import { bringUp } from '../../src/lab/up.ts'
import { auditFile, vaultSecretFiles } from '../../src/lab/vault/files.ts'
import { askAsRoot, sendTo, type VaultAnswer } from '../../src/lab/vault/http.ts'
import { readSeal, seal, unseal } from '../../src/lab/vault/seal.ts'
import { waitForPort } from '../../src/lab/wait-for-port.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const talk = () => {}
const document = 'secret/data/elk/logstash'
const planted = { username: 'logstash_a', password: 'planted-in-the-vault' }

describe('Vault in the embedded lab', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let node: Lab['nodes'][number]
  let send: ReturnType<typeof sendTo>

  const up = () => bringUp({ stateDir, services: ['vault'], net: '127.0.89', talk })
  const read = (file: string) => readFileSync(file, 'utf8')
  const faults = async () => (await listFaults(lab)).map(({ fault, undo }) => [fault, undo])
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      thrown => thrown as OpsError,
    )
  async function logIn(roleId: string, secretId: string): Promise<string> {
    const { body } = await send('POST', 'auth/approle/login', { role_id: roleId, secret_id: secretId })
    return body.auth.client_token
  }
  const logInAsOps = () => {
    const { roleId, secretId } = vaultSecretFiles(lab.paths)
    return logIn(read(roleId), read(secretId))
  }
  const statusesOf = async (token: string, ...paths: string[]) => {
    const answers: VaultAnswer[] = []
    for (const path of paths) answers.push(await send('GET', path, undefined, token))
    return answers.map(({ status }) => status)
  }

  before(async () => {
    lab = await up()
    node = nodesFor(lab.nodes, 'vault')[0] as Lab['nodes'][number]
    send = sendTo(lab, node)
  })
  after(async () => {
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('is up and unsealed behind the CA of the lab, not run by root', async () => {
    const { nodes, vault } = await labStatus(lab)
    expect(nodes.map(({ name, state }) => [name, state])).to.deep.equal([['vault01', 'running']])
    expect(vault).to.deep.equal({ url: 'https://127.0.89.91:8200', caFile: lab.paths.caFile })
    expect((await send('GET', 'sys/health')).status).to.equal(200)
    const unknown = await fetch(`${vault?.url}/v1/sys/health`).catch(error => error)
    expect(String(unknown.cause)).to.include('certificate')
    const owner = /^Uid:\s+(\d+)/m.exec(read(`/proc/${nodes[0]?.pid}/status`))?.[1]
    expect(owner).to.equal(String(isRoot() ? unprivilegedId : process.getuid?.()))
  })

  it('lets ops in by its files: it writes, stages, and removes what is staged for good', async () => {
    const token = await logInAsOps()
    const self = await send('GET', 'auth/token/lookup-self', undefined, token)
    expect(self.body.data).to.deep.include({ policies: ['default', 'ops'], creation_ttl: 3600 })
    const write = (path: string, data: object) =>
      send('POST', path, { data, options: { cas: 0 } }, token).then(({ status }) => status)
    expect(await write(document, planted)).to.equal(200)
    expect(await write(document, planted)).to.equal(400)
    expect(await write(`${document}/pending/logstash-writer`, { secret: 'staged' })).to.equal(200)
    const remove = (path: string) => send('DELETE', `secret/metadata/elk/${path}`, undefined, token)
    expect((await remove('logstash')).status).to.equal(403)
    expect((await remove('logstash/pending/logstash-writer')).status).to.equal(204)
    const ids = await send('GET', 'auth/approle/role/logstash/secret-id?list=true', undefined, token)
    expect(ids.status).to.equal(404)
    expect(await statusesOf(token, 'sys/mounts', 'sys/policies/acl/ops')).to.deep.equal([403, 403])
  })

  it('lets Logstash read its own document, and neither what is staged nor that of others', async () => {
    const ops = await logInAsOps()
    const role = 'auth/approle/role/logstash'
    const { body: id } = await send('GET', `${role}/role-id`, undefined, ops)
    const { body: secret } = await send('POST', `${role}/secret-id`, {}, ops)
    const token = await logIn(id.data.role_id, secret.data.secret_id)
    const paths = [document, `${document}/pending/x`, 'secret/data/elk/elastic', 'secret/data/kibana']
    expect(await statusesOf(token, ...paths)).to.deep.equal([200, 403, 403, 403])
  })

  it('changes nothing when brought up again', async () => {
    const { secrets } = lab.paths
    const pids = async () => (await labStatus(lab)).nodes.map(({ pid }) => pid)
    const files = () => readdirSync(secrets).map(name => [name, read(`${secrets}/${name}`)])
    const audited = () => read(auditFile(lab.state.nodesRoot, node.name)).split('\n').length
    const before = [await pids(), files(), audited()]
    const again = await up()
    expect([await pids(), files(), audited()]).to.deep.equal(before)
    expect(again.state).to.deep.equal(lab.state)
  })

  it('holds to the letter what role vault makes a Vault hold', async () => {
    const vars = {
      vault_url: 'https://127.0.89.91:8200',
      vault_ca_file: lab.paths.caFile,
      vault_token_source: vaultSecretFiles(lab.paths).token,
      vault_audit_file: auditFile(lab.state.nodesRoot, node.name),
      vault_left_out: '',
      vault_opens: false,
    }
    const local = {
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
    }
    const task = { include_role: { name: 'vault', tasks_from: 'content' }, vars }
    using folder = makeDirectory()
    const [playbook, hosts] = [`${folder.path}/content.json`, `${folder.path}/hosts.yml`]
    writeFileSync(playbook, JSON.stringify([{ hosts: 'localhost', gather_facts: false, tasks: [task] }]))
    writeFileSync(hosts, JSON.stringify({ all: { hosts: { localhost: local } } }))
    const env = { ANSIBLE_CONFIG: 'ansible.cfg', ANSIBLE_ROLES_PATH: 'roles', ANSIBLE_NOCOLOR: '1' }
    const { stdout } = await execa('.venv/bin/ansible-playbook', ['-i', hosts, playbook], { env })
    expect(stdout).to.match(/^localhost +: ok=[1-9]\d* +changed=0 .* failed=0 /m)
  })

  it('comes back sealed from a kill and from a stop, and is unsealed with all that it held', async () => {
    for (const end of [() => killNode(lab, node), () => stopNode(lab, node, 30_000)]) {
      await end()
      expect(await faults()).to.deep.equal([['stopped', 'ops lab service start vault01']])
      await startNode(lab, node)
      await waitForPort(lab, node)
      expect(await faults()).to.deep.equal([['sealed', 'ops lab fault unseal vault01']])
      await up()
      expect(await faults()).to.deep.equal([])
      const held = await askAsRoot(lab)('GET', document)
      expect(held.data.data).to.deep.equal(planted)
    }
  })

  it('is sealed on purpose, says so to whoever asks, and is unsealed again', async () => {
    const token = await logInAsOps()
    await seal(lab, node)
    expect(await readSeal(lab, node)).to.deep.equal({ initialised: true, sealed: true })
    expect(await statusesOf(token, document)).to.deep.equal([503])
    expect((await failure(askAsRoot(lab)('GET', document)))?.hint).to.equal('ops lab fault unseal vault01')
    expect(await unseal(lab, node)).to.equal(true)
    expect(await unseal(lab, node)).to.equal(false)
    expect(await statusesOf(token, document)).to.deep.equal([200])
  })

  it('is never initialised over keys that are lost', async () => {
    const { init } = vaultSecretFiles(lab.paths)
    renameSync(init, `${init}.away`)
    expect(await failure(up())).to.have.property('code', 'LAB_FAILED')
    expect(existsSync(init)).to.equal(false)
    renameSync(`${init}.away`, init)
    await up()
  })

  it('has its keys and tokens in files of mode 0600, and nothing of them anywhere else', async () => {
    const files = Object.values(vaultSecretFiles(lab.paths))
    for (const file of files) expect(statSync(file).mode & 0o777, file).to.equal(0o600)
    const { init, token, secretId } = vaultSecretFiles(lab.paths)
    const secrets = [...JSON.parse(read(init)).keys_base64, read(token), read(secretId), planted.password]
    const { output } = nodePaths(lab.state.nodesRoot, node.name)
    const places = [lab.paths.inventory, lab.paths.state, output, auditFile(lab.state.nodesRoot, node.name)]
    const shown = [...places.map(read), execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })].join('\n')
    expect(shown).to.contain('vault-server')
    for (const [at, secret] of secrets.entries())
      expect(shown.includes(secret), `secret ${at}`).to.equal(false)
  })

  it('leaves nothing behind: no process, no file', async () => {
    const pids = (await labStatus(lab)).nodes.flatMap(({ pid }) => pid ?? [])
    expect(await takeDown(stateDir, talk)).to.equal(true)
    expect(readdirSync(stateDir)).to.deep.equal([])
    expect(existsSync(lab.state.nodesRoot)).to.equal(false)
    expect(pids.filter(pid => readProcess(pid))).to.deep.equal([])
  })
})
