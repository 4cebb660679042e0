// The modules of role vault against a real Vault: how it is initialised and unsealed, and what it is made to hold.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { runModule } from '../roles/run-module.ts'
import { askVault } from './ask-vault.ts'
import { startVault, type TestVault } from './start-vault.ts'

describe('the modules of role vault', function () {
  this.timeout(300_000)
  let vault: TestVault
  const at = (name: string): string => join(vault.folder, name)
  const run = (name: string, args: JsonObject, check = false) =>
    runModule('vault', `ops_vault_${name}`, { url: vault.url, ca_file: vault.caFile, ...args }, { check })
  const initialise = (file: string, check = false) => run('init', { file, shares: 3, threshold: 2 }, check)
  const unseal = (file: string, check = false) => run('unseal', { file, stall_seconds: 30 }, check)
  const see = (more: JsonObject = {}, check = false) =>
    run(
      'content',
      {
        token_file: at('init.json'),
        kv_path: 'secret',
        policies: { elk: [{ path: 'secret/data/elk', capabilities: ['read'] }] },
        approles: [{ name: 'logstash', policies: ['elk'] }],
        audit_file: at('audit.log'),
        ...more,
      },
      check,
    )
  const secrets = (): { keys: string[]; root_token: string } =>
    JSON.parse(readFileSync(at('init.json'), 'utf8'))
  const ask = (method: string, path: string, token: string, body?: JsonObject) =>
    askVault(vault, { method, path, token, body })
  before(async () => {
    vault = await startVault()
  })
  after(() => vault.close())

  it('say why a Vault cannot be asked, and what a new one is', async () => {
    const away = { url: 'https://127.0.0.1:1', ca_file: vault.caFile }
    const { problem } = await runModule('vault', 'ops_vault_status', away)
    expect(problem).to.contain('https://127.0.0.1:1 does not answer').and.to.contain('refused')
    expect(await runModule('vault', 'ops_vault_status', { ...away, as_new: true })).to.deep.include({
      sealed: true,
    })
    expect(await run('status', {})).to.deep.include({ initialised: false, sealed: true, problem: null })
  })

  it('do not trust a Vault of another authority', async () => {
    const { problem } = await run('status', { ca_file: '/etc/ssl/certs/ca-certificates.crt' })
    expect(problem).to.contain('certificate verify failed')
  })

  it('do not initialise in check mode, or where the keys could be lost or written over', async () => {
    expect(await initialise(at('init.json'), true)).to.deep.include({ changed: true })
    writeFileSync(at('other.json'), 'keys of another')
    expect((await initialise(at('other.json'))).msg).to.contain('is there already')
    expect((await initialise('/proc/init.json')).msg).to.contain('Vault is not initialised')
    writeFileSync(at('left.json.draft'), 'keys')
    expect((await initialise(at('left.json'))).msg).to.contain('left.json.draft is there')
    expect(await run('status', {})).to.deep.include({ initialised: false })
    expect(readFileSync(at('other.json'), 'utf8')).to.equal('keys of another')
  })

  it('initialise once, and say no key', async () => {
    const said = await initialise(at('init.json'))
    expect(said).to.deep.include({ changed: true })
    expect(statSync(at('init.json')).mode & 0o777).to.equal(0o600)
    expect(existsSync(at('init.json.draft'))).to.equal(false)
    expect(secrets().keys).to.have.length(3)
    for (const secret of [...secrets().keys, secrets().root_token]) {
      expect(JSON.stringify(said)).not.to.contain(secret)
    }
    expect(await initialise(at('init.json'))).to.deep.include({ changed: false })
  })

  it('refuse keys that others may read, that are not there, or that are of another Vault', async () => {
    const forged = secrets().keys.map(() => Buffer.alloc(33, 7).toString('base64'))
    writeFileSync(at('forged.json'), JSON.stringify({ keys_base64: forged }))
    expect((await unseal(at('forged.json'))).msg).to.contain('may be read by others: chmod 600')
    chmodSync(at('forged.json'), 0o600)
    const { msg } = await unseal(at('forged.json'))
    expect(msg).to.contain('forged.json').and.not.to.contain(forged[0])
    expect((await unseal(at('none.json'))).msg).to.contain('none.json cannot be read')
    expect(await run('status', {})).to.deep.include({ initialised: true, sealed: true })
  })

  it('unseal with as many keys as it takes, once', async () => {
    await vault.restart()
    expect(await unseal(at('init.json'), true)).to.deep.include({ changed: true })
    expect(await run('status', {})).to.deep.include({ sealed: true })
    expect(await unseal(at('init.json'))).to.deep.include({ changed: true })
    expect(await run('status', {})).to.deep.include({ sealed: false })
    expect(await unseal(at('init.json'))).to.deep.include({ changed: false })
  })

  it('show in check mode what Vault would be made to hold, and make nothing', async () => {
    const written = ['audit to a file', 'secrets at secret/', 'policy elk', 'AppRole', 'AppRole logstash']
    const shown = await see({}, true)
    expect(shown).to.deep.include({ changed: true, written })
    expect(await see({ as_new: true, token_file: at('none.json') }, true)).to.deep.include({ written })
    expect((await ask('GET', 'sys/mounts', secrets().root_token)).body.data).not.to.have.property('secret/')
  })

  it('make Vault hold it, and change nothing the second time', async () => {
    expect(await see()).to.deep.include({ changed: true, warnings_found: [] })
    expect(await see()).to.deep.include({ changed: false, written: [], warnings_found: [] })
  })

  it('let a role read its own secret and no other, with every request in the audit log', async () => {
    const root = secrets().root_token
    for (const name of ['elk', 'kibana']) {
      await ask('POST', `secret/data/${name}`, root, { data: { password: 'of the test' } })
    }
    const { body: role } = await ask('GET', 'auth/approle/role/logstash/role-id', root)
    const { body: secret } = await ask('POST', 'auth/approle/role/logstash/secret-id', root)
    const { body: login } = await ask('POST', 'auth/approle/login', '', {
      role_id: role.data.role_id,
      secret_id: secret.data.secret_id,
    })
    const token = login.auth.client_token
    expect((await ask('GET', 'secret/data/elk', token)).body.data.data).to.deep.equal({
      password: 'of the test',
    })
    expect((await ask('GET', 'secret/data/kibana', token)).status).to.equal(403)
    const audit = readFileSync(at('audit.log'), 'utf8')
    expect(audit).to.contain('secret/data/kibana').and.not.to.contain('of the test')
  })

  it('put a policy and a role right again, and report a mount that is another', async () => {
    await ask('POST', 'sys/policies/acl/elk', secrets().root_token, {
      policy: 'path "*" { capabilities = ["read"] }',
    })
    await ask('POST', 'auth/approle/role/logstash', secrets().root_token, { token_policies: ['default'] })
    const again = await see({ audit_file: '/elsewhere/audit.log' })
    expect(again).to.deep.include({ written: ['policy elk', 'AppRole logstash'] })
    expect(again.warnings_found).to.deep.equal([
      `the audit log goes to ${at('audit.log')}, and not to /elsewhere/audit.log as asked for`,
    ])
    const { warnings_found: found } = await see({ kv_path: 'sys' })
    expect(found).to.deep.equal(['at sys/ is system, and not KV v2 as asked for: it was left alone'])
  })

  it('say that a token is refused, and say no token', async () => {
    writeFileSync(at('token'), 'hvs.of-nobody\n', { mode: 0o600 })
    const said = await see({ token_file: at('token') })
    expect(said).to.deep.include({ changed: false, written: [] })
    expect(String(said.warnings_found)).to.contain('it refuses the token of')
    expect(JSON.stringify(said)).not.to.contain('hvs.of-nobody')
  })
})
