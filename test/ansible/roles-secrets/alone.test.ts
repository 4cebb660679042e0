// playbooks/rotate-secrets.yml as a person runs it, without ops: the value comes from a real Vault, one host after the other.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import type { JsonObject } from '../../../src/ports/json.ts'
import { askVault } from '../roles-vault/ask-vault.ts'
import { startVault, type TestVault } from '../roles-vault/start-vault.ts'
import { checkout, entryOf, openStand, type Stand, secretId } from './stand.ts'

const [canary, path] = ['Kanarienvogel-77aa', 'secret/elk/logstash']

describe('rotate-secrets.yml without ops', function () {
  this.timeout(300_000)
  let vault: TestVault
  let stand: Stand
  let root = ''
  const ask = (method: string, place: string, body?: JsonObject) =>
    askVault(vault, { method, path: place, token: root, body })
  const tokenFile = () => join(vault.folder, 'token')

  before(async () => {
    vault = await startVault()
    const { body } = await ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
    root = body.root_token
    await ask('PUT', 'sys/unseal', { key: body.keys[0] })
    await ask('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } })
    for (const password of ['older', canary]) {
      await ask('POST', 'secret/data/elk/logstash', { data: { username: 'logstash_b', password, more: 'x' } })
    }
    writeFileSync(tokenFile(), `${root}\n`, { mode: 0o600 })
    stand = await openStand(
      (folder, loginUrl) => ({
        ls01: entryOf(join(folder, 'ls01.env'), { login_url: loginUrl }),
        ls02: entryOf(join(folder, 'ls02.env'), { login_url: loginUrl }),
        es01: null,
      }),
      {
        vault_token_file: tokenFile(),
        secret_sources: { [secretId]: { path, principal_field: 'username', secret_field: 'password' } },
        secret_consumer_patience_seconds: 1,
        secret_consumer_vault_host: 'vault01',
        secret_consumer_vault_url: vault.url,
        secret_consumer_vault_ca_file: vault.caFile,
      },
    )
  })
  after(async () => {
    await stand.close()
    await vault.close()
  })

  const play = async (...words: readonly string[]) => {
    const command = ['-vvv', '-i', stand.inventory, '-e', `ops_secret=${secretId}`, ...words]
    const { all, exitCode } = await execa(
      join(checkout, '.venv/bin/ansible-playbook'),
      [...command, 'playbooks/rotate-secrets.yml'],
      { cwd: checkout, all: true, reject: false, env: { ANSIBLE_NOCOLOR: '1' } },
    )
    const said = (all ?? '').replaceAll(/\s+/g, ' ')
    for (const secret of [canary, root]) expect(said).not.to.contain(secret)
    return { said, exitCode }
  }

  it('ends at the first host that is not let in', async () => {
    const { said, exitCode } = await play()
    expect(exitCode).to.equal(2)
    expect(said).to.contain('answers 401')
    expect(await stand.told()).to.deep.equal(['stop ls01', 'start ls01'])
  })

  it('gives every host that uses the secret the current version, one after the other', async () => {
    stand.letIn.add(`logstash_b:${canary}`)
    const { said, exitCode } = await play()
    expect(exitCode, said.slice(-2500)).to.equal(0)
    for (const file of ['ls01.env', 'ls02.env']) {
      expect(await stand.read(file)).to.equal(`ES_USER=logstash_b\nES_PASSWORD=${canary}\n`)
    }
    expect(await stand.told()).to.deep.equal(['stop ls02', 'start ls02'])
  })

  it('changes nothing the second time', async () => {
    const { said, exitCode } = await play()
    expect(exitCode).to.equal(0)
    expect(said).not.to.match(/changed=[1-9]/)
    expect(await stand.told()).to.deep.equal([])
  })

  it('refuses a host without an entry where it is named, and a secret that nobody has', async () => {
    expect((await play('-e', 'secret_hosts=es01')).said).to.contain(
      'no host of this play has logstash-writer',
    )
    expect((await play('-e', 'ops_secret=none')).said).to.contain('no host of this play has none')
  })

  it('says what it lacks to read Vault', async () => {
    for (const [words, complaint] of [
      [
        ['-e', 'ops_secret_path=secret/elk/nothing'],
        'secret/elk/nothing cannot be read from https://127.0.0.1',
      ],
      [['-e', 'ops_secret_path=kv/elk'], 'kv/elk is not in secret, which vault_kv_path names'],
      [['-e', 'vault_token_file=/nowhere'], 'the token of Vault is not in /nowhere'],
      [['-e', '{"secret_sources": {}}'], 'secret_sources says of no path in Vault for logstash-writer'],
      [
        ['-e', `{"secret_sources": {"${secretId}": {"path": "${path}", "secret_field": "key"}}}`],
        'secret/elk/logstash lacks username or key',
      ],
    ] as const) {
      const { said, exitCode } = await play(...words)
      expect(exitCode).to.equal(2)
      expect(said).to.contain(complaint)
    }
    chmodSync(tokenFile(), 0o644)
    expect((await play()).said).to.contain('may be read by others: chmod 600')
    chmodSync(tokenFile(), 0o600)
    expect(readFileSync(stand.file('ls01.env'), 'utf8')).to.contain(canary)
  })
})
