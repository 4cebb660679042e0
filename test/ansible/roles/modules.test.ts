// The modules of roles, each by itself: configuration files of an archive, entries of a keystore, kernel settings.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { runModule } from './run-module.ts'

const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()

describe('the files of configuration that an archive brings', function () {
  this.timeout(300_000)
  let folder: string
  const at = (...parts: string[]): string => join(folder, ...parts)
  const put = (check = false) =>
    runModule(
      'elasticsearch',
      'ops_elasticsearch_defaults',
      { home: at('home'), config_dir: at('etc'), group },
      { check },
    )
  const bring = (version: string): void => {
    mkdirSync(at('home', 'config', 'jvm.options.d'), { recursive: true })
    for (const name of ['log4j2.properties', 'elasticsearch.yml', 'jvm.options.d/some.options']) {
      writeFileSync(at('home', 'config', name), `of ${version}`)
    }
    writeFileSync(at('home', '.ops-archive'), `sha256:${version}\n`)
  }
  const read = (...parts: string[]): string => readFileSync(at('etc', ...parts), 'utf8')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ops-defaults-test-'))
    mkdirSync(at('etc'))
    bring('1')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('are put in place once, and elasticsearch.yml is not one of them', async () => {
    const names = ['jvm.options.d/some.options', 'log4j2.properties']
    expect(await put(true)).to.deep.include({ changed: true, written: names })
    expect(existsSync(at('etc', 'log4j2.properties'))).to.equal(false)
    expect(await put()).to.deep.include({ changed: true, written: names })
    expect(existsSync(at('etc', 'elasticsearch.yml'))).to.equal(false)
    expect(await put()).to.deep.include({ changed: false })
    expect(JSON.parse(read('.ops-defaults.json')).archive).to.equal('sha256:1')
  })

  it('are brought up to a newer version only where nobody has changed them', async () => {
    await put()
    bring('2')
    writeFileSync(at('etc', 'jvm.options.d', 'some.options'), 'of a person')
    expect(await put()).to.deep.include({ changed: true, written: ['log4j2.properties'] })
    expect(read('log4j2.properties')).to.equal('of 2')
    expect(read('jvm.options.d', 'some.options')).to.equal('of a person')
  })
})

describe('the entries of a keystore', function () {
  this.timeout(300_000)
  let folder: string
  const at = (...parts: string[]): string => join(folder, ...parts)
  // Speaks as elasticsearch-keystore does, keeps its entries as text and writes down how it was called.
  const tool = `#!/bin/sh
store=$ES_PATH_CONF/elasticsearch.keystore
echo "$*" >>"$ES_HOME/calls"
case $1 in
  list) cut -d= -f1 "$store" ;;
  add) shift 3; touch "$store"; for name; do read -r value; sed -i "/^$name=/d" "$store"; echo "$name=$value" >>"$store"; done ;;
  remove) shift; for name; do sed -i "/^$name=/d" "$store"; done ;;
esac
`
  const set = (values: JsonObject, more: JsonObject = {}, check = false) =>
    runModule(
      'elasticsearch',
      'ops_elasticsearch_keystore',
      { home: at('home'), config_dir: at('etc'), group, values, ...more },
      { check },
    )
  const store = (): string => readFileSync(at('etc', 'elasticsearch.keystore'), 'utf8')
  const calls = (): string => readFileSync(at('home', 'calls'), 'utf8')
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ops-keystore-test-'))
    mkdirSync(at('home', 'bin'), { recursive: true })
    mkdirSync(at('etc'))
    writeFileSync(at('home', 'bin', 'elasticsearch-keystore'), tool)
    chmodSync(at('home', 'bin', 'elasticsearch-keystore'), 0o755)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('are set once; what is unchanged asks no tool, and no value is on a command line or said', async () => {
    writeFileSync(at('of-host'), 'from-a-file\n')
    const files = { 'ssl.secure_password': at('of-host') }
    const first = await set({ 'bootstrap.password': 'se=cret' }, { files })
    expect(first).to.deep.include({ changed: true, names: ['bootstrap.password', 'ssl.secure_password'] })
    expect(store()).to.equal('bootstrap.password=se=cret\nssl.secure_password=from-a-file\n')
    expect(`${calls()}${JSON.stringify(first)}`)
      .not.to.contain('se=cret')
      .and.not.to.contain('from-a-file')
    const count = calls()
    expect(await set({ 'bootstrap.password': 'se=cret' }, { files })).to.deep.include({ changed: false })
    expect(calls()).to.equal(count)
    expect(statSync(at('etc', '.ops-keystore.json')).mode & 0o777).to.equal(0o600)
  })

  it('are set again where one has changed, or where the keystore is another one', async () => {
    await set({ one: '1', two: '2' })
    expect(await set({ one: '1', two: 'other' })).to.deep.include({ changed: true, names: ['two'] })
    writeFileSync(at('etc', 'elasticsearch.keystore'), 'two=other\n')
    expect(await set({ one: '1', two: 'other' })).to.deep.include({ changed: true, names: ['one'] })
    expect(store()).to.contain('one=1').and.to.contain('two=other')
  })

  it('are not taken for changed where the server has only written its keystore anew', async () => {
    await set({ one: '1' })
    const { mtimeMs } = statSync(at('etc', '.ops-keystore.json'))
    writeFileSync(at('etc', 'elasticsearch.keystore'), 'keystore.seed=x\none=1\n')
    expect(await set({ one: '1' })).to.deep.include({ changed: false })
    expect(statSync(at('etc', '.ops-keystore.json')).mtimeMs).to.equal(mtimeMs)
  })

  it('are removed where they must not be, and only shown in check mode', async () => {
    writeFileSync(at('etc', 'elasticsearch.keystore'), 'autoconfiguration.password_hash=x\n')
    const absent = ['autoconfiguration.password_hash']
    const shown = await set({ one: '1' }, { absent }, true)
    expect(shown).to.deep.include({ changed: true, names: ['one', ...absent] })
    expect(store()).to.equal('autoconfiguration.password_hash=x\n')
    await set({ one: '1' }, { absent })
    expect(store()).to.equal('one=1\n')
  })
})

describe('kernel settings', function () {
  this.timeout(300_000)
  let folder: string
  const args = (more: JsonObject): JsonObject => ({ file: join(folder, '60-ops.conf'), ...more })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ops-kernel-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('that are good already are left, now and at the next boot', async () => {
    const said = await runModule(
      'base',
      'ops_kernel',
      args({ least: { 'kernel.pid_max': 100 }, most: { 'kernel.pid_max': 2 ** 30 } }),
    )
    expect(said).to.deep.include({ set: {}, left: {} })
    expect(readFileSync(join(folder, '60-ops.conf'), 'utf8')).not.to.contain('pid_max')
  })

  it('that do not do are shown in check mode', async () => {
    const said = await runModule('base', 'ops_kernel', args({ least: { 'kernel.pid_max': 2 ** 40 } }), {
      check: true,
    })
    expect(said).to.deep.include({ changed: true, set: { 'kernel.pid_max': 2 ** 40 } })
    expect(existsSync(join(folder, '60-ops.conf'))).to.equal(false)
  })
})
