// A new node in the place of an old one, on a cluster that is written to all the time: everything moves once.
import { expect } from 'chai'
import {
  copiesOn,
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  failureOf,
  indexSpec,
  once,
  remarksOf,
  withShutdownApi,
} from '../remove-node/world.ts'
import { begin, carryOn, expectMember, planOn, shareMoved, start, warm } from './world.ts'

describe('replace-node', () => {
  it('moves everything of the old node to the new one, once, and lets the old one go', async () => {
    const self = begin()
    const held = copiesOn(self, 'es-data05')
    expect(await start(self.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectGone(self, 'es-data05')
    expectMember(self, 'es-data07')
    expectClean(self)
    const { moves } = self.world.cluster.tally
    expect(moves.filter(move => / es-data05 to es-data07$/.test(move))).to.have.length(held)
    expect(moves.filter(move => !/ es-data05 to es-data07$/.test(move))).to.deep.equal([])
    expect(await shareMoved(self)).to.be.within(0.9, 1.1)
    expect(await remarksOf(self)).to.match(/es-data05 held 3 copies/)
  })

  it('announces the replacement before the new node may hold anything, where there is the API', async () => {
    const self = withShutdownApi(begin())
    expect(await start(self.world.begin())).to.include({ outcome: 'succeeded' })
    const records = await self.world.journal.read('run-1')
    const announced = records.findIndex(
      ({ type, step }) => type === 'step.done' && String(step).includes('.announce.'),
    )
    const admitted = records.findIndex(
      ({ type, name }) => type === 'setting.restored' && String(name).endsWith('exclude._name'),
    )
    expect(admitted).to.be.greaterThan(0)
    expect(announced).to.be.within(1, admitted)
    expectClean(self)
  })

  it('does it for a hot node under writes without one that failed or was lost', async () => {
    const self = begin({ name: 'es-data07', roles: ['data_hot', 'data_content', 'ingest'] })
    const hot = { ...warm, old: 'es-data02' }
    expect(await start(self.world.begin(), hot)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data02')
    expectMember(self, 'es-data07')
    expectClean(self)
    expect(self.world.cluster.tally.acked).to.be.greaterThan(0)
    expect(await shareMoved(self)).to.be.at.most(1.1)
  })

  it('leaves it to the shutdown API where there is one', async () => {
    const self = withShutdownApi(begin())
    expect(await start(self.world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectMember(self, 'es-data07')
    expectClean(self)
    expect(await shareMoved(self)).to.be.at.most(1.1)
    const records = await self.world.journal.read('run-1')
    expect(
      records.some(({ type, name }) => type === 'setting.changed' && /rebalance/.test(String(name))),
    ).to.equal(false)
  })

  it('replaces the last node of a tier, whose copies have no other place', async () => {
    const self = begin(undefined, {
      indices: [indexSpec('only', 'data_warm', { replicas: 0, nodes: ['es-data05'] })],
    })
    const { world } = self
    for (const name of ['es-data03', 'es-data04']) {
      world.cluster.stopNode(name)
      world.inventoryFile.edit({ do: 'remove', name })
      world.cluster.change(state => {
        state.nodes = state.nodes.filter(node => node.name !== name)
        state.endpoints = state.endpoints.filter(one => one !== name)
      })
    }
    expect(await start(world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expect(copiesOn(self, 'es-data07')).to.equal(1)
    expectClean(self)
  })

  it('replaces a master: the new one votes before the old one stops', async () => {
    const self = begin({ name: 'es-master04', roles: ['master'] })
    const master = { ...warm, old: 'es-master01', new: 'es-master04' }
    expect(await start(self.world.begin(), master)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-master01')
    expectMember(self, 'es-master04')
    expectClean(self)
    expect(self.world.cluster.state.committed).to.have.length(3)
  })

  it('moves an index that is made on the old node meanwhile as well', async () => {
    const self = begin()
    const spec = indexSpec('made-meanwhile', 'data_warm', { replicas: 1, nodes: ['es-data05', 'es-data07'] })
    self.world.cluster.when({ joined: 'es-data07' }, { do: 'create-index', index: spec }, 5000)
    expect(await start(self.world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
  })

  it('says in its plan what comes, what moves and what goes', async () => {
    const self = begin()
    const { body, gates } = await planOn(self.world.begin())
    expect(gates.filter(({ verdict }) => verdict !== 'pass')).to.deep.equal([])
    expect(body.effects.join('\n')).to.match(/hosts.yml: \+.*es-data07/)
    expect(body.effects.join('\n')).to.match(/move .* from es-data05 to es-data07, 4 copies at a time/)
    expect(body.effects.join('\n')).to.match(/stop elasticsearch on es-data05 for good/)
  })

  it('is interrupted with everything given back, and carried on', async () => {
    const self = begin()
    const { world } = self
    const process = world.begin()
    void once(
      self,
      () => copiesOn(self, 'es-data07') > 0,
      () => process.control.halt('interrupt'),
    )
    expect(await start(process)).to.include({ outcome: 'interrupted' })
    expectStays(self, 'es-data05')
    expectMember(self, 'es-data07')
    expectClean(self)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
  })

  it('takes everything back when the new node joins another cluster', async () => {
    const self = begin({ name: 'es-data07', roles: ['data_warm'], way: 'another-cluster' })
    const error = failureOf(await start(self.world.begin()))
    expect(error.code).to.equal('NODE_REFUSED')
    expect(self.world.inventoryFile.names).not.to.include('es-data07')
    expectStays(self, 'es-data05')
    expectClean(self)
  })

  it('names the decider when a copy finds no place, and goes on when it is mended', async () => {
    const self = begin()
    const name = 'index.routing.allocation.require._name'
    const pin = (value: string | null) =>
      self.world.cluster.act({ do: 'set-index', index: 'audit-old', name, value })
    const end = await start(self.world.begin(), { ...warm, stall: '2m' }, new Map(), () => pin('es-data05'))
    expect(failureOf(end).code).to.equal('DRAIN_STALLED')
    expect(failureOf(end).message).to.match(/audit-old\[0\] primary on es-data05: filter/)
    expectStays(self, 'es-data05')
    expectClean(self)
    pin(null)
    await self.world.clock.sleep(120_000)
    expect(await carryOn(self.world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectAllAssigned(self)
    expectClean(self)
  })

  it('looks whether moves were begun when the answer is lost', async () => {
    const self = begin()
    self.world.cluster.set({
      lostCalls: [
        { call: 'allocation.reroute', how: 'done' },
        { call: 'allocation.reroute', how: 'not-done' },
      ],
    })
    expect(await start(self.world.begin(), { ...warm, batch: 1 })).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
    expect(self.world.cluster.tally.moves).to.have.length(3)
  })
})

describe('replace-node, asked for what must not be', () => {
  it('refuses a machine that has no room for all', async () => {
    const self = begin({ name: 'es-data07', roles: ['data_warm'], availableBytes: 160 * 2 ** 30 })
    self.world.cluster.change(state => {
      for (const index of state.indices) if (index.name === 'audit-old') index.bytes = 20 * 2 ** 30
    })
    const end = await start(self.world.begin())
    expect(end).to.include({ outcome: 'refused' })
    expect(failureOf(end).message).to.match(
      /new_node_has_room_for_all: .* are to move, es-data07 has room for 10 GiB/,
    )
  })

  it('refuses a machine that is older than the cluster', async () => {
    const self = begin({ name: 'es-data07', roles: ['data_warm'], version: '8.9.0' })
    expect(failureOf(await start(self.world.begin())).message).to.match(/version_is_that_of_the_cluster/)
  })

  it('refuses to replace a node that has left', async () => {
    const self = begin()
    self.world.cluster.stopNode('es-data05')
    await self.world.clock.sleep(120_000)
    expect(failureOf(await start(self.world.begin())).message).to.match(
      /old_node_is_still_there: es-data05 has left the cluster/,
    )
  })
})
