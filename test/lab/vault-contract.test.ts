// The contract of VaultPort on a real Vault with TLS, as the AppRole `ops`, and what only a real one can show: wrong certificates and
// logins, tokens that are renewed and revoked, KV of version 1, a Vault that hangs, and a process that ends by itself.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { type ConnectOptions, connectVault, type VaultConnection } from '../../src/adapters/vault/index.ts'
import { type OpsError, toOpsError } from '../../src/errors/index.ts'
import { SecretText } from '../../src/ports/secret.ts'
import { realClock } from '../contract/kafka/real-brokers.ts'
import { optionsOf, type RealVault, startRealVault } from '../contract/vault/real-vault.ts'
import { describeVaultPort } from '../contract/vault/vault.contract.ts'
import { opsCalls } from '../unit/cli/capture-ops.ts'

const address = '127.0.77.1'

describe('the Vault adapter on a real server', function () {
  this.timeout(600_000)
  let real: RealVault
  let vault: VaultConnection
  const registered = new Set<string>()
  const warnings: string[] = []
  const denied = new Map<string, readonly string[]>()
  const opened: VaultConnection[] = []

  const connect = (change: Partial<ConnectOptions> = {}): VaultConnection => {
    const own = connectVault({
      ...optionsOf(real),
      login: () => real.login,
      cache: {
        file: join(real.directory, 'cache', 'entries.json'),
        keyFile: join(real.directory, 'cache', 'key'),
        makesKey: true,
        owner: `inventory/test ${real.url}`,
        hours: 72,
      },
      register: secret => registered.add(secret),
      warn: text => warnings.push(text),
      clock: realClock,
      ...change,
    })
    opened.push(own)
    return own
  }
  const setRules = () => real.setRules([...denied].map(([path, capabilities]) => ({ path, capabilities })))
  const tokensOfOps = async (): Promise<{ accessor: string; ttl: number }[]> => {
    const { data } = await real.ask('LIST', 'auth/token/accessors')
    const looked = await Promise.all(
      data.keys.map((accessor: string) =>
        real.ask('POST', 'auth/token/lookup-accessor', { accessor }).catch(() => null),
      ),
    )
    return looked
      .filter(one => one?.data.path === 'auth/approle/login' && one.data.meta.role_name === 'ops')
      .map(one => one.data)
  }
  const errorOf = async (call: Promise<unknown>): Promise<OpsError> => {
    const thrown = await call.then(
      () => null,
      error => error,
    )
    if (thrown === null) return expect.fail('nothing was thrown')
    return toOpsError(thrown)
  }

  before(async () => {
    real = await startRealVault(address)
    vault = connect()
  })
  after(async () => {
    for (const one of opened) await one.close().catch(() => {})
    await real?.end()
  })

  describeVaultPort('a real server', async () => ({
    vault,
    clock: realClock,
    registered,
    warnings,
    withToken: async () => {
      const token = await real.makeToken()
      return {
        vault: connect({ login: () => ({ token }) }),
        expire: () => real.ask('POST', 'auth/token/revoke', { token: token.reveal() }),
      }
    },
    seal: () => real.ask('PUT', 'sys/seal'),
    unseal: real.unseal,
    stop: real.stop,
    start: real.start,
    endTokens: async () => {
      for (const { accessor } of await tokensOfOps())
        await real.ask('POST', 'auth/token/revoke-accessor', { accessor })
    },
    deny: async (apiPath, left) => {
      denied.set(apiPath, left)
      await setRules()
    },
    allow: async apiPath => {
      denied.delete(apiPath)
      await setRules()
    },
    somebodyWrites: async (path, fields) =>
      void (await real.ask('POST', path.replace('secret/', 'secret/data/'), { data: fields })),
    loseNextAnswer: async () => real.proxy.lose('answer', '/secret/'),
    dropNextWrite: async () => real.proxy.lose('request', '/secret/'),
  }))

  describe('what only a real one shows', () => {
    it('sent no write twice, and no secret in a path', () => {
      const lost = real.proxy.requests.filter(one => one === 'POST /v1/secret/data/contract/lost')
      expect(lost.length).to.equal(3)
      expect(real.proxy.requests.join('\n')).not.to.include('canary')
    })

    it('names a wrong CA, a wrong secret-id, a wrong token, nobody there and a redirect, and tells no secret', async () => {
      const { caFile: _caFile, ...plain } = optionsOf(real)
      const wrong = new SecretText('wrong-canary-secret')
      const cases = [
        [{ caFile: '/nowhere/ca.pem' }, 'VAULT_UNREACHABLE', /CA file/],
        [{ login: () => ({ ...real.login, secretId: wrong }) }, 'VAULT_AUTH', /secret.id/i],
        [{ login: () => ({ token: wrong }) }, 'VAULT_AUTH', /token/],
        [{ url: `https://${address}:1` }, 'VAULT_UNREACHABLE', /ECONNREFUSED/],
        [{ url: `http://${address}:8200` }, 'VAULT_REJECTED', /HTTP 400/],
      ] as const
      for (const [change, code, words] of cases) {
        const thrown = await errorOf(connect(change).session())
        expect(thrown.code, thrown.message).to.equal(code)
        expect(thrown.message).to.match(words)
        expect(thrown.message + String(thrown.hint) + JSON.stringify(thrown)).not.to.include('canary')
      }
      const untrusted = await errorOf(
        connectVault({
          ...plain,
          login: () => real.login,
          cache: null,
          register: () => {},
          warn: () => {},
          clock: realClock,
        }).session(),
      )
      expect(untrusted).to.include({ code: 'VAULT_UNREACHABLE', next: 'stop' })
      expect(untrusted.hint).to.include('vault_ca_file')
      real.proxy.redirectTo('https://127.0.77.2:8200')
      const standby = await errorOf(vault.readFresh('secret/contract/versions'))
      real.proxy.redirectTo(null)
      expect(standby.code).to.equal('VAULT_STANDBY')
    })

    it('refuses a KV of version 1, and one that is no KV', async () => {
      const root = connect({ login: () => ({ token: rootToken }), cache: null })
      const rootToken = await real.makeToken({ policies: ['root'] })
      expect(await root.mountOf('plain/any')).to.deep.equal({ mount: 'plain/', type: 'kv', version: 1 })
      for (const call of [root.read('plain/any'), root.metadata('plain/any'), root.read('cubbyhole/any')])
        expect((await errorOf(call)).code).to.equal('UNSUPPORTED')
      expect((await root.capabilities(['secret/data/any'])).get('secret/data/any')).to.include('delete')
    })

    it('renews a token before it ends, and revokes its own when it is done', async () => {
      const role = { token_policies: 'ops', token_ttl: '100s', token_max_ttl: '130s' }
      await real.ask('POST', 'auth/approle/role/brief', role)
      const roleId = (await real.ask('GET', 'auth/approle/role/brief/role-id')).data.role_id
      const { secret_id } = (await real.ask('POST', 'auth/approle/role/brief/secret-id', {})).data
      let aheadMs = 0
      const clock = { ...realClock, monotonicMs: () => realClock.monotonicMs() + aheadMs }
      const secretId = new SecretText(secret_id)
      const own = connect({ login: () => ({ roleId, secretId }), clock, cache: null })
      const sent = (what: string): number => real.proxy.requests.filter(one => one.endsWith(what)).length
      const before = { renewals: sent('/renew-self'), logins: sent('/approle/login') }
      await own.session()
      expect(sent('/approle/login') - before.logins).to.equal(1)
      aheadMs = 50_000
      await own.session()
      expect(sent('/renew-self') - before.renewals, 'half is left').to.equal(0)
      aheadMs = 70_000
      await own.session()
      expect(sent('/renew-self') - before.renewals, 'less than a third is left').to.equal(1)
      expect(sent('/approle/login') - before.logins).to.equal(1)
      await own.close()
      const { data } = await real.ask('LIST', 'auth/token/accessors')
      const left = await Promise.all(
        data.keys.map((accessor: string) =>
          real.ask('POST', 'auth/token/lookup-accessor', { accessor }).catch(() => null),
        ),
      )
      expect(left.filter(one => one?.data.meta?.role_name === 'brief')).to.deep.equal([])
    })

    it('logs in anew, once for all who ask, where a token cannot be renewed at all', async () => {
      const role = { token_policies: 'ops', token_ttl: '100s', token_type: 'batch' }
      await real.ask('POST', 'auth/approle/role/batch', role)
      const roleId = (await real.ask('GET', 'auth/approle/role/batch/role-id')).data.role_id
      const { secret_id } = (await real.ask('POST', 'auth/approle/role/batch/secret-id', {})).data
      let aheadMs = 0
      const clock = { ...realClock, monotonicMs: () => realClock.monotonicMs() + aheadMs }
      const own = connect({
        login: () => ({ roleId, secretId: new SecretText(secret_id) }),
        clock,
        cache: null,
      })
      const logins = (): number => real.proxy.requests.filter(one => one.endsWith('/approle/login')).length
      expect(await own.session()).to.include({ role: 'batch', renewable: false })
      const before = logins()
      aheadMs = 90_000
      await Promise.all([own.session(), own.session()])
      expect(logins()).to.equal(before + 1)
    })

    it('never revokes a token that it was given', async () => {
      const token = await real.makeToken()
      const own = connect({ login: () => ({ token }) })
      await own.session()
      await own.close()
      const { data } = await real.ask('POST', 'auth/token/lookup', { token: token.reveal() })
      expect(data.ttl).to.be.above(3000)
    })

    it('leaves what is no text as it is when it writes it back', async () => {
      await real.ask('POST', 'secret/data/contract/kinds', {
        data: { port: 9200, on: true, password: 'kinds-canary' },
      })
      const found = await vault.readFresh('secret/contract/kinds')
      expect(found?.fields.port?.reveal()).to.equal('9200')
      await vault.write(
        'secret/contract/kinds',
        { ...found?.fields, password: new SecretText('other-canary') },
        1,
      )
      const { data } = await real.ask('GET', 'secret/data/contract/kinds')
      expect(data.data).to.deep.equal({ port: 9200, on: true, password: 'other-canary' })
    })

    it('treats a deleted current version as nothing there', async () => {
      await real.ask('POST', 'secret/data/contract/deleted', { data: { password: 'deleted-canary' } })
      await vault.read('secret/contract/deleted')
      await real.ask('DELETE', 'secret/data/contract/deleted')
      expect(await vault.read('secret/contract/deleted')).to.equal(null)
      expect((await vault.metadata('secret/contract/deleted'))?.versions[0]?.gone).to.equal(true)
      real.proxy.redirectTo('https://127.0.77.2:8200')
      const thrown = await errorOf(vault.read('secret/contract/deleted'))
      real.proxy.redirectTo(null)
      expect(thrown.code, 'nor is it in the cache').to.equal('VAULT_STANDBY')
    })

    it('gives up waiting for a Vault that hangs, and does not know what became of a write', async () => {
      // Enough for the login, which is to be answered.
      const own = connect({ requestTimeoutMs: 3000, cache: null })
      await own.session()
      real.proxy.lose('hang', '/secret/data/contract/hung')
      const begunMs = performance.now()
      const thrown = await errorOf(own.write('secret/contract/hung', { a: new SecretText('hung-canary') }, 0))
      expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
      expect(performance.now() - begunMs).to.be.below(30_000)
      expect(await own.metadata('secret/contract/hung')).to.equal(null)
    })

    it('keeps nothing readable on this machine', () => {
      const files = readdirSync(join(real.directory, 'cache'))
      expect(files.sort()).to.deep.equal(['entries.json', 'key'])
      const text = files.map(name => readFileSync(join(real.directory, 'cache', name), 'latin1')).join('\n')
      expect(text).to.include('secret/contract/versions')
      expect(text).not.to.match(/canary/)
      expect(text).not.to.include('pending')
    })

    it('is what `ops` reads its own password for Elasticsearch from, and the copy of it while Vault is sealed', async () => {
      const { ops, write, state, end } = opsCalls()
      const canary = 'cluster-password-canary'
      await real.ask('POST', 'secret/data/elk/ops', { data: { password: canary } })
      const inventory = write(
        'inventory.json',
        JSON.stringify({
          all: {
            vars: { ansible_connection: 'local' },
            children: {
              elasticsearch: {
                hosts: { 'es-data01': { ansible_host: '127.0.0.1' } },
                vars: { es_username: 'ops', es_http_port: 1, es_password_vault: 'secret/elk/ops#password' },
              },
              vault: {
                hosts: { vault01: { ansible_host: address } },
                vars: {
                  vault_ca_file: real.caFile,
                  vault_role_id_file: write('role-id', real.login.roleId),
                  vault_secret_id_file: write('secret-id', real.login.secretId.reveal()),
                },
              },
            },
          },
        }),
      )
      const ask = async () => {
        const { status, stdout, stderr } = await ops(['doctor', '-i', inventory], { timeoutMs: 60_000 })
        expect(stdout + stderr)
          .not.to.include('canary')
          .and.not.include(real.login.secretId.reveal())
        expect(status).to.equal(1)
        return { stdout, stderr }
      }
      try {
        const before = (await tokensOfOps()).length
        const well = await ask()
        expect((await tokensOfOps()).length, 'its session is ended').to.equal(before)
        expect(well.stdout).to.include('es-data01').and.not.include('vault01')
        expect(well.stderr).to.equal('')
        await real.ask('PUT', 'sys/seal')
        const sealed = await ask()
        expect(sealed.stdout)
          .to.match(/vault01[\s\S]*is sealed/)
          .and.include('es-data01')
        expect(sealed.stderr).to.match(/^warning: .*sealed.*secret\/elk\/ops .*version 1/)
        rmSync(join(state, 'vault-cache'), { recursive: true })
        expect((await ask()).stdout + (await ask()).stderr)
          .to.include('sealed')
          .and.not.include('es-data01:')
      } finally {
        await real.unseal()
        end()
      }
    })

    it('lets a process end by itself once it is closed, whatever its environment says', async () => {
      const adapter = new URL('../../src/adapters/vault/index.ts', import.meta.url).href
      const program = `
      const { connectVault } = await import(${JSON.stringify(adapter)})
      const { SecretText } = await import(${JSON.stringify(new URL('../../src/ports/secret.ts', import.meta.url).href)})
      const clock = { now: () => new Date(), monotonicMs: () => performance.now(), sleep: async () => {} }
      const vault = connectVault({
        ...JSON.parse(process.env.OPTIONS), clock, cache: null, register: () => {}, warn: console.log,
        login: () => ({ roleId: process.env.ROLE, secretId: new SecretText(process.env.SECRET) }),
      })
      await vault.readFresh('secret/contract/versions')
      await vault.close()
      console.log('closed')`
      const { stdout, stderr, exitCode } = await execa('node', ['--input-type=module', '--eval', program], {
        preferLocal: true,
        timeout: 30_000,
        env: {
          OPTIONS: JSON.stringify(optionsOf(real)),
          ROLE: real.login.roleId,
          SECRET: real.login.secretId.reveal(),
          DEBUG: '*',
          VAULT_TOKEN: 'token-of-the-environment',
          VAULT_ADDR: 'https://127.0.77.9:8200',
          VAULT_PREFIX: '/elsewhere',
          VAULT_NAMESPACE: 'elsewhere',
          HTTPS_PROXY: 'http://127.0.77.9:1',
        },
      })
      expect([stdout, exitCode]).to.deep.equal(['closed', 0])
      expect(stderr).not.to.match(/canary|password/)
    })
  })
})
