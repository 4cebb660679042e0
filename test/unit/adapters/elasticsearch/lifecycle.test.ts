// SLM, ILM and machine learning on documented answers; no real server of the lab has these modules.
import { expect } from 'chai'
import { ilmExplain, licenceRefusal, mlInfo, operationMode, slmPolicies } from './documented-answers.ts'
import { connectTo, serve } from './replay-server.ts'

const modules = {
  'GET /_slm/status': { body: operationMode },
  'GET /_slm/policy': { body: slmPolicies },
  'GET /_ilm/status': { body: operationMode },
  'GET /*/_ilm/explain': { body: ilmExplain },
  'GET /_ml/info': { body: mlInfo },
}

describe('lifecycle modules, as documented', () => {
  it('says when the next snapshots are due', async () => {
    await using server = await serve(modules)
    await using es = connectTo([server.url])
    expect((await es.lifecycle()).slm).to.deep.equal({
      mode: 'RUNNING',
      nextRuns: [{ policy: 'daily-snapshots', repository: 'my_repository', atMs: 4081843800000 }],
    })
  })

  it('tells indices that are being rewritten from those that rest or wait, and names errors', async () => {
    await using server = await serve(modules)
    await using es = connectTo([server.url])
    const ilm = (await es.lifecycle()).ilm
    expect(ilm?.busy).to.deep.equal([
      { index: 'shrink-1', action: 'shrink', step: 'shrunk-shards-allocated' },
    ])
    expect(ilm?.errors.map(({ index, step }) => [index, step])).to.deep.equal([
      ['my-index-000020', 'check-rollover-ready'],
    ])
    expect(ilm?.errors[0]?.message).to.include('read-only')
  })

  it('finds the modules, and finds them missing', async () => {
    await using full = await serve(modules)
    await using bare = await serve({})
    await using one = connectTo([full.url])
    await using other = connectTo([bare.url])
    expect(await one.capabilities()).to.include({ slm: true, ilm: true, machineLearning: true })
    expect(await other.capabilities()).to.deep.equal({
      nodeShutdown: false,
      slm: false,
      ilm: false,
      machineLearning: false,
      healthReport: false,
    })
    expect(await other.lifecycle()).to.deep.equal({ slm: null, ilm: null })
  })

  it('takes a licence without machine learning for a cluster without it', async () => {
    await using server = await serve({ 'GET /_ml/info': { status: 403, body: licenceRefusal } })
    await using es = connectTo([server.url])
    expect((await es.capabilities()).machineLearning).to.equal(false)
  })

  it('does not take a missing privilege for a missing module', async () => {
    const reason = 'action [cluster:admin/slm/status] is unauthorized for user [ops]'
    await using server = await serve({
      'GET /_slm/status': { status: 403, body: { error: { type: 'security_exception', reason } } },
    })
    await using es = connectTo([server.url])
    const thrown = await es.lifecycle().catch(error => error)
    expect(thrown.code).to.equal('CLUSTER_FORBIDDEN')
    expect(thrown.hint).to.include('cluster:admin/slm/status')
  })
})
