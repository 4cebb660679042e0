// The contract of SnapshotsPort and IndicesPort on the fake, and what tests rely on in it beyond the contract: the trouble
// that can be planted, and that a saved one goes on.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import { makeIndex, turnIndex, unregister } from '../support/fake-cluster/by-hand.ts'
import { FakeCluster, type FakeClusterOptions, type FakeState } from '../support/fake-cluster/fake-cluster.ts'
import { JumpClock } from '../support/fake-cluster/jump-clock.ts'
import { describeBackupPorts } from './snapshots.contract.ts'

const repository = 'elk_backup'
const sources = ['crm.app-2025.04.01', 'nginx.access-2025.04.01'] as const

const indices: NonNullable<FakeClusterOptions['indices']> = [
  { name: sources[0], tier: 'data_hot', docs: 500, settings: { 'index.blocks.write': 'true' } },
  { name: sources[1], tier: 'data_hot', docs: 500, shards: 2 },
]

function create(options: FakeClusterOptions = {}) {
  const clock = new JumpClock()
  const cluster = FakeCluster.create(clock, {
    layout: 'small',
    indices,
    ...options,
  })
  return { clock, cluster, ...portsOf(cluster) }
}
const portsOf = ({ snapshots, indices }: FakeCluster) => ({ snapshots, indices })

describeBackupPorts('a fake of three nodes', async () => {
  const { clock, cluster, snapshots, indices } = create()
  return {
    ...{ snapshots, indices, clock, repository, location: '/srv/other', sources, docs: 500 },
    makeIndex: async (name, body) => cluster.change(state => makeIndex(state, name, body)),
    turnIndex: async (name, to) => cluster.change(state => turnIndex(state, name, to)),
    unregister: async name => cluster.change(state => unregister(state, name)),
  }
})

const request = (name: string, indices: readonly string[] = sources) => ({
  repository,
  name,
  indices,
  globalState: false,
  metadata: { run: 'r1' },
})
const toRestore = (indices: readonly string[] = sources) => ({
  repository,
  snapshot: 'one',
  indices,
  prefix: 'drill-',
  replicas: 0,
  settings: {},
  without: [],
  globalState: false,
})
const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)

describe('snapshots of the fake', () => {
  it('take time shard by shard, and are listed while they run', async () => {
    const { clock, snapshots, cluster } = create()
    await snapshots.create(request('one'))
    const begun = await snapshots.progress(repository, 'one')
    expect(begun.state).to.equal('STARTED')
    expect(begun.shards.started).to.be.greaterThan(0)
    expect(begun.processedBytes).to.equal(0)
    const kind = 'create'
    expect(await snapshots.work()).to.deep.equal([{ kind, repository, snapshots: ['one'] }])
    expect(await cluster.runningSnapshots()).to.deep.equal([{ repository, snapshot: 'one' }])
    await clock.sleep(700)
    const later = await snapshots.progress(repository, 'one')
    expect(later.processedBytes).to.be.within(1, later.totalBytes - 1)
    expect((await snapshots.list(repository))[0]).to.include({ state: 'IN_PROGRESS', endedAtMs: null })
    await clock.sleep(5000)
    expect((await snapshots.list(repository))[0]).to.include({ state: 'SUCCESS' })
  })

  it('end without the shards that lost a file, whose progress is called SUCCESS all the same', async () => {
    const { clock, snapshots, cluster } = create()
    await snapshots.create(request('one'))
    cluster.later(100, { do: 'store', repository, trouble: { losesBlobs: [`${sources[1]}[1]`] } })
    await clock.sleep(5000)
    const [info] = await snapshots.list(repository)
    expect(info).to.deep.include({ state: 'PARTIAL', shards: { total: 3, successful: 2, failed: 1 } })
    expect(info?.failures.map(({ index, shard }) => [index, shard])).to.deep.equal([[sources[1], 1]])
    expect(await snapshots.progress(repository, 'one')).to.deep.include({ state: 'SUCCESS' })
    expect((await thrownBy(snapshots.restore(toRestore())))?.code).to.equal('RESTORE_FAILED')
    expect((await snapshots.cleanUp(repository)).blobs).to.equal(1)
  })

  it('are gone when their repository can no longer be written at their end', async () => {
    const { clock, snapshots, cluster } = create()
    await snapshots.create(request('one'))
    cluster.act({ do: 'store', repository, trouble: { full: true } })
    await clock.sleep(5000)
    expect(await snapshots.list(repository)).to.deep.equal([])
    expect((await thrownBy(snapshots.progress(repository, 'one')))?.code).to.equal('SNAPSHOT_MISSING')
  })

  it('stand still, and go on', async () => {
    const { clock, snapshots, cluster } = create()
    cluster.act({ do: 'store', repository, trouble: { stalls: [sources[0]] } })
    await snapshots.create(request('one'))
    await clock.sleep(600_000)
    expect((await snapshots.progress(repository, 'one')).shards).to.include({ started: 1, done: 2 })
    cluster.act({ do: 'store', repository, trouble: { stalls: [] } })
    await clock.sleep(5000)
    expect((await snapshots.list(repository))[0]).to.include({ state: 'SUCCESS' })
  })

  it('lose the shards of a node that is stopped or does not have the place', async () => {
    const { clock, snapshots, cluster } = create()
    const holder = cluster.state.indices[0]?.shards[0]?.copies[0]?.node
    const name = cluster.state.nodes.find(({ id }) => id === holder)?.name ?? ''
    cluster.act({ do: 'store', repository, trouble: { missingOn: [name] } })
    const refused = await thrownBy(snapshots.verify(repository))
    expect(refused).to.include({ code: 'REPOSITORY_BROKEN' })
    expect(refused?.message).to.include(name)
    await snapshots.create(request('one', [sources[0]]))
    await clock.sleep(5000)
    cluster.act({ do: 'store', repository, trouble: { missingOn: [] } })
    await snapshots.create(request('two', [sources[0]]))
    cluster.stopNode(name)
    await clock.sleep(5000)
    expect((await snapshots.list(repository)).map(({ state }) => state)).to.deep.equal(['PARTIAL', 'PARTIAL'])
  })

  it('do not verify where nobody can write, and cannot be read where the table of contents is gone', async () => {
    const { snapshots, cluster } = create()
    for (const trouble of [{ full: true }, { notWritable: true }, { unreadable: true }]) {
      cluster.act({ do: 'store', repository, trouble })
      expect((await thrownBy(snapshots.verify(repository)))?.code).to.equal('REPOSITORY_BROKEN')
    }
    const [own] = await snapshots.repositories()
    const again = { name: 'again', type: 'fs', settings: own?.settings ?? {}, readOnly: false }
    expect((await thrownBy(snapshots.register(again, true)))?.code).to.equal('REPOSITORY_BROKEN')
    expect((await snapshots.repositories()).map(({ name }) => name)).to.deep.equal([repository])
    expect((await thrownBy(snapshots.list(repository)))?.code).to.equal('REPOSITORY_BROKEN')
  })

  it('hold their indices and their repository: neither is deleted or changed meanwhile', async () => {
    const { snapshots, indices } = create()
    const [own] = await snapshots.repositories()
    const found = await indices.find([sources[0]])
    await snapshots.create(request('one'))
    expect((await thrownBy(indices.remove(found)))?.code).to.equal('CLUSTER_BUSY')
    const again = { name: repository, type: 'fs', settings: own?.settings ?? {}, readOnly: true }
    expect((await thrownBy(snapshots.register(again, false)))?.code).to.equal('CLUSTER_BUSY')
  })

  it('are carried out or not when their answer is lost, by the name of the call', async () => {
    const { clock, snapshots, cluster } = create()
    cluster.set({
      lostCalls: [
        { call: 'snapshots.create', how: 'not-done' },
        { call: 'snapshots.create', how: 'done' },
        { call: 'snapshots.remove', how: 'done' },
        { call: 'snapshots.restore', how: 'done' },
      ],
    })
    expect((await thrownBy(snapshots.create(request('one'))))?.code).to.equal('OUTCOME_UNKNOWN')
    expect(await snapshots.list(repository)).to.deep.equal([])
    expect((await thrownBy(snapshots.create(request('one'))))?.code).to.equal('OUTCOME_UNKNOWN')
    await clock.sleep(5000)
    expect((await thrownBy(snapshots.restore(toRestore())))?.code).to.equal('OUTCOME_UNKNOWN')
    expect((await snapshots.restores()).length).to.equal(1)
    await clock.sleep(5000)
    expect((await thrownBy(snapshots.remove(repository, ['one'])))?.code).to.equal('OUTCOME_UNKNOWN')
    await clock.sleep(5000)
    expect(await snapshots.list(repository)).to.deep.equal([])
  })

  it('are deleted by a process that dies meanwhile', async () => {
    const clock = new JumpClock()
    let saved = ''
    const cluster = FakeCluster.create(clock, { layout: 'small', indices }, state => {
      saved = JSON.stringify(state)
    })
    await cluster.snapshots.create(request('one'))
    await clock.sleep(5000)
    await cluster.snapshots.remove(repository, ['one'])
    const atDeath = JSON.parse(saved) as FakeState
    const other = new JumpClock(atDeath.atMs)
    const { snapshots } = FakeCluster.from(atDeath, other)
    expect(await snapshots.work()).to.deep.equal([{ kind: 'delete', repository, snapshots: ['one'] }])
    await other.sleep(5000)
    expect(await snapshots.list(repository)).to.deep.equal([])
    expect(await snapshots.work()).to.deep.equal([])
  })
})

describe('restores of the fake', () => {
  const takeOne = async (options: FakeClusterOptions = {}) => {
    const world = create(options)
    await world.snapshots.create(request('one'))
    await world.clock.sleep(10_000)
    return world
  }
  const explain = (cluster: FakeCluster, index: string) => cluster.explain({ index, shard: 0, primary: true })

  it('fill over time and take disk, which a deleted index gives back', async () => {
    const { clock, snapshots, indices, cluster } = await takeOne()
    const free = async () => (await cluster.disk()).reduce((sum, one) => sum + one.availableBytes, 0)
    const before = await free()
    await snapshots.restore(toRestore())
    await clock.sleep(200)
    const names = sources.map(name => `drill-${name}`)
    const half = await snapshots.recoveries(names)
    expect(half.map(({ stage }) => stage)).to.include('INDEX')
    await clock.sleep(5000)
    expect((await cluster.health({ timeoutMs: 1 })).status).to.equal('green')
    expect(before - (await free())).to.equal(100_000_000)
    await indices.remove(await indices.find(names))
    expect(await free()).to.equal(before)
  })

  it('of a corrupt shard leave both lists without a word, and a primary that nobody tries again', async () => {
    const { clock, snapshots, indices, cluster } = await takeOne()
    cluster.act({ do: 'corrupt', repository, snapshot: 'one', index: sources[0], shard: 0 })
    await snapshots.restore(toRestore([sources[0]]))
    const name = `drill-${sources[0]}`
    expect((await snapshots.recoveries([name])).length).to.equal(1)
    await clock.sleep(60_000)
    expect(await snapshots.recoveries([name])).to.deep.equal([])
    expect(await snapshots.restores()).to.deep.equal([])
    expect(await explain(cluster, name)).to.deep.include({
      canAllocate: 'no',
      deciders: ['restore_in_progress'],
    })
    expect((await thrownBy(indices.content([name])))?.code).to.equal('CLUSTER_BUSY')
  })

  it('wait where no node has room', async () => {
    const { clock, snapshots, cluster } = await takeOne()
    cluster.change(state => {
      for (const node of state.nodes) node.availableBytes = 0
    })
    await snapshots.restore(toRestore([sources[0]]))
    await clock.sleep(60_000)
    expect((await snapshots.restores())[0]?.shards.map(({ state }) => state)).to.deep.equal(['INIT'])
    expect((await explain(cluster, `drill-${sources[0]}`)).deciders).to.deep.equal(['disk_threshold'])
  })

  it('go on after the node that they fill is stopped', async () => {
    const { clock, snapshots, cluster } = await takeOne({ restoreBytesPerSecond: 1_000_000 })
    await snapshots.restore(toRestore([sources[0]]))
    const index = cluster.state.indices.find(({ name }) => name === `drill-${sources[0]}`)
    const id = index?.shards[0]?.copies[0]?.node
    cluster.stopNode(cluster.state.nodes.find(node => node.id === id)?.name ?? '')
    await clock.sleep(120_000)
    expect((await snapshots.recoveries([`drill-${sources[0]}`]))[0]).to.include({ stage: 'DONE' })
  })

  it('bring back what lies in the snapshot, and hashes tell where that was changed', async () => {
    const { clock, snapshots, indices, cluster } = await takeOne()
    const [index] = sources
    const at = { repository, snapshot: 'one', index }
    cluster.act({ do: 'spoil-snapshot', ...at, document: 3, how: 'changed' })
    cluster.act({ do: 'spoil-snapshot', ...at, document: 4, how: 'gone' })
    await snapshots.restore(toRestore([index]))
    await clock.sleep(5000)
    const all = await indices.sample(index, 500, 1)
    const found = new Map((await indices.sample(`drill-${index}`, 500, 1)).map(({ id, hash }) => [id, hash]))
    expect(all.filter(({ id, hash }) => found.get(id) !== hash).map(({ id }) => id)).to.deep.equal([
      'doc-00000003',
      'doc-00000004',
    ])
    expect((await indices.content([`drill-${index}`]))[0]?.docs).to.equal(499)
    cluster.act({ do: 'spoil-document', index, document: 0, how: 'gone' })
    expect((await indices.content([index]))[0]?.docs).to.equal(499)
    const before = await indices.content([`drill-${index}`])
    cluster.act({ do: 'spoil-document', index: `drill-${index}`, document: 9, how: 'gone' })
    expect((await indices.content([`drill-${index}`]))[0]?.docs).to.equal((before[0]?.docs ?? 0) - 1)
  })

  it('of a snapshot of a later version are refused', async () => {
    const { snapshots, cluster } = await takeOne()
    cluster.change(state => {
      for (const store of Object.values(state.stores))
        for (const snapshot of store.snapshots) snapshot.version = '9.0.1'
    })
    expect((await thrownBy(snapshots.restore(toRestore())))?.code).to.equal('RESTORE_FAILED')
  })

  it('work on another cluster that has the same place', async () => {
    const { cluster } = await takeOne()
    const { clock, snapshots, indices } = create({ indices: [], stores: cluster.state.stores })
    await snapshots.restore({ ...toRestore(), prefix: '' })
    await clock.sleep(5000)
    const content = await indices.content(sources)
    expect(content.map(({ docs }) => docs)).to.deep.equal([500, 500])
  })
})
