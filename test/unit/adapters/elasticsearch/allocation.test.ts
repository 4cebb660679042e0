// Where copies are, on answers that the three nodes of the lab do not give at will: corrupt stores, moves, lifecycles, dangling indices.
import { expect } from 'chai'
import { toOpsError } from '../../../../src/errors/index.ts'
import { connectTo, type Routes, serve } from './replay-server.ts'

const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)

async function ask<T>(
  routes: Routes,
  question: (es: ReturnType<typeof connectTo>) => Promise<T>,
): Promise<T> {
  await using server = await serve(routes)
  await using es = connectTo([server.url])
  return await question(es)
}

describe('copies that no node has', () => {
  const info = {
    reason: 'ALLOCATION_FAILED',
    at: '2025-04-10T08:00:00.000Z',
    failed_attempts: 5,
    delayed: false,
    last_node: 'id-1',
    details: `failed shard on node [id-1]: ${'x'.repeat(5000)}`,
    allocation_status: 'deciders_no',
  }
  const copy = {
    index: 'a',
    shard: 1,
    primary: true,
    recovery_source: { type: 'EXISTING_STORE' },
    unassigned_info: info,
  }
  const listed = (unassigned: unknown[]) => ({
    'GET /_cluster/state/routing_nodes,nodes': {
      body: { nodes: { 'id-1': { name: 'es-data01' } }, routing_nodes: { unassigned } },
    },
  })

  it('are listed with their times, the name of their last node, and details that fit on a screen', async () => {
    const [found] = await ask(listed([copy]), es => es.allocation.unassigned())
    expect(found).to.deep.include({
      index: 'a',
      shard: 1,
      primary: true,
      reason: 'ALLOCATION_FAILED',
      sinceMs: Date.parse('2025-04-10T08:00:00.000Z'),
      failedAttempts: 5,
      lastStatus: 'deciders_no',
      recoverySource: 'EXISTING_STORE',
      lastNode: 'es-data01',
    })
    expect(found?.details?.length).to.equal(2000)
  })

  it('name the innermost cause, however long the stack trace before it', async () => {
    const trace = Array.from(
      { length: 100 },
      (_, at) => `\tat org.elasticsearch.index.A.b$${at}(A.java:${at})`,
    )
    const details = [
      'failed shard',
      ...trace,
      '\t... 21 more',
      'Caused by: CorruptIndexException: codec footer',
    ]
    const failed = { ...copy, unassigned_info: { ...info, details: details.join('\n') } }
    const [found] = await ask(listed([failed]), es => es.allocation.unassigned())
    expect(found?.details).to.equal('failed shard\nCaused by: CorruptIndexException: codec footer')
  })

  it('keep the id of a last node that is gone', async () => {
    const gone = { ...copy, unassigned_info: { ...info, last_node: 'id-9' } }
    const [found] = await ask(listed([gone]), es => es.allocation.unassigned())
    expect(found?.lastNode).to.equal('id-9')
  })

  it('are none where the answer is empty', async () => {
    const routes = { 'GET /_cluster/state/routing_nodes,nodes': { body: {} } }
    expect(await ask(routes, es => es.allocation.unassigned())).to.deep.equal([])
  })

  it('are 2,000 among 10,000 in one request', async () => {
    const short = { ...info, details: 'failed shard on node [id-1]' }
    const many = Array.from({ length: 2000 }, (_, shard) => ({ ...copy, shard, unassigned_info: short }))
    await using server = await serve(listed(many))
    await using es = connectTo([server.url])
    expect((await es.allocation.unassigned()).length).to.equal(2000)
    expect(server.asked.map(({ path }) => path)).to.deep.equal(['/', '/_cluster/state/routing_nodes,nodes'])
  })
})

describe('an explanation', () => {
  it('says which store cannot be read, and leaves out deciders that say yes', async () => {
    const body = {
      index: 'a',
      shard: 0,
      primary: true,
      current_state: 'unassigned',
      can_allocate: 'no_valid_shard_copy',
      allocate_explanation: 'there are no copies of its data in the cluster',
      node_allocation_decisions: [
        {
          node_id: 'id-1',
          node_name: 'es-data01',
          node_decision: 'no',
          store: {
            in_sync: true,
            allocation_id: 'al-1',
            store_exception: {
              type: 'corrupt_index_exception',
              reason: 'failed engine',
              caused_by: { type: 'i_o_exception', reason: 'checksum failed' },
            },
          },
          deciders: [
            { decider: 'same_shard', decision: 'YES', explanation: 'fine' },
            { decider: 'throttling', decision: 'THROTTLE', explanation: 'busy' },
          ],
        },
        { node_id: 'id-2', node_name: 'es-data02', node_decision: 'no', store: { found: false } },
      ],
    }
    const routes = { 'POST /_cluster/allocation/explain': { body } }
    const found = await ask(routes, es => es.allocation.explain({ index: 'a', shard: 0, primary: true }))
    expect(found).to.include({ canAllocate: 'no_valid_shard_copy', canRemain: null, remainingDelayMs: null })
    expect(found.nodes[0]).to.deep.include({
      deciders: [{ decider: 'throttling', decision: 'throttle', explanation: 'busy' }],
      store: {
        inSync: true,
        allocationId: 'al-1',
        problem: 'corrupt_index_exception: failed engine; i_o_exception: checksum failed',
      },
    })
    expect(found.nodes[1]?.store).to.equal(null)
  })

  it('names in short, once each, who is against it', async () => {
    const decider = (name: string, decision: string) => ({ decider: name, decision, explanation: '' })
    const body = {
      ...{ index: 'a', shard: 0, primary: false, current_state: 'unassigned' },
      ...{ can_allocate: 'no', allocate_explanation: 'it may go to none of the nodes' },
      node_allocation_decisions: [
        {
          ...{ node_id: 'id-1', node_name: 'es-data01', node_decision: 'no' },
          deciders: [decider('same_shard', 'NO'), decider('throttling', 'THROTTLE'), decider('filter', 'NO')],
        },
        {
          ...{ node_id: 'id-2', node_name: 'es-data02', node_decision: 'no' },
          deciders: [decider('filter', 'NO')],
        },
      ],
    }
    const routes = { 'POST /_cluster/allocation/explain': { body } }
    expect(await ask(routes, es => es.explain({ index: 'a', shard: 0, primary: false }))).to.deep.equal({
      ...{ index: 'a', shard: 0, primary: false, canAllocate: 'no' },
      explanation: 'it may go to none of the nodes',
      deciders: ['filter', 'same_shard'],
    })
  })

  it('says in short of a copy that has a node by now that it can be allocated', async () => {
    const body = {
      ...{ index: 'a', shard: 0, primary: false, current_state: 'started' },
      current_node: { id: 'id-1', name: 'es-data01' },
      ...{ can_remain_on_current_node: 'yes', rebalance_explanation: 'it stays' },
    }
    const routes = { 'POST /_cluster/allocation/explain': { body } }
    expect(await ask(routes, es => es.explain({ index: 'a', shard: 0, primary: false }))).to.deep.equal({
      ...{ index: 'a', shard: 0, primary: false, canAllocate: 'yes' },
      explanation: 'the copy is started on es-data01',
      deciders: [],
    })
  })
})

describe('stores, copies and moves', () => {
  it('finds the node of a store under whatever id it stands', async () => {
    const stores = [
      { 'id-1': { name: 'es-data01' }, allocation_id: 'al-1', allocation: 'unused' },
      { 'id-2': { name: 'es-data02' }, allocation: 'replica', store_exception: { type: 'e', reason: null } },
    ]
    const routes = { 'GET /a/_shard_stores': { body: { indices: { a: { shards: { 3: { stores } } } } } } }
    expect(await ask(routes, es => es.allocation.stores(['a']))).to.deep.equal([
      {
        index: 'a',
        shard: 3,
        node: 'es-data01',
        nodeId: 'id-1',
        allocationId: 'al-1',
        use: 'unused',
        problem: null,
      },
      {
        index: 'a',
        shard: 3,
        node: 'es-data02',
        nodeId: 'id-2',
        allocationId: null,
        use: 'replica',
        problem: 'e: ',
      },
    ])
  })

  it('names the node that a moving copy is on, not the one that it goes to', async () => {
    const rows = [
      {
        index: 'a',
        shard: '0',
        prirep: 'p',
        state: 'RELOCATING',
        node: 'es-data01 -> 10.0.0.2 id-2 es-data02',
        store: '42',
        docs: '7',
      },
      { index: 'a', shard: '0', prirep: 'r', state: 'UNASSIGNED', node: null, store: null, docs: null },
    ]
    const routes = { 'GET /_cat/shards': { body: rows } }
    expect(await ask(routes, es => es.allocation.copies())).to.deep.equal([
      { index: 'a', shard: 0, primary: true, state: 'RELOCATING', node: 'es-data01', bytes: 42, docs: 7 },
      { index: 'a', shard: 0, primary: false, state: 'UNASSIGNED', node: null, bytes: 0, docs: 0 },
    ])
  })

  it('counts copies that are not where the balancer wants them, and guesses nothing where it does not say', async () => {
    const body = {
      stats: { computation_active: false },
      routing_table: {
        a: { 0: { current: [{ node_is_desired: false }, { node_is_desired: true }] } },
        b: { 0: { current: [{ node_is_desired: false }] } },
      },
    }
    const routes = { 'GET /_internal/desired_balance': { body } }
    expect(await ask(routes, es => es.allocation.plannedMoves())).to.equal(2)
    expect(await ask({}, es => es.allocation.plannedMoves())).to.equal(null)
    const active = { 'GET /_internal/desired_balance': { body: { stats: { computation_active: true } } } }
    expect(await ask(active, es => es.allocation.plannedMoves())).to.equal(1)
  })
})

describe('commands', () => {
  it('accept the loss of data only where the command is one that loses it', async () => {
    await using server = await serve({ 'POST /_cluster/reroute': { body: { acknowledged: true } } })
    await using es = connectTo([server.url])
    const at = { index: 'a', shard: 0 } as const
    await es.allocation.reroute([
      { do: 'move', ...at, from: 'n1', to: 'n2' },
      { do: 'allocate_replica', ...at, node: 'n1' },
      { do: 'cancel', ...at, node: 'n1' },
      { do: 'allocate_stale_primary', ...at, node: 'n1' },
    ])
    const sent = server.asked.find(({ method }) => method === 'POST')
    expect(sent?.query.get('metric')).to.equal('none')
    expect(sent?.query.has('dry_run')).to.equal(false)
    expect(sent?.body).to.deep.equal({
      commands: [
        { move: { ...at, from_node: 'n1', to_node: 'n2' } },
        { allocate_replica: { ...at, node: 'n1' } },
        { cancel: { ...at, node: 'n1' } },
        { allocate_stale_primary: { ...at, node: 'n1', accept_data_loss: true } },
      ],
    })
  })

  it('that are only tried go out as a dry run, whatever they are', async () => {
    const explanations = [{ command: 'allocate_empty_primary', decisions: [] }]
    await using server = await serve({ 'POST /_cluster/reroute': { body: { explanations } } })
    await using es = connectTo([server.url])
    await es.allocation.tryReroute([{ do: 'allocate_empty_primary', index: 'a', shard: 0, node: 'n1' }])
    for (const { method, query } of server.asked)
      if (method === 'POST') expect(query.get('dry_run')).to.equal('true')
    expect(server.count('POST /_cluster/reroute')).to.equal(1)
  })

  it('that are only tried are not allowed where the answer leaves one of them out', async () => {
    const move = { do: 'move', index: 'a', shard: 0, from: 'n1', to: 'n2' } as const
    for (const explanations of [undefined, [{ command: 'move', decisions: [] }]]) {
      await using server = await serve({ 'POST /_cluster/reroute': { body: { explanations } } })
      await using es = connectTo([server.url])
      const thrown = await thrownBy(es.allocation.tryReroute([move, { ...move, shard: 1 }]))
      expect(thrown?.code).to.equal('CLUSTER_REJECTED')
    }
  })

  it('that are not answered have an unknown outcome, and are not sent again', async () => {
    await using server = await serve({ 'POST /_cluster/reroute': { hangUp: true } })
    await using es = connectTo([server.url, server.url])
    const thrown = await thrownBy(es.allocation.retryFailed())
    expect(thrown?.code).to.equal('OUTCOME_UNKNOWN')
    expect(server.count('POST /_cluster/reroute')).to.equal(1)
  })
})

describe('dangling indices and lifecycles', () => {
  const dangling = {
    body: {
      dangling_indices: [
        { index_name: 'old', index_uuid: 'u-1', creation_date_millis: 1000, node_ids: ['id-1', 'id-9'] },
      ],
    },
  }
  const nodes = { body: { nodes: { 'id-1': { name: 'es-data01' } } } }

  it('are listed with the names of their nodes, imported, and looked for until they are there', async () => {
    let looks = 0
    await using server = await serve({
      'GET /_dangling': dangling,
      'GET /_cluster/state/nodes': nodes,
      'GET /old/_settings/index.uuid': () => {
        looks += 1
        return { body: looks < 3 ? {} : { old: { settings: { 'index.uuid': 'u-1' } } } }
      },
      'POST /_dangling/u-1': { status: 202, body: { acknowledged: true } },
    })
    await using es = connectTo([server.url])
    expect(await es.allocation.dangling()).to.deep.equal([
      { name: 'old', uuid: 'u-1', createdAtMs: 1000, nodes: ['es-data01', 'id-9'] },
    ])
    await es.allocation.importDangling('u-1')
    const sent = server.asked.find(({ method }) => method === 'POST')
    expect(sent?.query.get('accept_data_loss')).to.equal('true')
    expect(looks).to.equal(3)
  })

  it('are not imported over an index of the same name', async () => {
    await using server = await serve({
      'GET /_dangling': dangling,
      'GET /_cluster/state/nodes': nodes,
      'GET /old/_settings/index.uuid': { body: { old: { settings: { 'index.uuid': 'u-2' } } } },
    })
    await using es = connectTo([server.url])
    expect((await thrownBy(es.allocation.importDangling('u-1')))?.code).to.equal('CLUSTER_REJECTED')
    expect(server.asked.some(({ method }) => method === 'POST')).to.equal(false)
  })

  it('are retried, and refused in the words of the server', async () => {
    const good = { 'POST /a,b/_ilm/retry': { body: { acknowledged: true } } }
    await ask(good, es => es.allocation.retryLifecycle(['a', 'b']))
    const error = {
      type: 'illegal_argument_exception',
      reason:
        'cannot retry an action for an index [a] that has not encountered an error when running a Lifecycle Policy',
    }
    const bad = { 'POST /a/_ilm/retry': { status: 400, body: { error } } }
    const thrown = await ask(bad, es => thrownBy(es.allocation.retryLifecycle(['a'])))
    expect(thrown).to.include({ code: 'CLUSTER_REJECTED' })
    expect(thrown?.message).to.include('has not encountered an error')
    const missing = await ask({}, es => thrownBy(es.allocation.retryLifecycle(['a'])))
    expect(missing?.code).to.equal('UNSUPPORTED')
  })
})
