// The contracts of AllocationPort and MembershipPort on the fake, and what tests rely on in it beyond them: worlds that can be broken, and
// nodes that come and go.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import { FakeCluster, type FakeClusterOptions } from '../support/fake-cluster/fake-cluster.ts'
import { JumpClock } from '../support/fake-cluster/jump-clock.ts'
import { writeTo } from '../support/fake-cluster/writes.ts'
import { describeAllocationPort } from './allocation.contract.ts'
import { describeMembershipPort } from './membership.contract.ts'

function create(options: FakeClusterOptions = {}) {
  const clock = new JumpClock()
  return { clock, cluster: FakeCluster.create(clock, { layout: 'small', ...options }) }
}

describeAllocationPort('a fake of three nodes', async () => {
  const { clock, cluster } = create({ indices: [] })
  return {
    es: cluster,
    clock,
    nodes: ['es-node01', 'es-node02', 'es-node03'],
    canRetryLifecycle: false,
    readable: 'nginx.access-2001.02.04',
    createIndex: async (name, { shards = 1, replicas, settings = {} }) => {
      const index = { name, shards, replicas, settings, tier: 'data_hot', docs: 0, nodes: [] }
      cluster.act({ do: 'create-index', index })
      // Its copies find their places by the deciders, as on a server.
      await clock.sleep(1)
    },
    write: async (name, docs) =>
      cluster.change(state => {
        const index = state.indices.find(one => one.name === name)
        for (const shard of index?.shards ?? [])
          if (index) writeTo(state, index, shard, docs / index.shards.length)
      }),
    deleteIndex: async name => cluster.act({ do: 'delete-index', name }),
    stopNode: async name => cluster.stopNode(name),
    startNode: async name => cluster.startNode(name),
  }
})

for (const canShutdown of [false, true])
  describeMembershipPort(`a fake ${canShutdown ? 'with' : 'without'} the shutdown API`, async () => {
    const capabilities = { nodeShutdown: canShutdown, slm: false, ilm: false, machineLearning: false }
    const { clock, cluster } = create({ world: { capabilities } })
    return { es: cluster, clock, emptyAddress: 'https://127.0.9.250:9200', canShutdown }
  })

const withShutdown = {
  capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false },
}
const rebalance = { kind: 'elasticsearch.cluster', name: 'cluster.routing.rebalance.enable' }
const exclude = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.exclude._name' }
const hot = { roles: ['data_hot', 'data_content', 'ingest'] }
const two = { name: 'two', tier: 'data_hot', replicas: 1, docs: 100, nodes: ['es-node01', 'es-node02'] }

const shardsOn = async ({ allocation }: FakeCluster, name: string) =>
  (await allocation.nodes()).find(({ node }) => node === name)?.shards
const unassignedOf = async ({ allocation }: FakeCluster) => {
  const [first] = await allocation.unassigned()
  return first ?? expect.fail('no copy is unassigned')
}
const statusOf = async (cluster: FakeCluster) => (await cluster.health({ timeoutMs: 1 })).status

describe('nodes of the fake that come and go', () => {
  it('drain where they are excluded, lose nothing, and get copies again only once they are not', async () => {
    const { clock, cluster } = create()
    await cluster.settings.write(exclude, ['persistent'], 'es-node02')
    await clock.sleep(5000)
    expect((await cluster.health({ timeoutMs: 1 })).relocatingShards).to.equal(2)
    await clock.sleep(200_000)
    expect(await shardsOn(cluster, 'es-node02')).to.equal(0)
    expect(await cluster.allocation.plannedMoves()).to.equal(0)
    expect(cluster.tally.moves.length).to.be.greaterThan(0)
    expect(cluster.tally.moves.every(move => move.includes('es-node02 to '))).to.equal(true)
    expect(cluster.lostWrites()).to.equal(0)
    expect(await statusOf(cluster)).to.equal('green')
  })

  it('stand still with a decider that says why, where nobody takes their copies', async () => {
    const { clock, cluster } = create({ world: withShutdown, indices: [two] })
    await cluster.membership.announceRemoval({ id: 'id-es-node01', reason: 'run-1' })
    await cluster.settings.write(exclude, ['persistent'], 'es-node03')
    await clock.sleep(1000)
    // It was on its way already.
    await clock.sleep(60_000)
    expect((await cluster.membership.migration('id-es-node01'))?.status).to.equal('COMPLETE')
    await cluster.membership.announceRemoval({ id: 'id-es-node02', reason: 'run-1' })
    await clock.sleep(60_000)
    const stalled = await cluster.membership.migration('id-es-node02')
    expect(stalled).to.include({ status: 'STALLED', shardsLeft: 1 })
    const copy = { index: 'two', shard: 0, primary: false }
    const primary = { ...copy, primary: true }
    const explained = await Promise.all([copy, primary].map(one => cluster.allocation.explain(one)))
    const stuck = explained.find(({ currentNode }) => currentNode === 'es-node02')
    expect(stuck).to.include({ canRemain: 'no' })
    expect(stuck?.againstRemaining.map(({ decider }) => decider)).to.deep.equal(['node_shutdown'])
  })

  it('hand all that they have to the node that replaces them, and nothing else comes to it', async () => {
    const { clock, cluster } = create({ world: withShutdown })
    await cluster.settings.write(rebalance, ['persistent'], 'none')
    cluster.addNode({ name: 'es-node04', ...hot })
    cluster.startNode('es-node04')
    const before = await shardsOn(cluster, 'es-node02')
    const replace = { id: 'id-es-node02', reason: 'run-1', replacedBy: 'es-node04' }
    await cluster.membership.announceRemoval(replace)
    await clock.sleep(300_000)
    expect(await cluster.membership.migration('id-es-node02')).to.include({
      status: 'COMPLETE',
      shardsLeft: 0,
    })
    expect(await shardsOn(cluster, 'es-node04')).to.equal(before)
    expect(cluster.tally.moves.length).to.equal(before)
  })

  it('join when they are started, are balanced onto, and are asked only once they are followed', async () => {
    const { clock, cluster } = create()
    cluster.addNode({ name: 'es-node04', ...hot })
    const url = 'https://127.0.9.4:9200'
    expect((await cluster.membership.identityAt(url)).problem).to.equal('connection refused')
    cluster.startNode('es-node04')
    await clock.sleep(6000)
    const { clusterUuid } = await cluster.identity()
    expect((await cluster.membership.identityAt(url)).identity?.clusterUuid).to.equal(clusterUuid)
    expect((await cluster.endpoints()).length).to.equal(3)
    await cluster.membership.follow({ host: 'es-node04', url })
    expect((await cluster.endpoints()).at(-1)?.identity?.answeredBy).to.equal('es-node04')
    await clock.sleep(300_000)
    const counts = (await cluster.allocation.nodes()).map(({ shards }) => shards)
    expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1)
    expect(cluster.lostWrites()).to.equal(0)
  })

  for (const [way, wanted] of [
    ['own-cluster', /^own-uuid/],
    ['another-cluster', /^another-uuid$/],
    ['nowhere', /^_na_$/],
  ] as const)
    it(`never join when their way is ${way}, and say so at their address`, async () => {
      const { clock, cluster } = create()
      cluster.addNode({ name: 'es-node04', ...hot, way })
      cluster.startNode('es-node04')
      await clock.sleep(60_000)
      expect((await cluster.members()).length).to.equal(3)
      const { identity } = await cluster.membership.identityAt('https://127.0.9.4:9200')
      expect(identity?.clusterUuid).to.match(wanted)
    })

  it('never join with a certificate of another authority, and are gone when they are taken away', async () => {
    const { clock, cluster } = create()
    cluster.addNode({ name: 'es-node04', ...hot, way: 'untrusted' })
    cluster.startNode('es-node04')
    await clock.sleep(60_000)
    const { identity, problem } = await cluster.membership.identityAt('https://127.0.9.4:9200')
    expect(identity).to.equal(null)
    expect(problem).to.include('certificate')
    expect(() => cluster.forgetNode('es-node04')).to.throw('stop it first')
    cluster.stopNode('es-node04')
    cluster.forgetNode('es-node04')
    expect(cluster.state.nodes.length).to.equal(3)
  })

  it('keep the voters odd when masters come, and give votes up when they are excluded', async () => {
    const { clock, cluster } = create()
    for (const name of ['es-node04', 'es-node05']) {
      cluster.addNode({ name, roles: ['master'] })
      cluster.startNode(name)
      await clock.sleep(10_000)
      const { committed } = await cluster.coordination()
      expect(committed.length).to.equal(name === 'es-node04' ? 3 : 5)
    }
    await cluster.membership.excludeVoters(['es-node01'])
    expect((await cluster.coordination()).committed).not.to.include('id-es-node01')
    expect((await cluster.master()).elected).not.to.equal('es-node01')
    cluster.stopNode('es-node01')
    expect(cluster.violations.filter(one => one.includes('quorum'))).to.deep.equal([])
    await cluster.membership.clearVotingExclusions({ waitForRemoval: true })
  })
})

describe('copies of the fake that are lost', () => {
  it('are retried five times, then no more until they are told to', async () => {
    const { clock, cluster } = create({ indices: [two] })
    cluster.set({ failing: [{ index: 'two', details: 'ShardLockObtainFailedException' }] })
    cluster.stopNode('es-node02')
    cluster.startNode('es-node02')
    await clock.sleep(120_000)
    const stuck = await unassignedOf(cluster)
    expect(stuck).to.include({ reason: 'ALLOCATION_FAILED', failedAttempts: 5, lastStatus: 'deciders_no' })
    expect(stuck.details).to.include('ShardLock')
    const { nodes } = await cluster.allocation.explain({ index: 'two', shard: 0, primary: false })
    expect(nodes[0]?.deciders.map(({ decider }) => decider)).to.include('max_retry')
    cluster.set({ failing: [] })
    await clock.sleep(60_000)
    expect(await statusOf(cluster)).to.equal('yellow')
    await cluster.allocation.retryFailed()
    await clock.sleep(60_000)
    expect(await statusOf(cluster)).to.equal('green')
  })

  it('are corrupt on one disk and come from the other, and are red where that was the only one', async () => {
    const only = { name: 'only', tier: 'data_hot', replicas: 0, docs: 100, nodes: ['es-node03'] }
    const { clock, cluster } = create({ indices: [two, only] })
    cluster.act({ do: 'corrupt-copy', node: 'es-node01', index: 'two', shard: 0 })
    await clock.sleep(60_000)
    expect(await statusOf(cluster)).to.equal('green')
    cluster.act({ do: 'corrupt-copy', node: 'es-node03', index: 'only', shard: 0 })
    await clock.sleep(60_000)
    expect(await unassignedOf(cluster)).to.include({ primary: true, lastStatus: 'no_valid_shard_copy' })
    const [store] = await cluster.allocation.stores(['only'])
    expect(store?.problem).to.include('CorruptIndexException')
  })

  it('are gone with the disk that they were on, and an empty primary in their place has lost every document', async () => {
    const only = { name: 'only', tier: 'data_hot', replicas: 0, docs: 100, nodes: ['es-node03'] }
    const { clock, cluster } = create({ indices: [only] })
    cluster.stopNode('es-node03')
    cluster.act({ do: 'wipe-node', node: 'es-node03' })
    cluster.startNode('es-node03')
    await clock.sleep(60_000)
    expect(await cluster.allocation.stores(['only'])).to.deep.equal([])
    const place = { index: 'only', shard: 0, node: 'es-node01' } as const
    await cluster.allocation.reroute([{ do: 'allocate_empty_primary', ...place }])
    await clock.sleep(10_000)
    expect(await statusOf(cluster)).to.equal('green')
    expect(cluster.lostWrites()).to.equal(100)
    expect((await cluster.allocation.glimpse(['only']))[0]?.docs).to.equal(0)
  })

  it('count as lost for good once a stale copy was taken, and not while they lie on a stopped node', async () => {
    const { clock, cluster } = create({ indices: [{ ...two, written: true }] })
    cluster.stopNode('es-node02')
    await clock.sleep(3000)
    cluster.stopNode('es-node01')
    cluster.startNode('es-node02')
    await clock.sleep(20_000)
    expect(cluster.lostWrites()).to.equal(0)
    const place = { index: 'two', shard: 0, node: 'es-node02' } as const
    await cluster.allocation.reroute([{ do: 'allocate_stale_primary', ...place }])
    cluster.startNode('es-node01')
    await clock.sleep(120_000)
    expect(await statusOf(cluster)).to.equal('green')
    expect(cluster.lostWrites()).to.equal(30)
    // A saved state goes on with the same books.
    expect(FakeCluster.from(cluster.toJSON(), clock).lostWrites()).to.equal(30)
  })

  it('lie dangling on a disk, and are imported where no index has their name', async () => {
    const { clock, cluster } = create({ indices: [two] })
    const dangling = { uuid: 'u-1', createdAtMs: 1, nodes: ['es-node03'], tier: 'data_hot' }
    cluster.set({
      dangling: [
        { name: 'old', ...dangling },
        { name: 'two', ...dangling, uuid: 'u-2' },
      ],
    })
    expect((await cluster.allocation.dangling()).map(({ name }) => name)).to.deep.equal(['old', 'two'])
    expect(await codeOf(cluster.allocation.importDangling('u-2'))).to.equal('CLUSTER_REJECTED')
    await cluster.allocation.importDangling('u-1')
    await clock.sleep(60_000)
    expect((await cluster.shardMap()).indices.map(({ name, uuid }) => `${name} ${uuid}`)).to.include(
      'old u-1',
    )
    expect(await statusOf(cluster)).to.equal('green')
    expect((await cluster.allocation.dangling()).map(({ name }) => name)).to.deep.equal(['two'])
  })
})

describe('deciders of the fake', () => {
  const named = async (cluster: FakeCluster, copy = { index: 'two', shard: 0, primary: false }) => {
    const { nodes } = await cluster.allocation.explain(copy)
    return nodes.flatMap(({ node, deciders }) => deciders.map(({ decider }) => `${node} ${decider}`))
  }
  const lonely = { ...two, replicas: 0, nodes: ['es-node01'] }
  const wantReplica = (cluster: FakeCluster) =>
    cluster.act({ do: 'set-index', index: 'two', name: 'index.number_of_replicas', value: '1' })

  it('keep a copy from disks above the low watermark, and take copies from one above the high one', async () => {
    const { clock, cluster } = create({ indices: [lonely] })
    const leaveFree = (share: (name: string) => number) =>
      cluster.change(({ nodes }) => {
        for (const node of nodes) node.availableBytes = share(node.name) * node.totalBytes
      })
    leaveFree(() => 0.12)
    wantReplica(cluster)
    await clock.sleep(1000)
    expect(await named(cluster)).to.include('es-node02 disk_threshold')
    leaveFree(name => (name === 'es-node01' ? 0.05 : 0.5))
    await clock.sleep(120_000)
    expect(await shardsOn(cluster, 'es-node01')).to.equal(0)
    expect(await statusOf(cluster)).to.equal('green')
  })

  it('know zones, and nodes that are in none', async () => {
    const zone = (name: string, value?: string) => ({
      name,
      roles: ['master', 'data_hot'],
      ...(value && { attributes: { zone: value } }),
    })
    const nodes = [zone('es-node01', 'a'), zone('es-node02', 'a'), zone('es-node03')]
    const { cluster } = create({ nodes, indices: [lonely] })
    const values = { attributes: 'zone', 'force.zone.values': 'a,b' }
    for (const [key, value] of Object.entries(values)) {
      const name = `cluster.routing.allocation.awareness.${key}`
      await cluster.settings.write({ kind: 'elasticsearch.cluster', name }, ['persistent'], value)
    }
    wantReplica(cluster)
    const said = await named(cluster)
    expect(said).to.include('es-node02 awareness')
    expect(said).to.include('es-node03 awareness')
  })

  it('that cannot be derived are put in by name, and obeyed', async () => {
    const { clock, cluster } = create({ indices: [] })
    const explanation = 'the source of the resize is elsewhere'
    cluster.set({ forced: [{ index: 'two', decider: 'resize', decision: 'no', explanation }] })
    cluster.act({ do: 'create-index', index: { ...two, nodes: [] } })
    await clock.sleep(60_000)
    expect(await named(cluster, { index: 'two', shard: 0, primary: true })).to.include('es-node01 resize')
    expect(await statusOf(cluster)).to.equal('red')
    cluster.set({ forced: [] })
    await clock.sleep(60_000)
    expect(await statusOf(cluster)).to.equal('green')
  })
})

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    thrown => toOpsError(thrown).code,
  )
