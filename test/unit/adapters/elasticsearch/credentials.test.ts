// What the adapter of credentials asks, and what it makes of answers that a real cluster cannot be brought to give at will.
import { expect } from 'chai'
import { listCandidates } from '../../../../src/adapters/elasticsearch/credentials/canary-index.ts'
import { nameTokenOf, runOfToken } from '../../../../src/adapters/elasticsearch/credentials/service-tokens.ts'
import { toOpsError } from '../../../../src/errors/index.ts'
import type { CredentialSystem } from '../../../../src/ports/credentials.ts'
import { SecretText } from '../../../../src/ports/secret.ts'
import { connectTo, deadUrl, type Routes, serve } from './replay-server.ts'

const users: CredentialSystem = { kind: 'elasticsearch-user', owner: '' }
const keys: CredentialSystem = { kind: 'elasticsearch-api-key', owner: 'shipper' }
const tokens: CredentialSystem = { kind: 'elasticsearch-service-token', owner: 'elastic/kibana' }
const secret = new SecretText('canary-of-the-new-secret')
const who = 'GET /_security/_authenticate'
const account = '/_security/service/elastic/kibana'

const user = (username: string, more: object = {}) => ({
  [username]: {
    username,
    roles: ['writer'],
    full_name: null,
    email: null,
    metadata: {},
    enabled: true,
    ...more,
  },
})
const me = { body: { username: 'ops', roles: ['ops_secrets'] } }
const key = (more: object = {}) => ({
  id: 'key-1',
  name: 'shipper',
  creation: 1000,
  expiration: null,
  invalidated: false,
  username: 'ops',
  metadata: {},
  role_descriptors: { w: { cluster: ['monitor'], transient_metadata: { enabled: true } } },
  ...more,
})
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
const failure = (work: Promise<unknown>) => work.then(() => null, toOpsError)

describe('credentials of Elasticsearch', () => {
  it('write a user as a whole in one request, without what is the server’s own', async () => {
    await using server = await serve({
      'GET /_security/user/a': { body: user('a', { full_name: 'A', metadata: { team: 'x', _mark: 1 } }) },
      'PUT /_security/user/b': { body: { created: true } },
    })
    await using es = connectTo([server.url])
    await es.credentials.make(users, { name: 'b', like: 'a', secret, run: 'r1' })
    const [written, ...more] = server.asked.filter(({ method }) => method === 'PUT')
    expect(more).to.deep.equal([])
    expect(written?.body).to.deep.equal({
      roles: ['writer'],
      full_name: 'A',
      email: null,
      metadata: { team: 'x', ops_run: 'r1' },
      password: secret.reveal(),
      enabled: true,
    })
  })

  it('never send a change again that was not answered, and say nothing of the secret', async () => {
    const routes: Routes = {
      'GET /_security/user/a': { body: user('a') },
      'PUT /_security/user/b': { hangUp: true },
    }
    await using first = await serve(routes)
    await using second = await serve(routes)
    await using es = connectTo([first.url, second.url])
    const thrown = await failure(es.credentials.make(users, { name: 'b', like: 'a', secret, run: 'r1' }))
    expect(thrown?.code).to.equal('OUTCOME_UNKNOWN')
    expect(JSON.stringify({ ...thrown, text: String(thrown) })).to.not.include(secret.reveal())
    expect(first.count('PUT /_security/user/b') + second.count('PUT /_security/user/b')).to.equal(1)
  })

  it('tell a password that is not taken from another refusal, without repeating it', async () => {
    const refuse = (type: string, reason: string) => ({
      status: 400,
      body: { error: { type, reason }, status: 400 },
    })
    const code = async (answer: ReturnType<typeof refuse>) => {
      await using server = await serve({
        'GET /_security/user/a': { body: user('a') },
        'PUT /_security/user/b': answer,
      })
      await using es = connectTo([server.url])
      const thrown = await failure(es.credentials.make(users, { name: 'b', like: 'a', secret, run: 'r1' }))
      expect(thrown?.message).to.not.include(secret.reveal())
      return thrown?.code
    }
    const said = `Validation Failed: 1: password ${secret.reveal()} is too short;`
    expect(await code(refuse('validation_exception', said))).to.equal('SECRET_REJECTED')
    expect(await code(refuse('validation_exception', 'Validation Failed: 1: roles are missing;'))).to.equal(
      'CLUSTER_REJECTED',
    )
    expect(await code(refuse('illegal_argument_exception', 'password'))).to.equal('CLUSTER_REJECTED')
  })

  it('log in as the one that is meant, also where ops itself has an API key', async () => {
    await using server = await serve({ [who]: { body: { username: 'a', roles: [] } } })
    await using es = connectTo([server.url], { apiKey: 'b3duOmtleQ==' })
    const answers = await es.credentials.logIn(users, { principal: 'a', secret })
    expect(answers).to.deep.equal([{ endpoint: 'host-1', as: 'a', problem: null, refused: false }])
    await es.credentials.logIn(keys, { principal: 'key-1', secret: new SecretText('a2V5LTE6c2VjcmV0') })
    await es.credentials.logIn(tokens, { principal: 't', secret: new SecretText('AAEAAWVs') })
    expect(server.asked.map(({ authorization }) => authorization)).to.deep.equal([
      basic(`a:${secret.reveal()}`),
      'ApiKey a2V5LTE6c2VjcmV0',
      'Bearer AAEAAWVs',
    ])
  })

  it('tell a refused login from a node that is busy, hangs up, is late or is not there', async () => {
    await using refuses = await serve({ [who]: { status: 401, body: { error: { reason: 'no' } } } })
    await using busy = await serve({ [who]: { status: 503, body: { error: { reason: 'no master' } } } })
    await using hangs = await serve({ [who]: { hangUp: true } })
    await using late = await serve({ [who]: { delayMs: 60_000 } })
    const urls = [refuses.url, busy.url, hangs.url, late.url, await deadUrl()]
    await using es = connectTo(urls, { requestTimeoutMs: 1500 })
    const answers = await es.credentials.logIn(users, { principal: 'a', secret })
    expect(answers.map(({ refused }) => refused)).to.deep.equal([true, false, false, false, false])
    expect(answers.map(({ as }) => as)).to.deep.equal([null, null, null, null, null])
    expect(answers[0]?.problem).to.equal('refuses a or its secret')
    expect(answers[1]?.problem).to.equal('HTTP 503 no master')
  })

  it('make a key with the rights and the lifetime of the other one, in the name of its user', async () => {
    const routes = (username: string): Routes => ({
      [who]: me,
      'GET /_security/api_key': { body: { api_keys: [key({ username, expiration: 61_000 })] } },
      'POST /_security/api_key': { body: { id: 'key-2', api_key: 'x', encoded: 'a2V5LTI6eA==' } },
    })
    for (const [username, runAs] of [
      ['ops', null],
      ['shipper', 'shipper'],
    ] as const) {
      await using server = await serve(routes(username))
      await using es = connectTo([server.url])
      const made = await es.credentials.make(keys, { name: '', like: 'key-1', secret: null, run: 'r1' })
      expect(made.principal).to.equal('key-2')
      expect(made.secret.reveal()).to.equal('x')
      const posted = server.asked.filter(({ method }) => method === 'POST')
      expect(posted.map(one => one.runAs)).to.deep.equal([runAs])
      expect(posted[0]?.body).to.deep.equal({
        name: 'shipper',
        role_descriptors: { w: { cluster: ['monitor'] } },
        metadata: { ops_run: 'r1' },
        expiration: '60000ms',
      })
    }
  })

  it('give a new key the form of the one before, and send any form as the header wants it', async () => {
    await using server = await serve({
      [who]: me,
      'GET /_security/api_key': { body: { api_keys: [key({ username: 'ops' })] } },
      'POST /_security/api_key': { body: { id: 'key-2', api_key: 'x:y', encoded: 'a2V5LTI6eDp5' } },
    })
    await using es = connectTo([server.url])
    for (const [former, made] of [
      ['w', 'x:y'],
      ['key-1:w', 'key-2:x:y'],
      ['a2V5LTE6dw==', 'a2V5LTI6eDp5'],
    ] as const) {
      const wanted = { name: '', like: 'key-1', likeSecret: new SecretText(former), secret: null, run: 'r1' }
      const { secret } = await es.credentials.make(keys, wanted)
      expect(secret.reveal()).to.equal(made)
      await es.credentials.logIn(keys, { principal: 'key-1', secret: new SecretText(former) })
      expect(server.asked.at(-1)?.authorization).to.equal('ApiKey a2V5LTE6dw==')
    }
  })

  it('leave out keys of other names and those that have ended', async () => {
    const all = [key(), key({ id: 'key-2', invalidated: true }), key({ id: 'key-3', name: 'another' })]
    await using server = await serve({ 'GET /_security/api_key': { body: { api_keys: all } } })
    await using es = connectTo([server.url])
    expect((await es.credentials.list(keys, [])).map(({ name }) => name)).to.deep.equal(['key-1'])
  })

  it('list tokens of files too, which are not revoked from here', async () => {
    await using server = await serve({
      [`GET ${account}/credential`]: {
        body: {
          tokens: { 'ops-r1': {} },
          nodes_credentials: { file_tokens: { 'of-a-file': { nodes: ['n1'] } } },
        },
      },
    })
    await using es = connectTo([server.url])
    const found = await es.credentials.list(tokens, [])
    expect(found.map(({ name, madeBy }) => [name, madeBy])).to.deep.equal([
      ['ops-r1', 'r1'],
      ['of-a-file', null],
    ])
    expect((await failure(es.credentials.revoke(tokens, 'of-a-file')))?.code).to.equal('UNSUPPORTED')
  })

  it('say which run has made a token by its name alone', () => {
    const run = '20261129-031500-a1b'
    const first = nameTokenOf(run, ['token1'])
    const second = nameTokenOf(run, [first])
    expect([first, second]).to.deep.equal([`ops-${run}`, `ops-${run}_2`])
    expect([first, second, 'token1'].map(runOfToken)).to.deep.equal([run, run, null])
  })

  it('take no name that would mean several, and none that is the own one', async () => {
    await using server = await serve({})
    await using es = connectTo([server.url])
    for (const name of ['a,b', '*', '', '../role/x', 'a b'])
      expect((await failure(es.credentials.find(users, name)))?.code, name).to.equal('CONFIG_INVALID')
    expect((await failure(es.credentials.revoke(users, 'ops')))?.code).to.equal('CLUSTER_REJECTED')
    expect((await failure(es.credentials.find({ kind: 'kafka-scram', owner: '' }, 'k')))?.code).to.equal(
      'BUG',
    )
    expect(server.asked).to.deep.equal([])
    await using other = connectTo([server.url], { apiKey: Buffer.from('key-9:x').toString('base64') })
    expect((await failure(other.credentials.revoke(keys, 'key-9')))?.code).to.equal('CLUSTER_REJECTED')
  })

  it('prove themselves on an index of a pattern that they may make and fill, and on no other', () => {
    const indices = [
      {
        names: ['logs-*', 'one', '.hidden-*', '/x.*/', 'a*b*'],
        privileges: ['create_doc', 'auto_configure'],
      },
      { names: ['read-*'], privileges: ['read', 'auto_configure'] },
      { names: ['filled-*'], privileges: ['write'] },
      { names: ['*'], privileges: ['all'] },
    ]
    expect(listCandidates([{ indices }], 'ops-canary')).to.deep.equal([
      { index: 'logs-ops-canary', reads: false },
      { index: 'ops-canary', reads: true },
    ])
    expect(listCandidates([{ cluster: ['monitor'] }], 'ops-canary')).to.deep.equal([])
  })

  describe('a proof', () => {
    const rights = { indices: [{ names: ['logs-*'], privileges: ['create_doc', 'auto_configure'] }] }
    const held = (has: boolean) => ({
      body: { index: { 'logs-*': { create_doc: has, auto_configure: true } } },
    })
    /** As ops, or as the one that is proved. */
    const bodyOf = (index: string, mine: object) => ({ body: { index: { [index]: mine } } })
    async function proveOn(more: Routes, mine: object = { delete_index: true, read: true }, has = true) {
      const asksMine = (body: unknown) => JSON.stringify(body).includes('delete_index')
      await using server = await serve({
        [who]: { body: { username: 'b', roles: ['writer'] } },
        'GET /_security/user/a': { body: user('a') },
        'GET /_security/role/writer': { body: { writer: rights } },
        'POST /_security/user/_has_privileges': asked => {
          if (!asksMine(asked.body)) return held(has)
          const [index = ''] = (asked.body as { index: { names: string[] }[] }).index[0]?.names ?? []
          for (const [route, answer] of Object.entries(more))
            server.routes[route.replace('INDEX', index)] = answer
          return bodyOf(index, mine)
        },
      })
      await using es = connectTo([server.url])
      const problems = await es.credentials.prove(users, { principal: 'b', secret }, 'a')
      return { problems, server }
    }
    const mark = '3e23e816'
    const good: Routes = {
      [`PUT /INDEX/_create/${mark}`]: { status: 201, body: { result: 'created' } },
      [`GET /INDEX/_doc/${mark}`]: { body: { found: true } },
      'DELETE /INDEX': { body: { acknowledged: true } },
    }

    it('writes as the new one, reads and removes as ops', async () => {
      const { problems, server } = await proveOn(good)
      expect(problems).to.deep.equal([])
      const onIndex = server.asked.filter(({ path }) => path.startsWith('/logs-ops-canary-'))
      expect(onIndex.map(({ method }) => method)).to.deep.equal(['PUT', 'GET', 'DELETE'])
      expect(
        onIndex.map(({ authorization }) => authorization.startsWith(basic('b:').slice(0, 8))),
      ).to.deep.equal([true, false, false])
    })

    it('that was cut off after the writing is the same again', async () => {
      const written = { status: 409, body: { error: { type: 'version_conflict_engine_exception' } } }
      expect((await proveOn({ ...good, [`PUT /INDEX/_create/${mark}`]: written })).problems).to.deep.equal([])
    })

    it('says what is not written, not there, or not allowed, and removes the index all the same', async () => {
      const forbidden = { status: 403, body: { error: { reason: 'unauthorized' } } }
      const refused = await proveOn({ ...good, [`PUT /INDEX/_create/${mark}`]: forbidden })
      expect(refused.problems.join()).to.match(/b cannot write to logs-ops-canary-.*unauthorized/)
      expect(refused.server.asked.at(-1)?.method).to.equal('DELETE')
      const gone = await proveOn({
        ...good,
        [`GET /INDEX/_doc/${mark}`]: { status: 404, body: { found: false } },
      })
      expect(gone.problems.join()).to.include('is not there')
      const lacking = await proveOn(good, undefined, false)
      expect(lacking.problems).to.deep.equal(['b lacks what a is given: create_doc on logs-*'])
    })

    it('removes a data stream where a template makes one of that name', async () => {
      const stream = {
        status: 400,
        body: { error: { type: 'illegal_argument_exception', reason: 'a data stream' } },
      }
      const { problems, server } = await proveOn({
        ...good,
        'DELETE /INDEX': stream,
        'DELETE /_data_stream/INDEX': {},
      })
      expect(problems).to.deep.equal([])
      expect(server.asked.at(-1)?.path).to.match(/^\/_data_stream\/logs-ops-canary-/)
    })

    it('writes nothing where ops could not remove it again', async () => {
      const { problems, server } = await proveOn({}, { delete_index: false, read: true })
      expect(problems).to.deep.equal([])
      expect(server.asked.some(({ method }) => method === 'PUT')).to.equal(false)
    })
  })
})
