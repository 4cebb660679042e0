// Reroute with the triage that it is made for: what that finds is healed, or it is said what it needs.
import { expect } from 'chai'
import { diagnoseCluster } from '../../../runbooks/triage/diagnose.ts'
import { reportMarkdown } from '../../../src/report/index.ts'
import type { Action } from '../../support/fake-cluster/fake-cluster.ts'
import type { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  approveAs,
  carryOn,
  crm,
  expectOutcome,
  isGreen,
  loseNewerCopy,
  losing,
  quiet,
  recordsOf,
  remarksOf,
  reroute,
  rerouteWorld,
} from './world.ts'

const minute = 60_000
const moreReplicas: Action = { do: 'set-index', index: quiet, name: 'index.number_of_replicas', value: '2' }
const setCluster = (name: string, value: string): Action => ({
  do: 'set-cluster',
  scope: 'persistent',
  name,
  value,
})
const setIndex = (name: string, value: string): Action => ({ do: 'set-index', index: quiet, name, value })

const healable: Readonly<Record<string, (world: FakeWorld) => void>> = {
  'allocation that was switched off': ({ cluster }) => {
    cluster.act(setCluster('cluster.routing.allocation.enable', 'none'))
    cluster.act(moreReplicas)
  },
  'allocation of an index that was switched off': ({ cluster }) => {
    cluster.act(setIndex('index.routing.allocation.enable', 'none'))
    cluster.act(moreReplicas)
  },
  'nodes that are excluded': ({ cluster }) => {
    cluster.act(setCluster('cluster.routing.allocation.exclude._name', 'es-node01,es-node02,es-node03'))
    cluster.act(moreReplicas)
  },
  'an index that requires a node that is not there': ({ cluster }) => {
    cluster.act(setIndex('index.routing.allocation.require._name', 'es-node99'))
    cluster.act(moreReplicas)
  },
  'a node that is down': ({ cluster }) => cluster.later(4.9 * minute, { do: 'stop-node', node: 'es-node03' }),
  'no master': ({ cluster }) => {
    cluster.stopNode('es-node02')
    cluster.stopNode('es-node03')
  },
  'recoveries that failed too often': ({ cluster }) => {
    cluster.set({ failing: [{ index: quiet, details: 'ShardLockObtainFailedException' }] })
    cluster.act(moreReplicas)
    cluster.later(3 * minute, { do: 'world', world: { failing: [] } })
  },
}

describe('reroute with the triage', () => {
  it('makes room where only a full disk could take a copy: another one goes elsewhere, tried before, and no watermark is lent', async () => {
    const gib = 1024 ** 3
    const world = rerouteWorld({
      indices: [
        { name: quiet, replicas: 1, tier: 'data_hot', docs: 500, nodes: ['es-node02', 'es-node03'] },
        { name: 'large', replicas: 0, tier: 'data_hot', bytes: 20 * gib, nodes: ['es-node01'] },
      ],
    })
    world.cluster.change(({ nodes }) => {
      for (const node of nodes) node.availableBytes = (node.name === 'es-node01' ? 140 : 400) * gib
    })
    world.cluster.act(moreReplicas)
    await world.clock.sleep(5 * minute)
    expect(isGreen(world)).to.equal(false)
    expectOutcome(await reroute(world.begin(), {}, diagnoseCluster), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    expect(world.cluster.state.tally.moves).to.deep.equal(['large[0] es-node01 to es-node02'])
    expect((await recordsOf(world)).filter(({ type }) => type.startsWith('setting.'))).to.deep.equal([])
  })

  for (const [what, breakIt] of Object.entries(healable))
    it(`heals ${what}, and asks nobody`, async () => {
      const world = rerouteWorld()
      breakIt(world)
      await world.clock.sleep(5 * minute)
      expect(isGreen(world)).to.equal(false)
      expectOutcome(await reroute(world.begin(), {}, diagnoseCluster), 'succeeded')
      expect(isGreen(world)).to.equal(true)
      expect(world.cluster.lostWrites()).to.equal(0)
    })

  it('gives an old copy up for nothing less than a name and the word of another person; the report says what was lost', async () => {
    const world = rerouteWorld()
    await loseNewerCopy(world)
    const careful = expectOutcome(await reroute(world.begin(), {}, diagnoseCluster), 'failed')
    expect(careful.error?.hint).to.include('--accept-loss crm/0')
    expectOutcome(await reroute(world.begin(), losing, diagnoseCluster), 'waiting')
    const lost = world.cluster.lostWrites()
    await approveAs(world, 'ben', 'run-2')
    expectOutcome(await carryOn(world.begin(), 'resume', diagnoseCluster, 'run-2'), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    expect(world.cluster.lostWrites()).to.equal(lost)
    const records = await recordsOf(world, 'run-2')
    const told = records.find(({ once }) => String(once).endsWith('.lost'))
    const seconds = (Number(told?.lostUntilMs) - Number(told?.lostFromMs)) / 1000
    expect(seconds, 'one write a second').to.be.closeTo(lost, 1)
    const report = reportMarkdown(records, []).replaceAll('\\', '')
    expect(report).to.include(String(told?.text))
    expect(report).to.match(/what was written to it from .* to .* is lost/)
  })

  it('gives up what a node had that is gone for good, and says that nothing else has it', async () => {
    const world = rerouteWorld({
      indices: [{ name: crm, shards: 1, replicas: 0, tier: 'data_hot', docs: 100, nodes: ['es-node03'] }],
    })
    world.cluster.trouble('es-node03', 'refuses')
    world.cluster.stopNode('es-node03')
    await world.clock.sleep(5 * minute)
    expectOutcome(await reroute(world.begin(), losing, diagnoseCluster), 'failed')
    const given = { ...losing, gone: 'es-node03' }
    expectOutcome(await reroute(world.begin(), given, diagnoseCluster), 'waiting')
    await approveAs(world, 'ben', 'run-2')
    expectOutcome(await carryOn(world.begin(), 'resume', diagnoseCluster, 'run-2'), 'succeeded')
    expect(await remarksOf(world, 'run-2')).to.match(/everything that was written to it until 20/)
  })
})
