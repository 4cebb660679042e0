// Node shutdown on documented answers; no real server of the lab has this API.
import { expect } from 'chai'
import { shutdownAsNodeName, shutdownRecord } from './documented-answers.ts'
import { type Asked, connectTo, type Routes, serve } from './replay-server.ts'

const id = shutdownRecord.node_id
const address = { kind: 'elasticsearch.node-shutdown', name: 'restart' }

describe('node shutdown, as documented', () => {
  it('reads records', async () => {
    await using server = await serve({ 'GET /_nodes/shutdown': { body: { nodes: [shutdownRecord] } } })
    await using es = connectTo([server.url])
    expect(await es.shutdowns()).to.deep.equal([
      { nodeId: id, type: 'restart', reason: shutdownRecord.reason, status: 'complete' },
    ])
    expect((await es.capabilities()).nodeShutdown).to.equal(true)
  })

  it('announces a restart with its reason and delay, and reads it back', async () => {
    const records: unknown[] = []
    const put = (asked: Asked) => {
      const { reason } = asked.body as { reason: string }
      records.push({ ...shutdownRecord, reason })
      return { body: { acknowledged: true } }
    }
    const routes: Routes = {
      'GET /_nodes/shutdown': () => ({ body: { nodes: records } }),
      [`PUT /_nodes/${id}/shutdown`]: put,
    }
    await using server = await serve(routes)
    await using es = connectTo([server.url])
    await es.announceRestart({ id, reason: 'ops run-1', allocationDelayMs: 600_000 })
    const sent = server.asked.find(({ method }) => method === 'PUT')
    expect(sent?.body).to.deep.equal({ type: 'restart', reason: 'ops run-1', allocation_delay: '600000ms' })
    expect([...(await es.settings.read(address, [id, 'other']))]).to.deep.equal([
      [id, { reason: 'ops run-1', allocationDelayMs: 600_000 }],
      ['other', null],
    ])
  })

  it('says that the outcome is unknown when the record is not there afterwards', async () => {
    await using server = await serve({
      'GET /_nodes/shutdown': { body: { nodes: [] } },
      [`PUT /_nodes/${id}/shutdown`]: { body: { acknowledged: true } },
    })
    await using es = connectTo([server.url])
    const thrown = await es
      .announceRestart({ id, reason: 'ops run-1', allocationDelayMs: 1 })
      .catch(error => error)
    expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
  })

  it('withdraws, and does not mind that there is nothing to withdraw', async () => {
    await using server = await serve({
      [`DELETE /_nodes/${id}/shutdown`]: { status: 404, body: { error: { type: 'not_found', reason: '' } } },
    })
    await using es = connectTo([server.url])
    await es.withdrawRestart(id)
    await es.settings.write(address, [id], null)
    expect(server.count(`DELETE /_nodes/${id}/shutdown`)).to.equal(2)
  })

  it('is missing where the server takes `shutdown` for a node or has no handler', async () => {
    const missing = {
      status: 405,
      body: { error: 'Incorrect HTTP method for uri [/_nodes/x/shutdown]', status: 405 },
    }
    await using server = await serve({
      'GET /_nodes/shutdown': { body: shutdownAsNodeName },
      'PUT /_nodes/x/shutdown': missing,
      'DELETE /_nodes/x/shutdown': missing,
    })
    await using es = connectTo([server.url])
    expect(await es.shutdowns()).to.deep.equal([])
    expect((await es.capabilities()).nodeShutdown).to.equal(false)
    await es.withdrawRestart('x')
    const thrown = await es
      .announceRestart({ id: 'x', reason: 'r', allocationDelayMs: 1 })
      .catch(error => error)
    expect(thrown.code).to.equal('UNSUPPORTED')
  })

  it('shows the records of others in the cluster state to a user who may not use the API', async () => {
    const forbidden = { status: 403, body: { error: { type: 'security_exception', reason: 'no' } } }
    const { status: _status, ...record } = shutdownRecord
    await using server = await serve({
      'GET /_nodes/shutdown': forbidden,
      'GET /_cluster/state/metadata': { body: { metadata: { node_shutdown: { nodes: { [id]: record } } } } },
    })
    await using es = connectTo([server.url])
    expect((await es.capabilities()).nodeShutdown).to.equal(false)
    expect((await es.shutdowns()).map(({ nodeId, status }) => [nodeId, status])).to.deep.equal([
      [id, 'unknown'],
    ])
  })
})
