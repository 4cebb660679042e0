// Which endpoint is asked, and what is never sent twice.
import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { connectTo, deadUrl, type Replay, root, serve } from './replay-server.ts'

const settings: Replay = { body: { persistent: {}, transient: {}, defaults: {} } }
const allocation = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.enable' }
const change = 'PUT /_cluster/settings'
const done: Replay = { body: { acknowledged: true } }
const noMaster: Replay = {
  status: 503,
  body: { error: { type: 'master_not_discovered_exception', reason: null }, status: 503 },
}

const failure = (promise: Promise<unknown>): Promise<OpsError> =>
  promise.then(
    () => {
      throw new Error('nothing was thrown')
    },
    thrown => thrown,
  )

describe('the pool of endpoints', () => {
  it('reads from the next one when one is down, slow, hangs up or has no master', async () => {
    const bad: Replay[] = [noMaster, { hangUp: true }, { delayMs: 60_000 }, { status: 429 }, { status: 502 }]
    for (const answer of bad) {
      await using first = await serve({ 'GET /_cluster/settings': answer })
      await using second = await serve({ 'GET /_cluster/settings': settings }, 'node-2')
      await using es = connectTo([await deadUrl(), first.url, second.url], { requestTimeoutMs: 1500 })
      expect((await es.clusterSettings()).persistent).to.deep.equal({})
    }
  })

  it('leaves an endpoint that failed alone for a while', async () => {
    await using first = await serve({ 'GET /_cluster/settings': noMaster })
    await using second = await serve({ 'GET /_cluster/settings': settings }, 'node-2')
    await using es = connectTo([first.url, second.url])
    for (let at = 0; at < 5; at += 1) await es.clusterSettings()
    expect(first.count('GET /_cluster/settings')).to.equal(1)
  })

  it('goes on to the next one with a write that was not sent', async () => {
    await using second = await serve({ [change]: done }, 'node-2')
    await using es = connectTo([await deadUrl(), second.url])
    await es.settings.write(allocation, ['persistent'], 'primaries')
    expect(second.count(change)).to.equal(1)
  })

  it('never sends a write again that was sent and not answered', async () => {
    for (const answer of [{ hangUp: true }, { delayMs: 60_000 }, { status: 504 }]) {
      await using first = await serve({ [change]: answer })
      await using second = await serve({ [change]: done }, 'node-2')
      await using es = connectTo([first.url, second.url], { requestTimeoutMs: 1500 })
      const thrown = await failure(es.settings.write(allocation, ['persistent'], 'none'))
      expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
      expect(first.count(change)).to.equal(1)
      expect(second.count(change)).to.equal(0)
    }
  })

  it('takes an unacknowledged change for an unknown outcome', async () => {
    await using server = await serve({ [change]: { body: { acknowledged: false } } })
    await using es = connectTo([server.url])
    const thrown = await failure(es.settings.write(allocation, ['transient'], 'none'))
    expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
  })

  it('says that the cluster is busy when a write finds no master', async () => {
    await using server = await serve({ [change]: noMaster })
    await using es = connectTo([server.url])
    const thrown = await failure(es.settings.write(allocation, ['transient'], 'none'))
    expect(thrown.code).to.equal('CLUSTER_BUSY')
    expect(thrown.next).to.equal('wait')
  })

  it('sends a canary again, since it does the same twice', async () => {
    const index = { body: { 'ops-canary': { settings: {} } } }
    const doc = 'PUT /ops-canary/_doc/1'
    await using first = await serve({ 'GET /ops-canary/_settings': index, [doc]: { hangUp: true } })
    await using second = await serve(
      {
        'GET /ops-canary/_settings': index,
        [doc]: { body: { result: 'updated' } },
        'GET /ops-canary/_doc/1': { body: { found: true } },
        'DELETE /ops-canary/_doc/1': { body: { result: 'deleted' } },
      },
      'node-2',
    )
    await using es = connectTo([first.url, second.url])
    expect((await es.canary('1')).ms).to.be.greaterThan(0)
  })

  it('does not believe a node that is just starting: refused password, no cluster yet', async () => {
    const starting = [
      { status: 401, body: { error: { type: 'security_exception' } } },
      root('node-1', '_na_'),
    ]
    for (const answer of starting) {
      await using first = await serve({ 'GET /': answer })
      await using second = await serve({ 'GET /_cluster/settings': settings }, 'node-2')
      await using es = connectTo([first.url, second.url])
      expect((await es.clusterSettings()).persistent).to.deep.equal({})
    }
  })

  it('stops at an endpoint of another cluster, whether the inventory names it or not', async () => {
    await using first = await serve({ 'GET /_cluster/settings': noMaster })
    await using stranger = await serve({ 'GET /': root('node-2', 'uuid-2') }, 'node-2')
    await using unnamed = connectTo([first.url, stranger.url])
    expect((await failure(unnamed.clusterSettings())).code).to.equal('CLUSTER_OTHER')
    await using byUuid = connectTo([stranger.url], { clusterUuid: 'uuid-1' })
    expect((await failure(byUuid.clusterSettings())).message).to.include('uuid-2, not uuid-1')
    await using byName = connectTo([stranger.url], { clusterName: 'lab' })
    expect((await failure(byName.identity())).message).to.include('elk, not lab')
    expect(stranger.asked.every(({ path }) => path === '/')).to.equal(true)
  })

  it('asks every endpoint for its identity and throws for none', async () => {
    await using first = await serve({})
    await using stranger = await serve({ 'GET /': root('node-2', 'uuid-2') })
    await using closed = await serve({ 'GET /': { status: 401 } })
    await using es = connectTo([first.url, stranger.url, closed.url, await deadUrl()])
    const answers = await es.endpoints()
    expect(answers.map(({ host, identity }) => [host, identity?.clusterUuid])).to.deep.equal([
      ['host-1', 'uuid-1'],
      ['host-2', 'uuid-2'],
      ['host-3', undefined],
      ['host-4', undefined],
    ])
    expect(answers[2]?.problem).to.include('refuses')
    expect(answers[3]?.problem).to.include('ECONNREFUSED')
  })

  it('gives up on one read after three endpoints have kept it waiting', async () => {
    const slow = { 'GET /': { delayMs: 60_000 } }
    const servers = await Promise.all([1, 2, 3, 4].map(() => serve(slow)))
    await using es = connectTo(
      servers.map(({ url }) => url),
      { requestTimeoutMs: 100 },
    )
    expect((await failure(es.nodes())).code).to.equal('CLUSTER_UNREACHABLE')
    expect(servers[3]?.asked).to.deep.equal([])
    await Promise.all(servers.map(server => server[Symbol.asyncDispose]()))
  })

  it('refuses a cluster that was formed anew until it is told that this one is meant', async () => {
    await using node = await serve({ 'GET /_cluster/settings': settings })
    await using es = connectTo([node.url], { clusterUuid: 'uuid-1' })
    await es.clusterSettings()
    node.routes['GET /'] = root('node-1', 'uuid-2')
    await es.adopt('uuid-1')
    expect((await failure(es.clusterSettings())).code).to.equal('CLUSTER_OTHER')
    await es.adopt('uuid-2')
    expect((await es.clusterSettings()).persistent).to.deep.equal({})
  })
})
