// Nodes taken out for good, on a cluster that is written to all the time.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import {
  begin,
  carryOn,
  copiesOn,
  expectClean,
  expectGone,
  expectStays,
  failureOf,
  indexSpec,
  nodeOf,
  planOn,
  remarksOf,
  start,
  withShutdownApi,
} from './world.ts'

const warm = { name: 'es-data05', soak: '10s' }

describe('remove-node', () => {
  it('drains a data node, stops it, and leaves nothing of it behind', async () => {
    const self = begin()
    expect(await start(self.world.begin(), warm)).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectGone(self, 'es-data05')
    expectClean(self)
    expect([...self.members.told].sort()).to.deep.equal(
      self.world.inventoryFile.names.filter(name => name.startsWith('es-')).sort(),
    )
    expect(self.world.cluster.tally.history).to.deep.equal(['stop es-data05'])
  })

  it('moves each copy once, and none of another node', async () => {
    const self = begin()
    const held = copiesOn(self, 'es-data05')
    await start(self.world.begin(), warm)
    const { moves } = self.world.cluster.tally
    expect(moves).to.have.length(held)
    for (const move of moves) expect(move).to.match(/ es-data05 to es-data0[34]$/)
  })

  it('drains a hot node under writes without one that failed or was lost', async () => {
    const self = begin()
    expect(await start(self.world.begin(), { name: 'es-data02', soak: '10s' })).to.include({
      outcome: 'succeeded',
    })
    expectGone(self, 'es-data02')
    expectClean(self)
    expect(self.world.cluster.tally.acked).to.be.greaterThan(0)
  })

  it('drains several together, so that no copy moves twice', async () => {
    const self = begin({
      indices: [
        { name: 'a', tier: 'data_warm', replicas: 0, nodes: ['es-data03'] },
        { name: 'b', tier: 'data_warm', replicas: 0, nodes: ['es-data05'] },
      ],
    })
    await start(self.world.begin(), { name: 'es-data05,es-data03', soak: '10s' })
    expectGone(self, 'es-data03', 'es-data05')
    expectClean(self)
    expect(self.world.cluster.tally.moves).to.have.length(2)
  })

  it('uses the shutdown API where there is one, and withdraws its record', async () => {
    const self = withShutdownApi(begin())
    expect(await start(self.world.begin(), warm)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
    const records = await self.world.journal.read('run-1')
    expect(records.some(({ type }) => type === 'setting.changed')).to.equal(false)
  })

  it('takes the vote from a master before it stops it, and the elected one last', async () => {
    const self = begin()
    const end = await start(
      self.world.begin(),
      { name: 'es-master01,es-master03', soak: '10s' },
      new Map([['masters_survive_a_loss', 'two data centres become one']]),
    )
    expect(end).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-master01', 'es-master03')
    expectClean(self)
    expect(self.world.cluster.tally.history.filter(one => one.startsWith('stop'))).to.deep.equal([
      'stop es-master03',
      'stop es-master01',
    ])
    expect(self.world.cluster.state.committed).to.deep.equal([nodeOf(self, 'es-master02').id])
  })

  it('lets a coordinating node go without a drain', async () => {
    const self = begin()
    expect(await start(self.world.begin(), { name: 'es-coord02' })).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-coord02')
    expectClean(self)
    expect(self.world.cluster.tally.moves).to.deep.equal([])
  })

  it('clears away what a node has left behind that is gone already', async () => {
    const self = begin()
    self.world.cluster.act({
      do: 'set-cluster',
      ...{ scope: 'persistent', name: 'cluster.routing.allocation.exclude._name', value: 'es-data05' },
    })
    await self.world.clock.sleep(60_000)
    self.world.cluster.act({
      do: 'set-cluster',
      ...{ scope: 'persistent', name: 'cluster.routing.allocation.exclude._name', value: null },
    })
    self.world.cluster.stopNode('es-data05')
    expect(await start(self.world.begin(), warm)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
  })

  it('wipes only with the word of another person, given before anything is touched', async () => {
    const self = begin()
    const before = JSON.stringify(self.world.cluster.state.settings)
    const end = await start(self.world.begin({ actor: 'anna' }), { ...warm, wipe: true })
    expect(end).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(copiesOn(self, 'es-data05')).to.equal(3)
    expect(JSON.stringify(self.world.cluster.state.settings)).to.equal(before)
    await approveRun(self.world.begin({ actor: 'boris' }).engine, 'run-1')
    expect(await carryOn(self.world.begin({ actor: 'anna' }))).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
    expect(self.world.ansible.requests.filter(({ playbook }) => playbook === 'node_wipe.yml')).to.have.length(
      1,
    )
  })

  it('never wipes without --wipe', async () => {
    const self = begin()
    await start(self.world.begin(), warm)
    expect(self.world.ansible.requests.some(({ playbook }) => playbook === 'node_wipe.yml')).to.equal(false)
  })

  it('says in its plan what moves where, and which lines of the inventory go', async () => {
    const self = begin()
    const { body } = await planOn(self.world.begin(), warm)
    expect(body.effects.join('\n')).to.match(/move .* away from es-data05, named in cluster.routing/)
    expect(body.effects.join('\n')).to.match(/hosts.yml: -.*es-data05/)
    expect(body.notes.join('\n')).to.match(/es-data04 has a place for/)
    expect(self.world.inventoryFile.names).to.include('es-data05')
  })

  it('merges with what is excluded already, and gives exactly that back', async () => {
    const self = begin()
    const name = 'cluster.routing.allocation.exclude._name'
    self.world.cluster.act({ do: 'set-cluster', scope: 'persistent', name, value: 'es-old99' })
    const end = await start(self.world.begin(), warm, new Map([['nothing_else_drains', 'it left long ago']]))
    expect(end).to.include({ outcome: 'succeeded' })
    expect(self.world.cluster.state.settings.persistent).to.deep.equal({ [name]: 'es-old99' })
  })

  it('tells the hosts that could not be told who the members are', async () => {
    const self = begin()
    self.world.ansible.trouble('es-data03', 'unreachable', { playbook: 'node_seeds.yml' })
    expect(await start(self.world.begin(), warm)).to.include({ outcome: 'succeeded' })
    expect(await remarksOf(self)).to.match(/not told who the members are: es-data03 unreachable/)
  })

  it('is interrupted in the drain with nothing excluded, and carried on', async () => {
    const self = begin()
    const process = self.world.begin()
    void self.world.clock.sleep(5000).then(() => process.control.halt('interrupt'))
    expect(await start(process, warm)).to.include({ outcome: 'interrupted', exitCode: 130 })
    expectStays(self, 'es-data05')
    expectClean(self)
    expect(await carryOn(self.world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
  })

  it('does not stop a node that has got a copy again', async () => {
    const self = begin()
    const { world } = self
    // Somebody clears the exclusion when the node is empty, and balancing fills it again before it is stopped.
    const spec = indexSpec('late', 'data_warm', { replicas: 0, nodes: ['es-data05'] })
    world.cluster.when({ stopped: 'es-data02' }, { do: 'create-index', index: spec })
    const end = await start(world.begin(), { name: 'es-data02,es-data05', soak: '10s' })
    expect(failureOf(end).code).to.equal('NODE_REFUSED')
    expect(failureOf(end).message).to.match(/es-data05 holds 1 copies again and is not stopped/)
    expectStays(self, 'es-data05')
    expectClean(self)
    expect(world.cluster.tally.history).not.to.include('stop es-data05')
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data02', 'es-data05')
    expectClean(self)
  })
})
