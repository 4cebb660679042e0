// The copies of secrets on this machine: what is kept, who can read it, and what is never believed.
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openCache } from '../../../../src/adapters/vault/cache/cache.ts'
import type { CacheOptions } from '../../../../src/adapters/vault/options.ts'
import { SecretText } from '../../../../src/ports/secret.ts'
import { JumpClock } from '../../../support/fake-cluster/jump-clock.ts'
import { documentOf, errorOf, refusalOf, scriptVault } from './scripted-vault.ts'

const hourMs = 3_600_000
const path = 'secret/elk/ops'

describe('the cache of Vault', () => {
  let directory: string
  let clock: JumpClock
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ops-cache-'))
    clock = new JumpClock()
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const optionsOf = (change: Partial<CacheOptions> = {}): CacheOptions => ({
    file: join(directory, 'cache', 'entries.json'),
    keyFile: join(directory, 'cache', 'key'),
    makesKey: true,
    owner: 'inventory/test https://vault01:8200',
    hours: 72,
    ...change,
  })
  const open = (change: Partial<CacheOptions> = {}) => openCache(optionsOf(change), clock)
  const keepOne = (at = path, password = 'kept-canary'): void =>
    open().keep({ path: at, version: 3, createdAtMs: 1000, values: { username: 'ops', password } })
  const whyNot = (recalled: ReturnType<ReturnType<typeof open>['recall']>): string =>
    recalled.kind === 'refused' ? recalled.why : expect.fail(`it is ${recalled.kind}`)
  const change = (edit: (text: string) => string): void => {
    const { file } = optionsOf()
    writeFileSync(file, edit(readFileSync(file, 'utf8')))
  }

  it('gives back what was kept, to another process too', () => {
    keepOne()
    const recalled = open().recall(path)
    expect(recalled).to.deep.equal({
      kind: 'found',
      document: {
        path,
        version: 3,
        createdAtMs: 1000,
        cachedAtMs: clock.now().getTime(),
        values: { username: 'ops', password: 'kept-canary' },
      },
    })
    expect(open().recall('secret/elk/other')).to.deep.equal({ kind: 'none' })
  })

  it('is readable to nobody: encrypted, with a key in a file of its own, both 0600', () => {
    keepOne()
    const { file, keyFile } = optionsOf()
    for (const one of [file, keyFile]) expect(statSync(one).mode & 0o777).to.equal(0o600)
    expect(readFileSync(file, 'latin1')).not.to.include('canary')
    expect(readdirSync(join(directory, 'cache')).sort()).to.deep.equal(['entries.json', 'key'])
  })

  it('never keeps a staged secret', () => {
    keepOne('secret/elk/logstash/pending/logstash-writer')
    expect(existsSync(optionsOf().file)).to.equal(false)
    expect(open().recall('secret/elk/logstash/pending/logstash-writer')).to.deep.equal({ kind: 'none' })
  })

  it('keeps documents of several processes side by side, and forgets one that is gone', () => {
    const [one, other] = [open(), open()]
    one.keep({ path: 'secret/a', version: 1, createdAtMs: 0, values: { password: 'a-canary' } })
    other.keep({ path: 'secret/b', version: 1, createdAtMs: 0, values: { password: 'b-canary' } })
    one.keep({ path: 'secret/c', version: 1, createdAtMs: 0, values: { password: 'c-canary' } })
    other.drop('secret/a')
    expect(['a', 'b', 'c'].map(name => open().recall(`secret/${name}`).kind)).to.deep.equal([
      'none',
      'found',
      'found',
    ])
  })

  it('refuses what is too old, and what claims to be from the future', async () => {
    keepOne()
    await clock.sleep(72 * hourMs)
    expect(open().recall(path).kind).to.equal('found')
    await clock.sleep(hourMs)
    expect(whyNot(open().recall(path))).to.equal('it is 73 h old, and vault_cache_hours is 72')
    clock = new JumpClock(clock.now().getTime() - 100 * hourMs)
    expect(whyNot(open().recall(path))).to.include('from the future')
  })

  it('becomes younger only by a new answer of Vault', async () => {
    const cache = open()
    const keep = () => cache.keep({ path, version: 3, createdAtMs: 0, values: { password: 'kept-canary' } })
    keep()
    await clock.sleep(71 * hourMs)
    keep()
    await clock.sleep(2 * hourMs)
    expect(open().recall(path).kind).to.equal('found')
  })

  const tampered = 'it was changed, or comes from another inventory, Vault or key'
  it('refuses an entry whose version, time or content was changed', () => {
    const edits: ((entry: Record<string, string | number>) => void)[] = [
      entry => Object.assign(entry, { version: 4 }),
      entry => Object.assign(entry, { cachedAtMs: Number(entry.cachedAtMs) + 1 }),
      entry => Object.assign(entry, { createdAtMs: 0 }),
      entry => Object.assign(entry, { data: `AAAA${String(entry.data).slice(4)}` }),
      entry => Object.assign(entry, { tag: `AAAA${String(entry.tag).slice(4)}` }),
      entry => Object.assign(entry, { iv: Buffer.alloc(12).toString('base64') }),
    ]
    for (const edit of edits) {
      keepOne()
      change(text => {
        const whole = JSON.parse(text)
        edit(whole.entries[path])
        return JSON.stringify(whole)
      })
      expect(whyNot(open().recall(path))).to.equal(tampered)
    }
  })

  it('refuses an entry of another path, inventory or key', () => {
    keepOne()
    change(text => text.replace(path, 'secret/elk/admin'))
    expect(whyNot(open().recall('secret/elk/admin'))).to.equal(tampered)
    keepOne()
    expect(whyNot(open({ owner: 'inventory/other https://vault01:8200' }).recall(path))).to.equal(tampered)
    writeFileSync(optionsOf().keyFile, 'another-key-of-more-than-32-characters', { mode: 0o600 })
    expect(whyNot(open().recall(path))).to.equal(tampered)
  })

  it('refuses a file that is something else, and a key that is missing or open to others', () => {
    keepOne()
    const { keyFile, file } = optionsOf()
    chmodSync(keyFile, 0o644)
    expect(whyNot(open().recall(path))).to.include('chmod 600')
    rmSync(keyFile)
    expect(whyNot(open().recall(path))).to.include('ENOENT')
    writeFileSync(file, '{"format":2}')
    expect(whyNot(open().recall(path))).to.include('is no cache of ops')
  })

  it('makes no key where the inventory names one, and takes none that is too short', () => {
    const given = { keyFile: join(directory, 'given'), makesKey: false }
    const document = { path, version: 1, createdAtMs: 0, values: {} }
    expect(() => open(given).keep(document)).to.throw('ENOENT')
    writeFileSync(given.keyFile, 'short', { mode: 0o600 })
    expect(() => open(given).keep(document)).to.throw('fewer than 32 characters')
    writeFileSync(given.keyFile, 'x'.repeat(32), { mode: 0o600 })
    open(given).keep(document)
    expect(open(given).recall(path).kind).to.equal('found')
  })

  describe('beside a Vault', () => {
    const data = '/v1/secret/data/elk/ops'

    it('is used while Vault is away, and not where it refuses', async () => {
      let refusal: ReturnType<typeof refusalOf> | 'cut' | null = null
      await using scripted = await scriptVault(
        asked =>
          refusal ??
          (asked.endsWith(data) ? documentOf(5, { username: 'ops', password: 'kept-canary' }) : undefined),
        { cache: optionsOf() },
      )
      const { vault, warnings, registered } = scripted
      await vault.read(path)
      registered.clear()
      for (const away of [refusalOf(503, 'Vault is sealed'), refusalOf(473), 'cut'] as const) {
        refusal = away
        const found = await vault.read(path)
        expect(found?.fields.password?.reveal()).to.equal('kept-canary')
        expect(found?.cachedAtMs).to.be.a('number')
      }
      expect([...registered])
        .to.include('kept-canary')
        .and.not.include('ops')
      expect(warnings.length).to.equal(1)
      expect(warnings[0]).to.include('version 5').and.not.include('canary')
      for (const [answer, code] of [
        [refusalOf(400, 'no'), 'VAULT_REJECTED'],
        [refusalOf(500, 'no'), 'VAULT_REJECTED'],
        [refusalOf(403, 'permission denied'), 'VAULT_AUTH'],
      ] as const) {
        refusal = answer
        expect((await errorOf(vault.read(path))).code).to.equal(code)
      }
    })

    it('says why a copy that is there is not used', async () => {
      let sealed = false
      await using scripted = await scriptVault(
        asked =>
          sealed
            ? refusalOf(503, 'Vault is sealed')
            : asked.endsWith(data)
              ? documentOf(5, { password: 'kept-canary' })
              : undefined,
        { cache: optionsOf() },
      )
      await scripted.vault.read(path)
      sealed = true
      await scripted.clock.sleep(80 * hourMs)
      const thrown = await errorOf(scripted.vault.read(path))
      expect(thrown.code).to.equal('VAULT_SEALED')
      expect(thrown.message).to.include('80 h old').and.include(path)
      expect(thrown.hint).to.include('unseal')
    })

    it('holds the new version after a write, and none where nobody knows which there is', async () => {
      let answer: ReturnType<typeof refusalOf> | null = null
      await using scripted = await scriptVault(
        asked =>
          answer ??
          (asked === `POST ${data}`
            ? { status: 200, body: { data: { version: 6, created_time: '2025-04-10T08:00:00Z' } } }
            : undefined),
        { cache: optionsOf() },
      )
      const fields = { password: new SecretText('new-canary') }
      await scripted.vault.write(path, fields, 5)
      answer = refusalOf(503, 'Vault is sealed')
      expect((await scripted.vault.read(path))?.version).to.equal(6)
      answer = refusalOf(500, 'who knows')
      expect((await errorOf(scripted.vault.write(path, fields, 6))).code).to.equal('OUTCOME_UNKNOWN')
      answer = refusalOf(503, 'Vault is sealed')
      expect((await errorOf(scripted.vault.read(path))).code).to.equal('VAULT_SEALED')
    })

    it('that cannot be written is told once, and costs no read', async () => {
      writeFileSync(join(directory, 'cache'), 'a file where the directory should be')
      await using scripted = await scriptVault(
        asked => (asked.includes('/data/') ? documentOf(1, { password: 'read-canary' }) : undefined),
        { cache: optionsOf() },
      )
      expect((await scripted.vault.read(path))?.version).to.equal(1)
      expect((await scripted.vault.read('secret/elk/other'))?.version).to.equal(1)
      expect(scripted.warnings.length).to.equal(1)
      expect(scripted.warnings[0]).to.include('cannot be kept')
    })
  })
})
