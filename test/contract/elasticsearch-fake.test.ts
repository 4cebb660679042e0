// What tests rely on in the fake beyond the contract: its books, its bad worlds, and that a saved one goes on the same.
import { expect } from 'chai'
import fc from 'fast-check'
import type { OpsError } from '../../src/errors/index.ts'
import { FakeCluster, type FakeClusterOptions, type FakeState } from '../support/fake-cluster/fake-cluster.ts'
import { inventoryOf } from '../support/fake-cluster/inventory.ts'
import { JumpClock } from '../support/fake-cluster/jump-clock.ts'
import { type BadWorldName, badWorlds, firstDataNode, listCopies } from '../support/fake-cluster/worlds.ts'

const delay = { kind: 'elasticsearch.index', name: 'index.unassigned.node_left.delayed_timeout' }
const enable = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.enable' }

function create(options: FakeClusterOptions = {}) {
  const clock = new JumpClock()
  return { clock, cluster: FakeCluster.create(clock, options) }
}

const statusOf = async (cluster: FakeCluster) => (await cluster.health({ timeoutMs: 1 })).status

describe('the fake cluster', () => {
  it('loses nothing and fails no write when one node after the other is restarted', async () => {
    const { clock, cluster } = create()
    for (const { name } of cluster.state.nodes) {
      cluster.stopNode(name)
      await clock.sleep(1000)
      cluster.startNode(name)
      await clock.sleep(9000)
    }
    expect(await statusOf(cluster)).to.equal('green')
    expect(cluster.violations).to.deep.equal([])
    expect(cluster.lostWrites()).to.equal(0)
    expect(cluster.tally).to.include({ failed: 0, mostDownAtOnce: 1 })
    expect(cluster.tally.acked).to.be.greaterThan(1000)
    expect(cluster.tally.copiedElsewhere).to.deep.equal([])
    expect(cluster.state.nodes.map(({ starts }) => starts)).to.deep.equal(cluster.state.nodes.map(() => 1))
  })

  it('notes when a node is stopped that held an only in-sync copy, and fails writes until it is back', async () => {
    const { clock, cluster } = create()
    cluster.stopNode('es-data01')
    await clock.sleep(1000)
    cluster.stopNode('es-data02')
    expect(cluster.violations).to.include('es-data02 held the only in-sync copy of nginx-2025.04.10[0]')
    await clock.sleep(1000)
    expect(await statusOf(cluster)).to.equal('red')
    expect(cluster.tally.failed).to.be.greaterThan(0)
    // The copy on es-data01 has missed writes: it may not become the primary.
    cluster.startNode('es-data01')
    await clock.sleep(20_000)
    expect(await statusOf(cluster)).to.equal('red')
    cluster.startNode('es-data02')
    await clock.sleep(20_000)
    expect(await statusOf(cluster)).to.equal('green')
    expect(cluster.lostWrites()).to.equal(0)
  })

  it('loses the acknowledged writes of an only copy whose node comes back with an empty disk', async () => {
    const { clock, cluster } = create()
    cluster.spoil('zeroReplicas')
    const holder = cluster.state.indices.find(({ name }) => name === 'no-replica')?.shards[0]?.copies[0]?.node
    const name = cluster.state.nodes.find(({ id }) => id === holder)?.name ?? ''
    await clock.sleep(5000)
    cluster.trouble(name, 'other-id')
    cluster.stopNode(name)
    expect(cluster.lostWrites()).to.equal(0)
    cluster.startNode(name)
    await clock.sleep(20_000)
    expect(cluster.lostWrites()).to.be.greaterThan(0)
    expect((await cluster.nodes()).find(node => node.name === name)?.id).not.to.equal(holder)
  })

  it('takes an absent copy out of the in-sync set when writes go on, and not otherwise', async () => {
    for (const [index, size] of [
      ['crm.app-2025.04.10', 1],
      ['quiet', 2],
    ] as const) {
      const { clock, cluster } = create()
      cluster.act({ do: 'create-index', index: { name: 'quiet', tier: 'data_hot' } })
      cluster.stopNode('es-data01')
      await clock.sleep(1000)
      const found = (await cluster.shardMap()).indices.find(({ name }) => name === index)
      expect(found?.shards[0]?.inSync.length, index).to.equal(size)
    }
  })

  it('copies elsewhere what nobody holds back: after a minute, later with a delay, never with primaries only', async () => {
    const held: (readonly [string, (cluster: FakeCluster) => Promise<void>, number])[] = [
      ['nothing set', async () => {}, 2],
      [
        'delay',
        cluster =>
          cluster.settings.write(
            delay,
            cluster.state.indices.map(({ name }) => name),
            '10m',
          ),
        0,
      ],
      ['primaries', cluster => cluster.settings.write(enable, ['persistent'], 'primaries'), 0],
    ]
    for (const [what, hold, copied] of held) {
      const { clock, cluster } = create()
      await hold(cluster)
      cluster.stopNode('es-data03')
      await clock.sleep(90_000)
      expect(cluster.tally.copiedElsewhere.length, what).to.equal(copied)
      cluster.startNode('es-data03')
      await clock.sleep(30_000)
      expect(await statusOf(cluster), what).to.equal(what === 'primaries' ? 'yellow' : 'green')
      await cluster.settings.write(enable, ['persistent'], null)
      await clock.sleep(5000)
      expect(await statusOf(cluster), what).to.equal('green')
    }
  })

  it('waits for an announced node as long as it was told to', async () => {
    const capabilities = { nodeShutdown: true, slm: false, ilm: false, machineLearning: false }
    const { clock, cluster } = create({ world: { capabilities } })
    await cluster.announceRestart({ id: 'id-es-data03', reason: 'ops 1', allocationDelayMs: 600_000 })
    cluster.stopNode('es-data03')
    await clock.sleep(300_000)
    expect(cluster.tally.copiedElsewhere).to.deep.equal([])
    const reasons = (await cluster.shardMap()).indices.flatMap(({ shards }) =>
      shards.flatMap(({ copies }) => copies.flatMap(({ unassignedReason }) => unassignedReason ?? [])),
    )
    expect(new Set(reasons)).to.deep.equal(new Set(['NODE_RESTARTING']))
    await clock.sleep(301_000)
    expect(cluster.tally.copiedElsewhere.length).to.equal(2)
  })

  it('elects the next master after a while, and none without a quorum', async () => {
    const { clock, cluster } = create({ electionMs: 2000 })
    cluster.stopNode('es-master01')
    expect((await cluster.master()).elected).to.equal(null)
    await cluster.shardMap()
    expect((await cluster.master()).elected).to.equal('es-master02')
    cluster.stopNode('es-master02')
    await clock.sleep(5000)
    expect(cluster.violations).to.deep.equal(['without es-master02 the masters have no quorum'])
    const thrown: OpsError = await cluster.shardMap().catch(error => error)
    expect(thrown.code).to.equal('CLUSTER_BUSY')
    cluster.startNode('es-master01')
    await clock.sleep(7100)
    expect((await cluster.master()).elected).not.to.equal(null)
  })

  it('answers a change with an unknown outcome, carried out or not', async () => {
    const { cluster } = create({ world: { lostAnswers: ['done', 'not-done'] } })
    for (const value of ['primaries', 'none']) {
      const thrown: OpsError = await cluster.settings
        .write(enable, ['persistent'], value)
        .catch(error => error)
      expect(thrown.code).to.equal('OUTCOME_UNKNOWN')
    }
    expect([...(await cluster.settings.read(enable, ['persistent']))]).to.deep.equal([
      ['persistent', 'primaries'],
    ])
  })

  it('lets things happen by themselves', async () => {
    const { clock, cluster } = create()
    cluster.when({ stopped: 'es-data01' }, { do: 'stop-node', node: 'es-coord01' }, 500)
    cluster.later(60_000, { do: 'start-node', node: 'es-coord01' })
    cluster.stopNode('es-data01')
    await clock.sleep(400)
    expect(cluster.isRunning('es-coord01')).to.equal(true)
    await clock.sleep(200)
    expect(cluster.isRunning('es-coord01')).to.equal(false)
    await clock.sleep(60_000)
    expect(cluster.isRunning('es-coord01')).to.equal(true)
  })

  it('has the node troubles', async () => {
    const { clock, cluster } = create()
    cluster.trouble('es-data01', 'refuses')
    cluster.stopNode('es-data01')
    expect(() => cluster.startNode('es-data01')).to.throw('did not start')
    cluster.trouble('es-data01', 'dies')
    cluster.startNode('es-data01')
    expect(cluster.isRunning('es-data01')).to.equal(true)
    await clock.sleep(5000)
    expect(cluster.isRunning('es-data01')).to.equal(false)
    cluster.trouble('es-data01', 'never-joins')
    cluster.startNode('es-data01')
    await clock.sleep(600_000)
    expect(cluster.isRunning('es-data01')).to.equal(true)
    expect((await cluster.nodes()).map(({ name }) => name)).not.to.include('es-data01')
  })

  it('goes on the same from a saved state, wherever it is cut', async () => {
    const story = async (cutAt: number) => {
      let clock = new JumpClock()
      let saved: FakeState | undefined
      const save = (state: FakeState) => {
        saved = structuredClone(state)
      }
      let cluster = FakeCluster.create(clock, {}, save)
      const deeds = [
        () => cluster.settings.write(delay, ['nginx-2025.04.10'], '10m'),
        () => cluster.stopNode('es-data01'),
        () => clock.sleep(2500),
        () => cluster.startNode('es-data01'),
        () => cluster.canary('x'),
        () => clock.sleep(6000),
        () => cluster.stopNode('es-master01'),
        () => clock.sleep(1000),
        () => cluster.startNode('es-master01'),
        () => clock.sleep(20_000),
        () => cluster.removeCanary(),
      ]
      for (const [at, deed] of deeds.entries()) {
        await deed()
        if (at === cutAt && saved) {
          clock = new JumpClock(clock.monotonicMs())
          cluster = FakeCluster.from(JSON.parse(JSON.stringify(saved)), clock, save)
        }
      }
      const { tally, ...state } = cluster.toJSON()
      // Time is cut into other pieces, so counts of writes may differ in their last digit.
      return JSON.stringify([
        state.nodes,
        state.elected,
        tally.history,
        listCopies(cluster.state),
        cluster.lostWrites(),
      ])
    }
    const whole = await story(-1)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 10 }), async cutAt => {
        expect(await story(cutAt)).to.equal(whole)
      }),
      { numRuns: 30 },
    )
  })

  it('has an inventory with the groups of the platform', () => {
    const groups = inventoryOf(create().cluster.state).map(
      ({ name, groups: [, group] }) => `${name} ${group}`,
    )
    expect(groups).to.include.members([
      'es-master01 es_master',
      'es-data02 es_data_hot',
      'es-coord01 es_coord',
    ])
  })

  describe('bad worlds', () => {
    for (const name of Object.keys(badWorlds) as BadWorldName[]) {
      it(`${name}: differs from a good one, in both layouts`, () => {
        for (const layout of ['full', 'small'] as const) {
          const { cluster } = create({ layout })
          const good = JSON.stringify(cluster.toJSON())
          cluster.spoil(name)
          expect(JSON.stringify(cluster.toJSON())).not.to.equal(good)
          expect(firstDataNode(cluster.state)).to.match(/^es-(data|node)01$/)
        }
      })
    }
  })
})
