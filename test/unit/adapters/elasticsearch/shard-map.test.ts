// The shard map from a cluster state: moving, unassigned and closed copies, and enough of them.
import { expect } from 'chai'
import { connectTo, serve } from './replay-server.ts'

const path = 'GET /_cluster/state/version,metadata,routing_table'
const started = (node: string, id: string, primary: boolean) => ({
  state: 'STARTED',
  primary,
  node,
  relocating_node: null,
  allocation_id: { id },
})
const settings = (more: object = {}) => ({
  index: { uuid: 'u', creation_date: '1700000000000', number_of_replicas: '1', ...more },
})

describe('the shard map', () => {
  it('reads copies that move, wait and are gone, and settings that matter', async () => {
    const moving = {
      ...started('n1', 'a', true),
      state: 'RELOCATING',
      relocating_node: 'n3',
      allocation_id: { id: 'a', relocation_id: 'b' },
    }
    const waiting = {
      state: 'UNASSIGNED',
      primary: false,
      node: null,
      relocating_node: null,
      unassigned_info: { reason: 'NODE_LEFT', at: '2026-11-23T09:43:29.820Z', delayed: true },
    }
    await using server = await serve({
      [path]: {
        body: {
          version: 7,
          metadata: {
            indices: {
              'crm.app-2025.04.10': {
                state: 'open',
                settings: settings({ auto_expand_replicas: 'false' }),
                in_sync_allocations: { 0: ['a', 'gone'] },
              },
              mounted: {
                state: 'close',
                settings: settings({ store: { type: 'snapshot' }, auto_expand_replicas: '0-1' }),
                in_sync_allocations: { 0: [] },
              },
            },
          },
          routing_table: { indices: { 'crm.app-2025.04.10': { shards: { 0: [moving, waiting] } } } },
        },
      },
    })
    await using es = connectTo([server.url])
    const { version, indices } = await es.shardMap()
    expect(version).to.equal(7)
    expect(indices[0]).to.deep.include({
      name: 'crm.app-2025.04.10',
      autoExpand: null,
      replicas: 1,
      state: 'open',
    })
    expect(indices[0]?.shards).to.deep.equal([
      {
        number: 0,
        inSync: ['a', 'gone'],
        copies: [
          {
            node: 'n1',
            allocationId: 'a',
            primary: true,
            state: 'RELOCATING',
            relocatingTo: 'n3',
            unassignedReason: null,
          },
          {
            node: null,
            allocationId: null,
            primary: false,
            state: 'UNASSIGNED',
            relocatingTo: null,
            unassignedReason: 'NODE_LEFT',
          },
        ],
      },
    ])
    expect(indices[1]).to.deep.include({ state: 'close', searchableSnapshot: true, autoExpand: '0-1' })
    expect(indices[1]?.shards).to.deep.equal([{ number: 0, inSync: [], copies: [] }])
  })

  it('is empty for a cluster without indices', async () => {
    await using server = await serve({ [path]: { body: { version: 1 } } })
    await using es = connectTo([server.url])
    expect(await es.shardMap()).to.deep.equal({ version: 1, indices: [] })
  })

  it('reads 10,000 shards with two copies', async () => {
    const names = Array.from({ length: 2000 }, (_, at) => `index-${at}`)
    const five = <T>(make: (shard: number) => T) =>
      Object.fromEntries([0, 1, 2, 3, 4].map(shard => [shard, make(shard)]))
    const body = {
      version: 1,
      metadata: {
        indices: Object.fromEntries(
          names.map(name => [
            name,
            {
              state: 'open',
              settings: settings(),
              in_sync_allocations: five(shard => [`${shard}p`, `${shard}r`]),
            },
          ]),
        ),
      },
      routing_table: {
        indices: Object.fromEntries(
          names.map(name => [
            name,
            { shards: five(shard => [started('n1', `${shard}p`, true), started('n2', `${shard}r`, false)]) },
          ]),
        ),
      },
    }
    await using server = await serve({ [path]: { body } })
    await using es = connectTo([server.url], { requestTimeoutMs: 10_000 })
    await es.identity()
    const { indices } = await es.shardMap()
    expect(indices.flatMap(({ shards }) => shards).length).to.equal(10_000)
  })
})
