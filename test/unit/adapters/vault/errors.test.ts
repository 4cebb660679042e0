// What each refusal of Vault means, on a server that answers as the test says.
import { expect } from 'chai'
import { SecretText } from '../../../../src/ports/secret.ts'
import { documentOf, errorOf, refusalOf, scriptVault } from './scripted-vault.ts'

const path = 'secret/elk/logstash'
const data = '/v1/secret/data/elk/logstash'
const fields = { username: new SecretText('anna'), password: new SecretText('sent-canary') }

describe('refusals of Vault', () => {
  const table = [
    [503, 'Vault is sealed', 'VAULT_SEALED', 'VAULT_SEALED'],
    [503, 'upstream is away', 'VAULT_UNREACHABLE', 'VAULT_UNREACHABLE'],
    [429, '', 'VAULT_STANDBY', 'VAULT_STANDBY'],
    [429, 'request path "x": rate limit quota exceeded', 'VAULT_REJECTED', 'VAULT_REJECTED'],
    [472, '', 'VAULT_STANDBY', 'VAULT_STANDBY'],
    [473, '', 'VAULT_STANDBY', 'VAULT_STANDBY'],
    [307, '', 'VAULT_STANDBY', 'VAULT_STANDBY'],
    [500, 'local node not active but active cluster node not found', 'VAULT_STANDBY', 'VAULT_STANDBY'],
    [500, 'internal error', 'VAULT_REJECTED', 'OUTCOME_UNKNOWN'],
    [502, 'bad gateway', 'VAULT_REJECTED', 'OUTCOME_UNKNOWN'],
    [403, '1 error occurred:\n\t* permission denied\n\n', 'VAULT_FORBIDDEN', 'VAULT_FORBIDDEN'],
    [405, 'unsupported operation', 'UNSUPPORTED', 'UNSUPPORTED'],
    [400, 'check-and-set parameter did not match the current version', 'VAULT_CONFLICT', 'VAULT_CONFLICT'],
    [400, 'no such luck', 'VAULT_REJECTED', 'VAULT_REJECTED'],
  ] as const
  for (const [status, words, onRead, onWrite] of table)
    it(`reads ${status} ${words.trim()} as ${onRead}${onRead === onWrite ? '' : `, and ${onWrite} of a write`}`, async () => {
      await using scripted = await scriptVault(asked =>
        asked.endsWith(data) ? refusalOf(status, words) : undefined,
      )
      expect((await errorOf(scripted.vault.readFresh(path))).code).to.equal(onRead)
      expect((await errorOf(scripted.vault.write(path, fields, 1))).code).to.equal(onWrite)
    })

  it('takes what was sent out of the words of Vault', async () => {
    await using scripted = await scriptVault(asked =>
      asked.endsWith(data) ? refusalOf(400, 'cannot take sent-canary for a field') : undefined,
    )
    const { message } = await errorOf(scripted.vault.write(path, fields, 1))
    expect(message).to.include('cannot take [secret] for a field')
  })

  it('tells a token that has ended from a policy that forbids', async () => {
    let ended = false
    await using scripted = await scriptVault(asked => {
      if (ended || asked.endsWith(data)) return refusalOf(403, 'permission denied')
      return undefined
    })
    expect((await errorOf(scripted.vault.readFresh(path))).code).to.equal('VAULT_FORBIDDEN')
    ended = true
    const thrown = await errorOf(scripted.vault.readFresh(path))
    expect(thrown).to.include({ code: 'VAULT_AUTH', hint: 'check /secrets/token' })
  })

  it('logs in once more and no more often where a policy of an AppRole forbids, even to look itself up', async () => {
    const login = { roleId: 'role', secretId: new SecretText('secret-id-canary') }
    await using scripted = await scriptVault(
      asked =>
        asked.endsWith(data) || asked.endsWith('lookup-self')
          ? refusalOf(403, 'permission denied')
          : undefined,
      { login },
    )
    expect((await errorOf(scripted.vault.readFresh(path))).code).to.equal('VAULT_FORBIDDEN')
    const logins = scripted.requests.filter(one => one.endsWith('/approle/login'))
    expect(logins.length).to.equal(2)
  })

  it('asks again where a kept connection was closed, and never sends a write twice', async () => {
    let cuts = 0
    await using scripted = await scriptVault(asked => {
      if (!asked.endsWith(data)) return undefined
      if (cuts > 0) {
        cuts -= 1
        return 'cut'
      }
      return documentOf(4, { password: 'read-canary' })
    })
    await scripted.vault.readFresh(path)
    cuts = 1
    expect((await scripted.vault.readFresh(path))?.version).to.equal(4)
    cuts = 1
    expect((await errorOf(scripted.vault.write(path, fields, 4))).code).to.equal('OUTCOME_UNKNOWN')
    expect(scripted.requests.filter(one => one === `POST ${data}`).length).to.equal(1)
  })

  it('asks many things at once over a few kept connections, and knows that each was sent', async () => {
    const told: string[] = []
    const hear = ({ name }: Error): void => void told.push(name)
    process.on('warning', hear)
    let hang = false
    // The last of two hundred has to be heard within it, and the hanging ones are waited for as long.
    await using scripted = await scriptVault(
      asked =>
        asked.includes('/data/') ? (hang ? 'hang' : documentOf(1, { password: 'read-canary' })) : undefined,
      { requestTimeoutMs: 5000 },
    )
    const all = Array.from({ length: 200 }, (_, at) => scripted.vault.readFresh(`secret/elk/${at}`))
    expect((await Promise.all(all)).every(found => found?.version === 1)).to.equal(true)
    hang = true
    const late = Array.from({ length: 8 }, () => errorOf(scripted.vault.readFresh(path)))
    for (const { code, message } of await Promise.all(late)) {
      expect(code).to.equal('VAULT_UNREACHABLE')
      expect(message).to.include('no answer in time')
    }
    process.off('warning', hear)
    expect(told).to.deep.equal([])
  })

  it('says where an answer is in an unknown form, and nothing of what is in it', async () => {
    await using scripted = await scriptVault(asked =>
      asked.endsWith(data)
        ? { status: 200, body: { data: { data: { password: 'read-canary' }, metadata: 'read-canary' } } }
        : undefined,
    )
    const { code, message } = await errorOf(scripted.vault.readFresh(path))
    expect(code).to.equal('VAULT_REJECTED')
    expect(message).to.include('data.metadata').and.not.include('canary')
  })

  it('asks for nothing outside the path that it was given', async () => {
    await using scripted = await scriptVault(() => undefined)
    for (const bad of ['secret/../sys/seal', 'secret//elk', 'secret/elk/', '', 'secret/./elk'])
      expect((await errorOf(scripted.vault.readFresh(bad))).code, bad).to.equal('CONFIG_INVALID')
    await scripted.vault.readFresh('secret/a b?version=1#c')
    expect(scripted.requests.at(-1)).to.equal('GET /v1/secret/data/a%20b%3Fversion%3D1%23c')
  })

  it('takes the mount for granted that the inventory names where Vault hides its mounts', async () => {
    const script = (asked: string) =>
      asked.includes('/ui/mounts/')
        ? refusalOf(403, 'preflight capability check returned 403')
        : asked.endsWith(data)
          ? documentOf(2, { password: 'read-canary' })
          : undefined
    await using hinted = await scriptVault(script, { mountHint: 'secret' })
    expect((await hinted.vault.readFresh(path))?.version).to.equal(2)
    expect((await errorOf(hinted.vault.readFresh('other/elk'))).code).to.equal('VAULT_FORBIDDEN')
    await using unhinted = await scriptVault(script)
    expect((await errorOf(unhinted.vault.readFresh(path))).code).to.equal('VAULT_FORBIDDEN')
  })

  it('knows a KV of version 1 and reads nothing from it', async () => {
    await using scripted = await scriptVault(asked =>
      asked.includes('/ui/mounts/')
        ? { status: 200, body: { data: { path: 'secret/', type: 'kv', options: null } } }
        : undefined,
    )
    expect(await scripted.vault.mountOf(path)).to.deep.equal({ mount: 'secret/', type: 'kv', version: 1 })
    const { code, hint } = await errorOf(scripted.vault.readFresh(path))
    expect(code).to.equal('UNSUPPORTED')
    expect(hint).to.include('enable-versioning')
  })
})

describe('documents of Vault', () => {
  it('are registered by their secrets, whatever holds them, and not by names, flags and ports', async () => {
    const held = {
      username: 'anna',
      password: 'text-canary',
      keys: { access: 'inner-canary', list: ['listed-canary'] },
      pin: 1234567890,
      port: 9200,
      on: true,
      enabled: 'true',
      nothing: null,
    }
    await using scripted = await scriptVault(asked =>
      asked.endsWith(data) ? documentOf(1, held) : undefined,
    )
    const found = await scripted.vault.readFresh(path)
    scripted.registered.delete('given-token-canary')
    expect([...scripted.registered].sort()).to.deep.equal([
      '1234567890',
      'inner-canary',
      'listed-canary',
      'text-canary',
    ])
    expect(found?.fields.keys?.reveal()).to.equal('{"access":"inner-canary","list":["listed-canary"]}')
    expect(found?.fields.nothing?.reveal()).to.equal('null')
  })
})

describe('a session with Vault', () => {
  const login = { roleId: 'role', secretId: new SecretText('secret-id-canary') }

  it('renews when less than a third is left, and logs in where that gives no more time', async () => {
    let lease = 300
    await using scripted = await scriptVault(
      asked =>
        asked.endsWith('/renew-self')
          ? {
              status: 200,
              body: {
                auth: { client_token: 'approle-token-canary', lease_duration: lease, renewable: true },
              },
            }
          : asked.endsWith(data)
            ? documentOf(1, { password: 'read-canary' })
            : undefined,
      { login },
    )
    const count = (what: string): number => scripted.requests.filter(one => one.endsWith(what)).length
    await scripted.vault.readFresh(path)
    expect(scripted.registered).to.include('approle-token-canary').and.include('secret-id-canary')
    await scripted.clock.sleep(199_000)
    await scripted.vault.readFresh(path)
    expect(count('/renew-self')).to.equal(0)
    await scripted.clock.sleep(2_000)
    await scripted.vault.readFresh(path)
    expect([count('/renew-self'), count('/approle/login')]).to.deep.equal([1, 1])
    await scripted.clock.sleep(250_000)
    lease = 50
    await Promise.all([scripted.vault.readFresh(path), scripted.vault.readFresh(path)])
    expect([count('/renew-self'), count('/approle/login')]).to.deep.equal([2, 2])
  })

  it('revokes a token that it has logged in for, and none that it was given', async () => {
    for (const [given, revoked] of [
      [login, 1],
      [undefined, 0],
    ] as const) {
      const scripted = await scriptVault(() => undefined, given === undefined ? {} : { login: given })
      await scripted.vault.readFresh(path)
      await scripted[Symbol.asyncDispose]()
      expect(scripted.requests.filter(one => one.endsWith('/revoke-self')).length).to.equal(revoked)
    }
  })

  it('is asked for by nobody who only wants to know how Vault is', async () => {
    await using scripted = await scriptVault(asked =>
      asked === 'GET /v1/sys/health'
        ? {
            status: 429,
            body: {
              initialized: true,
              sealed: false,
              standby: true,
              version: '1.14.1',
              server_time_utc: 1_744_272_000,
            },
          }
        : undefined,
    )
    expect(await scripted.vault.health()).to.deep.equal({
      initialised: true,
      sealed: false,
      standby: true,
      version: '1.14.1',
      clusterId: null,
      serverTimeMs: 1_744_272_000_000,
    })
    expect(scripted.requests).to.deep.equal(['GET /v1/sys/health'])
  })
})
