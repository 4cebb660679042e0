// The authority and the certificate of a host, made for real in a temporary directory.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest, refusalOf } from './play-role.ts'

describe('the role tls', function () {
  this.timeout(300_000)
  let test: RoleTest
  const at = (...parts: string[]): string => join(test.folder, ...parts)
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  const vars = (more: JsonObject = {}): JsonObject => ({
    test_result: 'tls_certificate',
    tls_ca_dir: at('ca'),
    tls_dir: at('host'),
    tls_group: group,
    ...more,
  })
  const play = (more: JsonObject = {}, check = false) => test.play('tls', vars(more), { check })
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

  before(async () => {
    test = await openRoleTest(
      localInventory({ all_local: { 'es-data01': { ansible_host: '192.168.56.21' } } }),
    )
  })
  after(() => test.close())

  it('says in check mode what it would make, and makes nothing', async () => {
    const played = await play({}, true)
    expect(played.outcomes.get('es-data01')).to.deep.equal({ state: 'ok', changed: true })
    expect(played.diffs.map(({ diff }) => diff).join()).to.contain('there is no certificate yet')
    expect(existsSync(at('ca'))).to.equal(false)
  })

  it('makes authority, key, certificate and stores that fit together', async () => {
    const played = await play()
    expect(played.outcomes.get('es-data01')).to.deep.equal({ state: 'ok', changed: true })
    expect(played.results.get('es-data01')).to.deep.include({
      names: ['127.0.0.1', '192.168.56.21', 'es-data01', 'es-data01.pl.ovh.local', 'localhost'],
    })
    expect(openssl('verify', '-CAfile', at('ca', 'ca.crt'), at('host', 'host.crt'))).to.contain('OK')
    expect(openssl('x509', '-in', at('host', 'host.crt'), '-noout', '-text')).to.contain('prime256v1')
    expect(statSync(at('ca', 'ca.key')).mode & 0o777).to.equal(0o600)
    expect(statSync(at('host', 'store.password')).mode & 0o777).to.equal(0o600)
    const password = `file:${at('host', 'store.password')}`
    openssl('pkcs12', '-in', at('host', 'keystore.p12'), '-passin', password, '-nokeys')
  })

  it('writes a truststore whose entry Java takes for trusted, without a password', () => {
    const list = ['-list', '-keystore', at('host', 'truststore.p12'), '-storetype', 'PKCS12']
    const said = execFileSync('keytool', list, {
      input: '\n',
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    expect(said).to.contain('trustedCertEntry')
  })

  it('changes nothing the second time', async () => {
    const certificate = readFileSync(at('host', 'host.crt'))
    expect((await play()).outcomes.get('es-data01')).to.deep.equal({ state: 'ok', changed: false })
    expect(readFileSync(at('host', 'host.crt')).equals(certificate)).to.equal(true)
  })

  it('renews a certificate that nears its end, with the same key', async () => {
    const key = readFileSync(at('host', 'host.key'))
    const { not_after: before } = (await play()).results.get('es-data01') as { not_after: string }
    const renewed = await play({ tls_renew_days: 900, tls_days: 1000 })
    const { not_after: after } = renewed.results.get('es-data01') as { not_after: string }
    expect(after > before).to.equal(true)
    expect(readFileSync(at('host', 'host.key')).equals(key)).to.equal(true)
  })

  it('signs anew where the host has got another address, and puts right what was cut short', async () => {
    rmSync(at('host', 'keystore.p12'))
    const played = await play({ tls_addresses: ['127.0.0.1', '192.168.56.99'] })
    expect(played.results.get('es-data01')).to.deep.nested.include({ 'names[1]': '192.168.56.99' })
    expect(existsSync(at('host', 'keystore.p12'))).to.equal(true)
  })

  it('refuses a certificate that has ended, and replaces it only when told so', async () => {
    const request = at('csr')
    openssl('req', '-new', '-key', at('host', 'host.key'), '-subj', '/CN=es-data01', '-out', request)
    const signer = ['-CA', at('ca', 'ca.crt'), '-CAkey', at('ca', 'ca.key'), '-set_serial', '7']
    openssl('x509', '-req', '-in', request, ...signer, '-days', '-1', '-out', at('host', 'host.crt'))
    const refusal = refusalOf(await play(), 'es-data01')
    expect(refusal)
      .to.contain('es-data01: ')
      .and.to.contain('has ended on')
      .and.to.contain('tls_replace: [expired]')
    expect(refusalOf(await play({ tls_replace: ['expired'] }), 'es-data01')).to.equal('')
  })

  it('refuses a certificate of another authority, and does not begin one for it', async () => {
    const refusal = refusalOf(await play({ tls_ca_dir: at('other') }), 'es-data01')
    expect(refusal).to.contain('is signed by another authority').and.to.contain('tls_replace: [foreign]')
    expect(existsSync(at('other'))).to.equal(false)
  })

  it('refuses half an authority', async () => {
    mkdirSync(at('half'))
    copyFileSync(at('ca', 'ca.crt'), at('half', 'ca.crt'))
    expect(refusalOf(await play({ tls_ca_dir: at('half') }), 'es-data01')).to.contain('half/ca.key is not')
  })
})
