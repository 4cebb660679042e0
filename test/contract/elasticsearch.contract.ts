// What every ElasticsearchPort promises. It runs on the fake and on a real cluster of at least three nodes, so it waits for
// nothing longer than a node takes, and cleans up whatever it makes.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ElasticsearchPort, NodeInfo, ShardCopy } from '../../src/ports/elasticsearch.ts'
import type { SettingsPort } from '../../src/ports/settings.ts'

export interface ClusterUnderTest {
  readonly es: ElasticsearchPort & { readonly settings: SettingsPort }
  readonly clock: Clock
  readonly clusterName: string
  /** A data node that is not the elected master, to be restarted. */
  readonly dataNode: string
  readonly canShutdown: boolean
  stopNode(name: string): Promise<void>
  startNode(name: string): Promise<void>
  /** On nodes that `dataNode` is one of, with a copy on each of them where `replicas` allows. */
  createIndex(name: string, index: { readonly shards: number; readonly replicas: number }): Promise<void>
  deleteIndex(name: string): Promise<void>
}

const delay = { kind: 'elasticsearch.index', name: 'index.unassigned.node_left.delayed_timeout' }
const enable = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.enable' }

export function describeElasticsearchPort(label: string, connect: () => Promise<ClusterUnderTest>): void {
  describe(`ElasticsearchPort on ${label}`, () => {
    let world: ClusterUnderTest
    let es: ClusterUnderTest['es']

    before(async () => {
      world = await connect()
      es = world.es
      await world.createIndex('contract-a', { shards: 2, replicas: 1 })
      await world.createIndex('contract-b.with-dots', { shards: 1, replicas: 1 })
      await until(async () => (await es.health({ timeoutMs: 5000 })).status === 'green')
    })

    after(async () => {
      await world?.deleteIndex('contract-a')
      await world?.deleteIndex('contract-b.with-dots')
    })

    describe('who it is', () => {
      it('says which cluster it is', async () => {
        const identity = await es.identity()
        expect(identity.clusterName).to.equal(world.clusterName)
        expect(identity.clusterUuid).to.match(/\S{3,}/)
        expect(identity.version).to.match(/^8\.\d+\.\d+/)
      })

      it('asks every endpoint by itself, and all are of the same cluster', async () => {
        const { clusterUuid } = await es.identity()
        const endpoints = await es.endpoints()
        expect(endpoints.length).to.be.at.least(2)
        for (const { identity, problem } of endpoints) {
          expect(problem).to.equal(null)
          expect(identity?.clusterUuid).to.equal(clusterUuid)
        }
      })

      it('names a master that is one of the nodes, and voters that are masters', async () => {
        const { stable, elected } = await es.master()
        const nodes = await es.nodes()
        const masters = nodes.filter(({ roles }) => roles.includes('master'))
        const { committed, accepted, exclusions } = await es.coordination()
        expect(stable).to.equal('green')
        expect(masters.map(({ name }) => name)).to.include(elected)
        expect(masters.map(({ id }) => id)).to.include.members([...committed])
        expect([...accepted].sort()).to.deep.equal([...committed].sort())
        expect(exclusions).to.deep.equal([])
      })

      it('says which cluster state every endpoint has applied', async () => {
        const { version } = await es.shardMap()
        const applied = await until(async () => {
          const found = await es.appliedVersions()
          return found.every(one => (one.version ?? 0) >= version) ? found : null
        })
        expect(applied.map(({ host }) => host)).to.deep.equal((await es.endpoints()).map(({ host }) => host))
      })

      it('counts the same nodes in health and in the list', async () => {
        const nodes = await es.nodes()
        const health = await es.health({ timeoutMs: 5000 })
        expect(health.nodes).to.equal(nodes.length)
        expect(health.timedOut).to.equal(false)
        const members = nodes.map(({ id, ephemeralId, name }) => ({ id, ephemeralId, name }))
        expect(await es.members()).to.have.deep.members(members)
        expect(new Set(nodes.map(({ ephemeralId }) => ephemeralId)).size).to.equal(nodes.length)
        for (const node of nodes) {
          expect(node.startedAtMs).to.be.greaterThan(Date.parse('2000-01-01'))
          expect(node.httpAddress).to.match(/:\d+$/)
        }
      })
    })

    describe('the shard map', () => {
      it('has one primary a shard, and knows every node that holds a copy', async () => {
        const ids = new Set((await es.nodes()).map(({ id }) => id))
        const { indices } = await es.shardMap()
        for (const { name, shards, replicas } of indices)
          for (const { copies, number } of shards) {
            const what = `${name}[${number}]`
            expect(copies.filter(({ primary }) => primary).length, what).to.equal(1)
            expect(copies.length, what).to.equal(replicas + 1)
            for (const { node } of copies) if (node !== null) expect([...ids], what).to.include(node)
          }
      })

      it('lists every started copy of a quiet index as in sync', async () => {
        const { indices } = await es.shardMap()
        const index = indices.find(({ name }) => name === 'contract-a')
        expect(index?.shards.map(({ number }) => number)).to.deep.equal([0, 1])
        expect(index?.uuid).to.match(/\S{3,}/)
        for (const { inSync, copies } of index?.shards ?? [])
          expect([...inSync].sort()).to.deep.equal(copies.map(({ allocationId }) => allocationId).sort())
      })

      it('has a version that grows when an index is made, and shows the index at once', async () => {
        const before = await es.shardMap()
        await world.createIndex('contract-new', { shards: 1, replicas: 0 })
        const { version, indices } = await es.shardMap()
        expect(version).to.be.greaterThan(before.version)
        expect(indices.map(({ name }) => name)).to.include('contract-new')
        await world.deleteIndex('contract-new')
        expect((await es.shardMap()).indices.map(({ name }) => name)).not.to.include('contract-new')
      })
    })

    describe('settings', () => {
      for (const scope of ['persistent', 'transient']) {
        it(`sets, reads and unsets a ${scope} cluster setting`, async () => {
          expect([...(await es.settings.read(enable, [scope]))]).to.deep.equal([[scope, null]])
          await es.settings.write(enable, [scope], 'primaries')
          expect([...(await es.settings.read(enable, [scope]))]).to.deep.equal([[scope, 'primaries']])
          expect((await es.clusterSettings())[scope as 'persistent'][enable.name]).to.equal('primaries')
          await es.settings.write(enable, [scope], null)
          expect([...(await es.settings.read(enable, [scope]))]).to.deep.equal([[scope, null]])
        })
      }

      it('gives the defaults of the settings that gates look at', async () => {
        const { defaults } = await es.clusterSettings()
        expect(defaults[enable.name]).to.equal('all')
        expect(defaults['indices.recovery.max_bytes_per_sec']).to.match(/^\d+/)
      })

      it('sets, reads and unsets an index setting, and passes over an index that is not there', async () => {
        const names = ['contract-a', 'contract-nowhere', 'contract-b.with-dots']
        const there = ['contract-a', 'contract-b.with-dots']
        expect(await read(names)).to.deep.equal(there.map(name => [name, null]))
        await es.settings.write(delay, names, '7m')
        expect(await read(names)).to.deep.equal(there.map(name => [name, '7m']))
        await es.settings.write(delay, names, null)
        expect(await read(names)).to.deep.equal(there.map(name => [name, null]))
      })

      it('reads only what is set, never a default', async () => {
        const replicas = { kind: 'elasticsearch.index', name: 'index.number_of_replicas' }
        expect([...(await es.settings.read(replicas, ['contract-a']))]).to.deep.equal([['contract-a', '1']])
        const codec = { kind: 'elasticsearch.index', name: 'index.codec' }
        expect([...(await es.settings.read(codec, ['contract-a']))]).to.deep.equal([['contract-a', null]])
      })

      it('changes replicas, and the shard map follows', async () => {
        const replicas = { kind: 'elasticsearch.index', name: 'index.number_of_replicas' }
        await es.settings.write(replicas, ['contract-a'], '0')
        await until(async () => (await copiesOf('contract-a')).length === 2)
        await es.settings.write(replicas, ['contract-a'], '1')
        await until(async () => (await copiesOf('contract-a')).every(({ state }) => state === 'STARTED'))
        expect((await copiesOf('contract-a')).length).to.equal(4)
      })

      it('refuses a setting that the cluster does not know, and another kind', async () => {
        const nonsense = { kind: 'elasticsearch.cluster', name: 'no.such.setting' }
        expect(await codeOf(es.settings.write(nonsense, ['persistent'], 'x'))).to.equal('CLUSTER_REJECTED')
        expect(await codeOf(es.settings.read({ kind: 'kafka.topic', name: 'x' }, ['y']))).to.equal('BUG')
      })

      it('says which indices it may not change, none of ours among them', async () => {
        const found = await es.unchangeable(['contract-a', 'contract-nowhere'])
        expect(found).not.to.include('contract-a')
      })

      const read = async (names: string[]) => [...(await es.settings.read(delay, names))].sort()
    })

    describe('what goes on', () => {
      it('reads disk, watermarks and pressure of its nodes by name', async () => {
        const names = (await es.nodes()).map(({ name }) => name)
        const disk = await es.disk()
        const { enabled, low } = await es.watermarks()
        expect(disk.map(({ node }) => node)).to.include(world.dataNode)
        for (const { totalBytes, availableBytes } of disk) expect(totalBytes).to.be.at.least(availableBytes)
        expect(enabled).to.equal(true)
        expect(low).to.match(/^\d/)
        const pressure = await es.pressure()
        expect(pressure.map(({ node }) => node).sort()).to.deep.equal([...names].sort())
        for (const { heapPercent } of pressure) expect(heapPercent).to.be.within(0, 100)
      })

      it('finds no snapshot, no long task and no recovery on a quiet cluster', async () => {
        expect(await es.runningSnapshots()).to.deep.equal([])
        expect(await es.longTasks()).to.deep.equal([])
        // The balancer may still move a copy of what the cases before have made.
        await until(async () => (await es.recovery()).active === 0)
      })

      it('gives null for a lifecycle module that is missing', async () => {
        const capabilities = await es.capabilities()
        const { slm, ilm } = await es.lifecycle()
        expect(slm === null).to.equal(!capabilities.slm)
        expect(ilm === null).to.equal(!capabilities.ilm)
        expect(capabilities.healthReport).to.equal(true)
      })

      it('counts documents, blocks and traffic', async () => {
        const counts = await es.counts()
        const one = counts.find(({ index }) => index === 'contract-a')
        expect(one?.blocks).to.deep.equal([])
        expect(one?.uuid).to.match(/\S{3,}/)
        const traffic = await es.traffic()
        expect(traffic.status).to.equal('green')
        expect(traffic.indexedTotal).to.be.at.least(0)
        expect(await es.openConnections(world.dataNode)).to.be.at.least(0)
        expect(await es.inFlight(world.dataNode)).to.be.at.least(0)
      })

      it('names a block that is set', async () => {
        const block = { kind: 'elasticsearch.index', name: 'index.blocks.write' }
        await es.settings.write(block, ['contract-a'], 'true')
        const found = (await es.counts()).find(({ index }) => index === 'contract-a')
        const blocks = await es.blocks()
        await es.settings.write(block, ['contract-a'], null)
        expect(found?.blocks).to.deep.equal(['write'])
        expect(blocks.get('contract-a')).to.deep.equal(['write'])
        expect((await es.blocks()).has('contract-a')).to.equal(false)
      })

      it('explains a copy that has no place, and one that has', async () => {
        await world.createIndex('contract-many', { shards: 1, replicas: 9 })
        const lonely = await until(async () => {
          const found = await es.explain({ index: 'contract-many', shard: 0, primary: false })
          return found.canAllocate === 'no' ? found : null
        })
        await world.deleteIndex('contract-many')
        expect(lonely.deciders).to.include('same_shard')
        const placed = await es.explain({ index: 'contract-a', shard: 0, primary: true })
        expect(placed.canAllocate).to.equal('yes')
        expect(await codeOf(es.explain({ index: 'contract-nowhere', shard: 0, primary: true }))).to.equal(
          'CLUSTER_REJECTED',
        )
      })
    })

    describe('small deeds', () => {
      it('flushes what is there and does not mind what is not', async () => {
        expect(await es.flush(['contract-a', 'contract-nowhere'], { timeoutMs: 20_000 })).to.deep.equal({
          failed: [],
        })
      })

      it('writes, reads and deletes a canary, and removes its index', async () => {
        expect((await es.canary('contract-1')).ms).to.be.at.least(0)
        expect((await es.canary('contract-1')).ms).to.be.at.least(0)
        const names = async () => (await es.shardMap()).indices.map(({ name }) => name)
        expect(await names()).to.include('ops-canary')
        await es.removeCanary()
        await es.removeCanary()
        expect(await names()).not.to.include('ops-canary')
      })

      it('leaves documents for a drill once, finds them, and takes them away', async () => {
        const ids = ['contract-1', 'contract-2', 'contract-3']
        expect(await es.leaveCanaries(ids)).to.deep.equal(ids)
        expect(await es.leaveCanaries(ids)).to.deep.equal(ids)
        expect(await es.findCanaries([...ids, 'contract-4'])).to.have.members(ids)
        await es.removeCanaries()
        await es.removeCanaries()
        expect(await es.findCanaries(ids)).to.deep.equal([])
      })

      it('announces a restart where the cluster can, and says so where it cannot', async () => {
        const { nodeShutdown } = await es.capabilities()
        expect(nodeShutdown).to.equal(world.canShutdown)
        const { id } = await nodeNamed(world.dataNode)
        const announcement = { id, reason: 'ops contract', allocationDelayMs: 600_000 }
        expect(await es.shutdowns()).to.deep.equal([])
        if (nodeShutdown) {
          await es.announceRestart(announcement)
          expect(
            (await es.shutdowns()).map(({ nodeId, type, reason }) => [nodeId, type, reason]),
          ).to.deep.equal([[id, 'restart', 'ops contract']])
          const address = { kind: 'elasticsearch.node-shutdown', name: 'restart' }
          expect([...(await es.settings.read(address, [id]))]).to.deep.equal([
            [id, { reason: 'ops contract', allocationDelayMs: 600_000 }],
          ])
        } else {
          expect(await codeOf(es.announceRestart(announcement))).to.equal('UNSUPPORTED')
        }
        await es.withdrawRestart(id)
        await es.withdrawRestart(id)
        expect(await es.shutdowns()).to.deep.equal([])
      })
    })

    describe('a restart', () => {
      it('of a data node: new ephemeral id, same id, its copies away and back', async () => {
        const before = await nodeNamed(world.dataNode)
        const held = await heldBy(before)
        expect(held.length).to.be.greaterThan(0)
        await es.settings.write(delay, ['contract-a', 'contract-b.with-dots'], '10m')
        await world.stopNode(world.dataNode)
        await until(async () => (await find(world.dataNode)) === undefined)
        const away = await until(async () => {
          const copies = await heldBy(before)
          return copies.length === 0 ? copiesOf('contract-a') : null
        })
        const gone = away.filter(({ state }) => state === 'UNASSIGNED')
        expect(gone.map(({ unassignedReason }) => unassignedReason)).to.include('NODE_LEFT')
        const applied = await es.appliedVersions()
        expect(applied.filter(({ version }) => version === null).map(({ host }) => host)).to.deep.equal([
          world.dataNode,
        ])
        expect(away.filter(({ primary }) => primary).every(({ state }) => state === 'STARTED')).to.equal(true)
        expect((await es.health({ timeoutMs: 5000 })).delayedUnassignedShards).to.be.greaterThan(0)
        expect((await es.canary('contract-away')).ms).to.be.at.least(0)

        await world.startNode(world.dataNode)
        const back = await until(() => find(world.dataNode))
        expect(back.id).to.equal(before.id)
        expect(back.ephemeralId).not.to.equal(before.ephemeralId)
        expect(back.startedAtMs).to.be.greaterThan(before.startedAtMs)
        await until(async () => (await es.health({ timeoutMs: 5000 })).status === 'green')
        const onto = await es.recoveredOnto(world.dataNode, ['contract-a', 'contract-b.with-dots'])
        expect(onto.every(({ targetNode }) => targetNode === world.dataNode)).to.equal(true)
        // The last one may still be closing its books.
        await until(async () => (await es.recovery()).active === 0)
        await es.settings.write(delay, ['contract-a', 'contract-b.with-dots'], null)
        await es.removeCanary()
      })

      it('of the elected master: another one is elected and nobody has to ask twice', async () => {
        const former = (await es.master()).elected as string
        await world.stopNode(former)
        const { indices } = await es.shardMap()
        expect(indices.length).to.be.greaterThan(0)
        const { elected } = await until(async () => {
          const master = await es.master()
          return master.elected !== null && master.elected !== former ? master : null
        })
        expect((await es.nodes()).map(({ name }) => name)).to.include(elected)
        await world.startNode(former)
        await until(() => find(former))
        await until(async () => (await es.health({ timeoutMs: 5000 })).status === 'green')
        const { id } = await nodeNamed(former)
        await until(async () => (await es.coordination()).committed.includes(id))
      })
    })

    it('says that it is busy while the masters have no quorum, and is well when they are back', async () => {
      const masters = (await es.nodes())
        .filter(({ roles }) => roles.includes('master'))
        .map(({ name }) => name)
      const [, ...others] = masters
      try {
        for (const name of others) await world.stopNode(name)
        // A master answers until it has missed the others.
        await until(async () => (await codeOf(es.shardMap())) === 'CLUSTER_BUSY')
        expect((await es.master()).elected).to.equal(null)
        expect(await codeOf(es.settings.write(enable, ['persistent'], 'primaries'))).to.equal('CLUSTER_BUSY')
      } finally {
        for (const name of others) await world.startNode(name)
      }
      await until(async () => (await es.nodes().catch(() => [])).length >= masters.length)
      await until(async () => (await es.health({ timeoutMs: 5000 }).catch(() => null))?.status === 'green')
      // A node opens its HTTP port only after it has joined.
      await until(async () => (await es.endpoints()).every(({ problem }) => problem === null))
      expect([...(await es.settings.read(enable, ['persistent']))]).to.deep.equal([['persistent', null]])
    })

    async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
      const endMs = world.clock.monotonicMs() + 180_000
      for (;;) {
        const found = await look()
        if (found !== null && found !== undefined && found !== false) return found
        if (world.clock.monotonicMs() > endMs) throw new Error('the cluster did not get there within 180 s')
        await world.clock.sleep(500)
      }
    }

    const find = async (name: string): Promise<NodeInfo | undefined> =>
      (await es.nodes()).find(node => node.name === name)

    async function nodeNamed(name: string): Promise<NodeInfo> {
      const found = await find(name)
      if (found === undefined) throw new Error(`${name} is not in the cluster`)
      return found
    }

    async function copiesOf(index: string): Promise<readonly ShardCopy[]> {
      const found = (await es.shardMap()).indices.find(({ name }) => name === index)
      return (found?.shards ?? []).flatMap(({ copies }) => copies)
    }

    async function heldBy({ id }: NodeInfo): Promise<readonly ShardCopy[]> {
      const { indices } = await es.shardMap()
      return indices.flatMap(({ shards }) =>
        shards.flatMap(({ copies }) => copies.filter(({ node }) => node === id)),
      )
    }
  })
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'nothing was thrown'
  } catch (thrown) {
    return toOpsError(thrown).code
  }
}
