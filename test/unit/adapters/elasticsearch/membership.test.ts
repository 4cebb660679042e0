// Nodes that come and go, on documented answers: the node-shutdown API is on no server of the lab.
import { expect } from 'chai'
import { toOpsError } from '../../../../src/errors/index.ts'
import { shutdownAsNodeName, shutdownRecord } from './documented-answers.ts'
import { type Asked, connectTo, root, serve } from './replay-server.ts'

const id = shutdownRecord.node_id
const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)

describe('a removal, as documented', () => {
  for (const replacedBy of [undefined, 'es-data09'])
    it(`is announced ${replacedBy ? 'with the node that comes in its place' : 'by itself'}, and read back`, async () => {
      const records: unknown[] = []
      await using server = await serve({
        'GET /_nodes/shutdown': () => ({ body: { nodes: records } }),
        [`PUT /_nodes/${id}/shutdown`]: ({ body }: Asked) => {
          const { type, reason } = body as { type: string; reason: string }
          records.push({ ...shutdownRecord, type: type.toUpperCase(), reason })
          return { body: { acknowledged: true } }
        },
      })
      await using es = connectTo([server.url])
      await es.membership.announceRemoval({ id, reason: 'ops run-1', ...(replacedBy && { replacedBy }) })
      const sent = server.asked.find(({ method }) => method === 'PUT')
      expect(sent?.body).to.deep.equal(
        replacedBy
          ? { type: 'replace', reason: 'ops run-1', target_node_name: replacedBy }
          : { type: 'remove', reason: 'ops run-1' },
      )
    })

  it('is not sent to a server without the API, which would take it for something else', async () => {
    await using server = await serve({
      'GET /_nodes/shutdown': { body: shutdownAsNodeName },
      [`GET /_nodes/${id}/shutdown`]: { body: shutdownAsNodeName },
    })
    await using es = connectTo([server.url])
    const thrown = await thrownBy(es.membership.announceRemoval({ id, reason: 'ops run-1' }))
    expect(thrown?.code).to.equal('UNSUPPORTED')
    expect(server.asked.some(({ method }) => method === 'PUT')).to.equal(false)
    expect(await es.membership.migration(id)).to.equal(null)
  })

  it('says how many shards are left, and why it stands still', async () => {
    const record = {
      ...shutdownRecord,
      type: 'REMOVE',
      shard_migration: {
        status: 'STALLED',
        shard_migrations_remaining: 1,
        explanation: 'shard [0] [primary] of index [a] cannot move, see [node_allocation_decision]',
        node_allocation_decision: {},
      },
    }
    await using server = await serve({ [`GET /_nodes/${id}/shutdown`]: { body: { nodes: [record] } } })
    await using es = connectTo([server.url])
    expect(await es.membership.migration(id)).to.deep.equal({
      status: 'STALLED',
      shardsLeft: 1,
      explanation: 'shard [0] [primary] of index [a] cannot move, see [node_allocation_decision]',
    })
    expect(await es.membership.migration('another')).to.equal(null)
  })
})

describe('votes', () => {
  const path = '/_cluster/voting_config_exclusions'

  it('are taken by name, and given back with or without waiting', async () => {
    await using server = await serve({ [`POST ${path}`]: {}, [`DELETE ${path}`]: {} })
    await using es = connectTo([server.url])
    await es.membership.excludeVoters(['m1', 'm2'])
    await es.membership.clearVotingExclusions({ waitForRemoval: true })
    await es.membership.clearVotingExclusions({ waitForRemoval: false })
    const [post, ...others] = server.asked.filter(one => one.path === path)
    expect(post?.query.get('node_names')).to.equal('m1,m2')
    expect(others.map(({ query }) => query.get('wait_for_removal'))).to.deep.equal(['true', 'false'])
  })

  for (const status of [429, 500, 503])
    it(`that the server waited for in vain are a matter of time, not a fault (HTTP ${status})`, async () => {
      const error = { type: 'timeout_exception', reason: 'timed out waiting for removal of nodes' }
      await using server = await serve({ [`DELETE ${path}`]: { status, body: { error } } })
      await using es = connectTo([server.url])
      const thrown = await thrownBy(es.membership.clearVotingExclusions({ waitForRemoval: true }))
      expect(thrown?.code).to.equal('CLUSTER_BUSY')
    })

  it('that the server refuses are refused', async () => {
    const error = { type: 'illegal_argument_exception', reason: 'would exceed the maximum of [10]' }
    await using server = await serve({ [`POST ${path}`]: { status: 400, body: { error } } })
    await using es = connectTo([server.url])
    expect((await thrownBy(es.membership.excludeVoters(['m1'])))?.code).to.equal('CLUSTER_REJECTED')
  })
})

describe('an address', () => {
  it('that belongs to another cluster says which one', async () => {
    await using ours = await serve({})
    const nodes = { body: { nodes: { 'id-9': { name: 'stranger' } } } }
    await using other = await serve(
      { 'GET /': root('stranger', 'uuid-9'), 'GET /_cluster/state/nodes': nodes },
      'stranger',
    )
    await using es = connectTo([ours.url], { clusterName: 'elk', clusterUuid: 'uuid-1' })
    const found = await es.membership.identityAt(other.url)
    expect(found.identity).to.include({ clusterUuid: 'uuid-9', answeredBy: 'stranger' })
    const seen = await es.membership.membersAt(other.url)
    expect(seen.identity.clusterUuid).to.equal('uuid-9')
    expect(seen.members).to.deep.equal(['stranger'])
  })

  it('that is none is a problem, not an error', async () => {
    await using server = await serve({})
    await using es = connectTo([server.url])
    expect(await es.membership.identityAt('es-data09')).to.include({ identity: null })
    expect((await es.membership.identityAt('es-data09')).problem).to.match(/\S/)
  })

  it('that is followed is asked when the first one is gone, and must be of the same cluster', async () => {
    await using first = await serve({}, 'n1')
    await using second = await serve({}, 'n2')
    await using stranger = await serve({ 'GET /': root('n3', 'uuid-9') }, 'n3')
    await using es = connectTo([first.url])
    expect((await es.identity()).answeredBy).to.equal('n1')
    await es.membership.follow({ host: 'host-2', url: second.url })
    await es.membership.unfollow('host-1')
    expect((await es.identity()).answeredBy).to.equal('n2')
    await es.membership.follow({ host: 'host-3', url: stranger.url })
    await es.membership.unfollow('host-2')
    expect((await thrownBy(es.identity()))?.code).to.equal('CLUSTER_OTHER')
  })
})
