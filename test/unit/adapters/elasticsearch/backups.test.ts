// How the adapter asks about snapshots and indices, and how it reads what a real server cannot be made to say in a test: old
// forms of answers, shards that are missing, deletions under way. It proves no server's behaviour.
import { expect } from 'chai'
import { toOpsError } from '../../../../src/errors/index.ts'
import type { RestoreRequest } from '../../../../src/ports/snapshots.ts'
import { type Asked, connectTo, type Replay, type Routes, serve } from './replay-server.ts'

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    thrown => toOpsError(thrown).code,
  )
const refusal = (status: number, type: string, reason = ''): Replay => ({
  status,
  body: { error: { type, reason }, status },
})
const whole = { total: 1, successful: 1, skipped: 0, failed: 0 }
const snapshotRequest = {
  repository: 'backup',
  name: 'daily_1',
  indices: ['a-1', 'b-1'],
  globalState: false,
  metadata: { run: 'r1' },
}
const restoreRequest: RestoreRequest = {
  repository: 'backup',
  snapshot: 'daily_1',
  indices: ['a-1'],
  prefix: 'drill-$1-',
  replicas: 0,
  settings: { 'index.priority': '1' },
  without: ['index.lifecycle.*'],
  globalState: false,
}

describe('refusals about snapshots, by their type', () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    ['REPOSITORY_MISSING', 404, 'repository_missing_exception', '[backup] missing'],
    ['REPOSITORY_BROKEN', 500, 'repository_exception', '[backup] Could not read repository data'],
    ['REPOSITORY_BROKEN', 500, 'repository_verification_exception', '[backup] path is not accessible'],
    ['REPOSITORY_BROKEN', 500, 'snapshot_exception', 'failed to update snapshot in repository'],
    ['CLUSTER_REJECTED', 500, 'snapshot_exception', "Indices don't have primary shards [a-1]"],
    ['CLUSTER_BUSY', 409, 'repository_conflict_exception', 'currently used'],
    ['CLUSTER_BUSY', 400, 'snapshot_in_progress_exception', 'Cannot delete indices'],
    ['CLUSTER_BUSY', 503, 'concurrent_snapshot_execution_exception', 'cannot snapshot while'],
    ['SNAPSHOT_MISSING', 404, 'snapshot_missing_exception', '[backup:daily_1] is missing'],
    ['SNAPSHOT_EXISTS', 400, 'snapshot_name_already_in_use_exception', 'Invalid snapshot name'],
    ['SNAPSHOT_EXISTS', 400, 'invalid_snapshot_name_exception', 'snapshot with the same name already exists'],
    ['CLUSTER_REJECTED', 400, 'invalid_snapshot_name_exception', 'must be lowercase'],
    ['CLUSTER_REJECTED', 404, 'index_not_found_exception', 'no such index [b-1]'],
  ]
  for (const [code, status, type, reason] of cases)
    it(`${type} (${reason}) is ${code}`, async () => {
      await using server = await serve({ 'PUT /_snapshot/backup/daily_1': refusal(status, type, reason) })
      await using es = connectTo([server.url])
      expect(await codeOf(es.snapshots.create(snapshotRequest))).to.equal(code)
      expect(server.count('PUT /_snapshot/backup/daily_1')).to.equal(1)
    })
})

describe('snapshots on the wire', () => {
  it('are begun with exact names, all or nothing, and without the state of the cluster', async () => {
    await using server = await serve({ 'PUT /_snapshot/backup/daily_1': { body: { accepted: true } } })
    await using es = connectTo([server.url])
    await es.snapshots.create(snapshotRequest)
    const sent = server.asked.find(({ method }) => method === 'PUT')
    expect(sent?.query.get('wait_for_completion')).to.equal('false')
    expect(sent?.body).to.deep.equal({
      indices: ['a-1', 'b-1'],
      ignore_unavailable: false,
      partial: false,
      include_global_state: false,
      feature_states: ['none'],
      metadata: { run: 'r1' },
    })
  })

  it('are never begun twice when the answer is lost', async () => {
    await using server = await serve({ 'PUT /_snapshot/backup/daily_1': { hangUp: true } })
    await using es = connectTo([server.url, server.url])
    expect(await codeOf(es.snapshots.create(snapshotRequest))).to.equal('OUTCOME_UNKNOWN')
    expect(server.count('PUT /_snapshot/backup/daily_1')).to.equal(1)
  })

  it('have no end and no counts while they are taken', async () => {
    const running = { snapshot: 'daily_2', uuid: 'u2', state: 'IN_PROGRESS', start_time_in_millis: 7 }
    const body = { snapshots: [{ ...running, end_time_in_millis: 0 }], total: 1, remaining: 0 }
    await using server = await serve({ 'GET /_snapshot/backup/_all': { body } })
    await using es = connectTo([server.url])
    const [info] = await es.snapshots.list('backup')
    expect(info).to.deep.include({ name: 'daily_2', startedAtMs: 7, endedAtMs: null, metadata: {} })
    expect(info?.version).to.equal(null)
  })

  it('that an older server could not read are no short list but an error', async () => {
    const failures = { backup: { type: 'repository_exception', reason: 'Could not read' } }
    const body = { snapshots: [], failures, total: 0, remaining: 0 }
    await using server = await serve({ 'GET /_snapshot/backup/_all': { body } })
    await using es = connectTo([server.url])
    expect(await codeOf(es.snapshots.list('backup'))).to.equal('REPOSITORY_BROKEN')
  })

  it('that are gone already are not asked to be deleted; where one goes meanwhile, the others are', async () => {
    const names = { snapshots: ['a', 'b'].map(snapshot => ({ snapshot })) }
    const gone = refusal(404, 'snapshot_missing_exception')
    const routes: Routes = {
      'GET /_snapshot/backup/_all': { body: names },
      'DELETE /_snapshot/backup/a,b': gone,
      'DELETE /_snapshot/backup/a': gone,
      'DELETE /_snapshot/backup/b': { body: { acknowledged: true } },
    }
    await using server = await serve(routes)
    await using es = connectTo([server.url])
    await es.snapshots.remove('backup', ['a', 'b', 'c'])
    const deleted = server.asked.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
    expect(deleted).to.deep.equal(['a,b', 'a', 'b'].map(name => `/_snapshot/backup/${name}`))
  })

  it('that are deleted and repositories that are cleaned are work as well', async () => {
    const deletion = { repository: 'backup', snapshots: ['a'], start_time_millis: 1, repository_state_id: 2 }
    await using server = await serve({
      'GET /_snapshot/_all/_current': { body: { snapshots: [{ snapshot: 'c', repository: 'backup' }] } },
      'GET /_cluster/state/customs': {
        body: {
          snapshot_deletions: { snapshot_deletions: [deletion] },
          repository_cleanup: { repository_cleanup: [{ repository: 'other' }] },
        },
      },
    })
    await using es = connectTo([server.url])
    expect(await es.snapshots.work()).to.deep.equal([
      { kind: 'create', repository: 'backup', snapshots: ['c'] },
      { kind: 'delete', repository: 'backup', snapshots: ['a'] },
      { kind: 'cleanup', repository: 'other', snapshots: [] },
    ])
  })

  it('are restored under a prefix that is taken as it is', async () => {
    await using server = await serve({
      'POST /_snapshot/backup/daily_1/_restore': { body: { accepted: true } },
    })
    await using es = connectTo([server.url])
    await es.snapshots.restore(restoreRequest)
    const sent = server.asked.find(({ method }) => method === 'POST')
    expect(sent?.body).to.deep.equal({
      indices: ['a-1'],
      ignore_unavailable: false,
      partial: false,
      include_global_state: false,
      feature_states: ['none'],
      include_aliases: false,
      rename_pattern: '^(.+)$',
      rename_replacement: 'drill-\\$1-$1',
      index_settings: { 'index.priority': '1', 'index.number_of_replicas': 0 },
      ignore_index_settings: ['index.lifecycle.*'],
    })
  })
})

describe('indices on the wire', () => {
  const searchable = (search: Replay): Routes => ({
    'POST /a-1/_search': search,
    'POST /a-1/_refresh': { body: { _shards: whole } },
  })

  it('are not counted where one shard has not answered, whatever the others say', async () => {
    const partly = { timed_out: false, _shards: { ...whole, total: 2, failed: 1 }, hits: { hits: [] } }
    for (const search of [
      { body: partly },
      { body: { ...partly, timed_out: true, _shards: whole } },
      refusal(503, 'search_phase_execution_exception', 'missing shards'),
    ]) {
      await using server = await serve(searchable(search))
      await using es = connectTo([server.url])
      expect(await codeOf(es.indices.content(['a-1']))).to.equal('CLUSTER_BUSY')
      expect(await codeOf(es.indices.sample('a-1', 1, 1))).to.equal('CLUSTER_BUSY')
    }
  })

  it('have the same hashes whatever the order of their keys', async () => {
    const hit = (_id: string, _source: object) => ({ _id, _source })
    const hits = [
      hit('2', { a: { x: 1, y: [{ p: 1, q: 2 }] }, b: 2 }),
      hit('1', { b: 2, a: { y: [{ q: 2, p: 1 }], x: 1 } }),
      hit('3', { a: { x: 1, y: [{ p: 1, q: 3 }] }, b: 2 }),
    ]
    await using server = await serve(searchable({ body: { _shards: whole, hits: { hits } } }))
    await using es = connectTo([server.url])
    const [one, two, three] = await es.indices.hashes('a-1', ['1', '2', '3'])
    expect([one?.id, two?.id, three?.id]).to.deep.equal(['1', '2', '3'])
    expect(one?.hash).to.equal(two?.hash)
    expect(one?.hash).not.to.equal(three?.hash)
  })

  it('are deleted by name only where the uuid is the same', async () => {
    const settings = (uuid: string) => ({ settings: { 'index.uuid': uuid } })
    const routes: Routes = {
      'GET /a-1,b-1,c-1/_settings/index.uuid': { body: { 'a-1': settings('u1'), 'b-1': settings('other') } },
      'DELETE /a-1': { body: { acknowledged: true } },
    }
    await using server = await serve(routes)
    await using es = connectTo([server.url])
    const wanted = ['a-1', 'b-1', 'c-1'].map(name => ({ name, uuid: `u${name === 'a-1' ? 1 : 2}` }))
    expect(await es.indices.remove(wanted)).to.deep.equal({ passedOver: ['b-1', 'c-1'] })
    expect(server.count('DELETE /a-1')).to.equal(1)
  })

  it('go and their alias comes in one request, which takes the alias off whatever had it', async () => {
    const sent: Asked[] = []
    const routes: Routes = {
      'GET /a-1/_settings/index.uuid': { body: { 'a-1': { settings: { 'index.uuid': 'u1' } } } },
      'GET /_alias/a-1': { body: { 'old-1': { aliases: { 'a-1': {} } } } },
      'POST /_aliases': asked => {
        sent.push(asked)
        return { body: { acknowledged: true } }
      },
    }
    await using server = await serve(routes)
    await using es = connectTo([server.url])
    await es.indices.replaceByAlias({ alias: 'a-1', uuid: 'u1', to: 'restored-a-1' })
    expect(sent.map(({ body }) => body)).to.deep.equal([
      {
        actions: [
          { remove_index: { index: 'a-1' } },
          { remove: { index: 'old-1', alias: 'a-1' } },
          { add: { index: 'restored-a-1', alias: 'a-1' } },
        ],
      },
    ])
    const another = es.indices.replaceByAlias({ alias: 'a-1', uuid: 'u2', to: 'restored-a-1' })
    expect(await codeOf(another)).to.equal('PLAN_CHANGED')
    expect(sent.length).to.equal(1)
  })
})
