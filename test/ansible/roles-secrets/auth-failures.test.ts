// playbooks/auth_failures.yml on real Ansible, with lines that a real node of Elasticsearch 8 has written.
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { openRoleTest, type RoleTest } from '../roles/play-role.ts'
import { lines, linesNow } from './recorded-lines.ts'

/** The log has the time of its own host, and no zone. */
const at = (clock: string): number => new Date(`2024-11-29T${clock}`).getTime()
const start = at('03:24:00.000')

describe('auth_failures.yml', function () {
  this.timeout(300_000)
  let test: RoleTest
  let logs = ''
  before(async () => {
    test = await openRoleTest({
      all: {
        vars: { ansible_connection: 'local', ansible_python_interpreter: '{{ ansible_playbook_python }}' },
        children: { elasticsearch: { hosts: { es01: {} } } },
      },
    })
  })
  after(() => test.close())
  beforeEach(async () => {
    logs = join(test.folder, 'logs')
    await rm(logs, { recursive: true, force: true })
    await mkdir(logs)
  })

  const write = (name: string, ...texts: readonly string[]) =>
    writeFile(join(logs, name), `${texts.flat().join('\n')}\n`)
  const read = async (vars: JsonObject = {}) => {
    const played = await test.play('auth_failures', {
      ...{ auth_failures_log_dir: logs, auth_failures_url: '', ops_since_ms: start },
      ...{ test_result: 'auth_failures_seen', ...vars },
    })
    expect(played.outcomes.get('es01')).to.deep.equal({ state: 'ok', changed: false })
    const found = played.results.get('es01') as { source: string; failures: JsonObject[] }
    const brief = found.failures.map(one => `${one.principal} ${one.address} ${one.count} ${one.detail}`)
    return { ...found, brief: brief.sort() }
  }

  it('finds a forgotten consumer in the audit log, with its address', async () => {
    await write('ovh-prod-elk_audit.json', lines.auditJson, lines.auditJson, lines.auditGranted)
    await write('ovh-prod-elk.log', lines.started)
    const { source, failures } = await read({ ops_principals: ['disab'] })
    expect(source).to.equal('audit')
    expect(failures).to.deep.equal([
      {
        ...{ principal: 'disab', address: '127.0.0.1', count: 2, detail: 'authentication_failed' },
        first_ms: Date.parse('2024-11-29T03:25:27.451Z'),
        last_ms: Date.parse('2024-11-29T03:25:27.451Z'),
      },
    ])
  })

  it('finds it in an audit that goes to the ordinary log', async () => {
    await write('ovh-prod-elk.log', lines.started, lines.auditInLog, lines.auditAnonymous, lines.auditToken)
    const { source, brief } = await read()
    expect(source).to.equal('audit')
    expect(brief).to.deep.equal([
      'disab 127.0.0.1 1 authentication_failed',
      'null 127.0.0.1 1 anonymous_access_denied',
      'token1 127.0.0.1 1 authentication_failed',
    ])
  })

  it('finds it where only the HTTP tracer is on', async () => {
    await write(
      'ovh-prod-elk.log',
      ...[lines.tracedServed, lines.tracedUser, lines.stack, lines.tracedServed, lines.tracedToken],
      ...[lines.stack, lines.tracedKey, lines.stack, lines.tracedNobody, lines.stack, lines.tracedSixth],
    )
    const { source, brief } = await read()
    expect(source).to.equal('tracer')
    expect(brief).to.deep.equal([
      'null 127.0.0.1 1 key or token refused',
      'null 127.0.0.1 1 no credentials',
      'tester 127.0.0.1 1 user refused',
      'tester fd00:0:0:0:0:0:0:7 1 user refused',
      'token1 127.0.0.1 1 service token refused',
    ])
  })

  it('says what the ordinary log has, which is no address', async () => {
    await write('ovh-prod-elk.log', lines.started, lines.saidUser, lines.saidReserved, lines.saidKey)
    const { source, brief } = await read()
    expect(source).to.equal('log')
    expect(brief).to.deep.equal([
      'abcdefghij null 1 API key refused',
      'kibana_system null 1 user refused',
      'tester null 1 user refused',
    ])
  })

  it('counts a refusal once where several of them tell it, and names the key that neither names', async () => {
    await write('ovh-prod-elk.log', lines.saidUser, lines.tracedUser, lines.saidLater, lines.saidKeyLater)
    expect((await read()).brief).to.deep.equal([
      'abcdefghij null 1 API key refused',
      'tester 127.0.0.1 1 user refused',
      'tester null 1 user refused',
    ])
  })

  it('hands back those who are asked for, and those without a name', async () => {
    await write('ovh-prod-elk.log', lines.auditInLog, lines.auditAnonymous, lines.auditToken)
    expect((await read({ ops_principals: ['token1'] })).brief).to.deep.equal([
      'null 127.0.0.1 1 anonymous_access_denied',
      'token1 127.0.0.1 1 authentication_failed',
    ])
  })

  it('reads rotated files, and nothing that is older than asked for', async () => {
    const packed = gzipSync(`${lines.auditInLog}\n`)
    await writeFile(join(logs, 'ovh-prod-elk-2024-11-29-1.log.gz'), packed)
    await writeFile(join(logs, 'ovh-prod-elk-2024-11-28-1.log.gz'), gzipSync(lines.auditToken))
    const old = new Date('2024-11-28T23:00:00')
    await utimes(join(logs, 'ovh-prod-elk-2024-11-28-1.log.gz'), old, old)
    await write('ovh-prod-elk.log', lines.tracedUser, lines.auditToken)
    await write('gc.log', lines.auditToken)
    expect((await read({ ops_since_ms: at('03:25:10.000') })).brief).to.deep.equal([
      'disab 127.0.0.1 1 authentication_failed',
      'token1 127.0.0.1 1 authentication_failed',
    ])
  })

  it('finds the moment in a long file, stacks and endless lines in between', async () => {
    const filler = `${lines.tracedUser}\n${lines.stack}\n`
    const long = `[2024-11-29T03:25:03,000][INFO ][o.e.x] ${'x'.repeat(200_000)}`
    await write('ovh-prod-elk.log', filler.repeat(12_000), long, lines.auditInLog)
    const begun = performance.now()
    const { brief } = await read({ ops_since_ms: at('03:25:10.000') })
    expect(brief).to.deep.equal(['disab 127.0.0.1 1 authentication_failed'])
    expect(performance.now() - begun).to.be.lessThan(30_000)
  })

  it('shows by one login that is refused whether anything is logged now, and hands that one back to nobody', async () => {
    await write('ovh-prod-elk.log', lines.started)
    let audit = ''
    const asked: string[] = []
    const server = createServer(({ headers }, answer) => {
      asked.push(Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString())
      if (audit !== '') appendFileSync(join(logs, 'ovh-prod-elk.log'), `${audit}\n`)
      answer.writeHead(401).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    expect(await read({ auth_failures_url: url })).to.deep.include({ source: 'log', failures: [] })
    audit = linesNow().probed
    expect(await read({ auth_failures_url: url })).to.deep.include({ source: 'audit', failures: [] })
    expect(await read({ auth_failures_url: url })).to.deep.include({ source: 'audit', failures: [] })
    expect(asked).to.deep.equal(['ops-probe:ops-probe', 'ops-probe:ops-probe'])
    server.close()
    expect(await read({ auth_failures_url: url, ops_since_ms: Date.now() })).to.deep.include({
      source: 'log',
    })
  })

  it('does not take an audit that leaves refusals out for one that would name somebody', async () => {
    await write('ovh-prod-elk_audit.json', lines.auditGranted)
    await write('ovh-prod-elk.log', lines.started)
    expect((await read()).source).to.equal('log')
  })

  it('never drops the name that was asked for, however many others were refused', async () => {
    const refusedFrom = (address: string) =>
      lines.auditJson.replaceAll('127.0.0.1', address).replace('"disab"', '"somebody"')
    const many = Array.from({ length: 600 }, (_, at) => refusedFrom(`10.1.${at >> 8}.${at & 255}`))
    await write('ovh-prod-elk_audit.json', ...many, lines.auditJson)
    const { failures } = await read({ ops_principals: ['disab', 'somebody'] })
    expect(failures.map(({ principal }) => principal)).to.include('disab')
  })

  it('says that there is nothing to read', async () => {
    expect(await read()).to.deep.include({ source: 'none', failures: [] })
    expect(await read({ auth_failures_log_dir: '/nowhere' })).to.deep.include({
      source: 'none',
      failures: [],
    })
  })
})
