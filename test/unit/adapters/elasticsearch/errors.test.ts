// What an operator is told when the cluster cannot be used, and that no error carries the password.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { OpsError } from '../../../../src/errors/index.ts'
import { connectTo, deadUrl, password, type Replay, serve } from './replay-server.ts'

async function failure(promise: Promise<unknown>): Promise<OpsError> {
  const thrown = await promise.then(
    () => undefined,
    error => error,
  )
  expect(thrown).to.be.instanceOf(OpsError)
  const text = inspect(thrown, { depth: 10, showHidden: true })
  expect(text).not.to.include(password)
  expect(text).not.to.include(Buffer.from(`ops:${password}`).toString('base64'))
  expect(thrown.hint, 'a hint').to.be.a('string')
  return thrown
}

async function failureOf(answer: Replay): Promise<OpsError> {
  await using server = await serve({ 'GET /_cluster/settings': answer })
  await using es = connectTo([server.url])
  return await failure(es.clusterSettings())
}

const reason = (type: string, text: string) => ({ error: { type, reason: text } })

describe('errors of the cluster', () => {
  it('nobody listens: unreachable, with every endpoint and its problem', async () => {
    await using es = connectTo([await deadUrl(), await deadUrl()])
    const { code, message } = await failure(es.nodes())
    expect(code).to.equal('CLUSTER_UNREACHABLE')
    expect(message).to.match(/host-1: .*ECONNREFUSED.*host-2: .*ECONNREFUSED/)
  })

  it('an unknown name: unreachable', async () => {
    await using es = connectTo(['http://no-such-host.invalid:9200'])
    expect((await failure(es.nodes())).code).to.equal('CLUSTER_UNREACHABLE')
  })

  it('a name with several addresses that all refuse: unreachable', async () => {
    const { port } = new URL(await deadUrl())
    await using es = connectTo([`http://localhost:${port}`])
    expect((await failure(es.settings.write(setting, ['persistent'], 'none'))).code).to.equal(
      'CLUSTER_UNREACHABLE',
    )
  })

  it('a refused password: says where it came from', async () => {
    await using server = await serve({ 'GET /': { status: 401, body: reason('security_exception', 'no') } })
    await using es = connectTo([server.url], { credentialsFrom: 'the variable ES_PASSWORD' })
    const { code, hint } = await failure(es.clusterSettings())
    expect(code).to.equal('CLUSTER_AUTH')
    expect(hint).to.include('ES_PASSWORD')
  })

  it('a password that was accepted before: the cluster cannot check it now', async () => {
    const { code, next } = await failureOf({ status: 401, body: reason('security_exception', 'no') })
    expect(code).to.equal('CLUSTER_BUSY')
    expect(next).to.equal('wait')
  })

  it('a missing privilege: names it', async () => {
    const text =
      'action [cluster:admin/settings/update] is unauthorized for user [ops] with effective roles [ops], ' +
      'this action is granted by the cluster privileges [manage,all]'
    const { code, hint } = await failureOf({ status: 403, body: reason('security_exception', text) })
    expect(code).to.equal('CLUSTER_FORBIDDEN')
    expect(hint).to.include('the cluster privilege cluster:admin/settings/update (or one of manage,all)')
  })

  it('roles that cannot be read while the security index is red: busy, not forbidden', async () => {
    const text =
      'action [cluster:monitor/state] is unauthorized for user [ops] with effective roles [] (assigned roles [ops_runner,ops_secrets] were not found), this action is granted by the cluster privileges [monitor,manage,all]'
    const { code, hint } = await failureOf({ status: 403, body: reason('security_exception', text) })
    expect(code).to.equal('CLUSTER_BUSY')
    expect(hint).to.include('security index')
  })

  it('too many requests, no master, overload: busy, and worth waiting for', async () => {
    for (const status of [429, 502, 503, 504]) {
      const { code, next } = await failureOf({ status, body: reason('busy_exception', 'later') })
      expect(code).to.equal('CLUSTER_BUSY')
      expect(next).to.equal('wait')
    }
  })

  it('anything else: rejected, with the reason', async () => {
    const { code, message } = await failureOf({ status: 400, body: reason('illegal', 'no such thing') })
    expect(code).to.equal('CLUSTER_REJECTED')
    expect(message).to.include('HTTP 400').and.to.include('no such thing')
  })

  it('an answer in an unknown form: rejected, with the field', async () => {
    const { code, message } = await failureOf({ body: { persistent: 7 } })
    expect(code).to.equal('CLUSTER_REJECTED')
    expect(message).to.include('persistent')
  })

  it('something that is no Elasticsearch: rejected', async () => {
    const other = await serve({ 'GET /': { body: { hello: 'world' } } })
    await using es = connectTo([other.url])
    expect((await failure(es.identity())).code).to.equal('CLUSTER_REJECTED')
    await other[Symbol.asyncDispose]()
  })

  it('an API key is used as one', async () => {
    await using server = await serve({})
    await using es = connectTo([server.url], { apiKey: 'a2V5' } as object)
    expect((await es.identity()).clusterUuid).to.equal('uuid-1')
  })

  describe('with TLS', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ops-es-'))
    const file = (name: string) => join(directory, name)
    const pem = (name: string) => readFileSync(file(name), 'utf8')

    before(() => {
      for (const name of ['one', 'two']) {
        const subject = ['-subj', '/CN=node-1', '-addext', 'subjectAltName=IP:127.0.0.1']
        const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)]
        const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...subject, ...out], {
          stdio: 'ignore',
        })
      }
    })
    after(() => rmSync(directory, { recursive: true }))

    const start = () => serve({}, 'node-1', { key: pem('one.key'), cert: pem('one.crt') })

    it('the right CA is trusted', async () => {
      await using server = await start()
      await using es = connectTo([server.url], { caFile: file('one.crt') })
      expect((await es.identity()).answeredBy).to.equal('node-1')
    })

    it('another CA is not, and a write was never sent', async () => {
      await using server = await start()
      await using es = connectTo([server.url], { caFile: file('two.crt') })
      expect((await failure(es.settings.write(setting, ['persistent'], 'none'))).code).to.equal('CLUSTER_TLS')
      expect(server.asked).to.deep.equal([])
    })

    it('a certificate for another name is not', async () => {
      await using server = await start()
      await using named = connectTo([server.url.replace('127.0.0.1', 'localhost')], {
        caFile: file('one.crt'),
      })
      expect((await failure(named.identity())).code).to.equal('CLUSTER_TLS')
    })

    it('a port without TLS is a TLS problem, not a silent one', async () => {
      await using plain = await serve({})
      await using es = connectTo([plain.url.replace('http:', 'https:')], { caFile: file('one.crt') })
      expect((await failure(es.identity())).code).to.equal('CLUSTER_TLS')
    })

    it('a CA file that is not there is named, and looked for again by the next request', async () => {
      await using server = await start()
      await using es = connectTo([server.url], { caFile: file('later.crt') })
      const { code, message } = await failure(es.identity())
      expect(code).to.equal('CLUSTER_TLS')
      expect(message).to.include('later.crt')
      copyFileSync(file('one.crt'), file('later.crt'))
      expect((await es.identity()).answeredBy).to.equal('node-1')
    })
  })
})

const setting = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.enable' }
