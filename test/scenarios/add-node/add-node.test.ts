// Adding nodes on fakes: what joins gets its share, what is not ours is taken back, and nothing is left over.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { NewcomerWay, World } from '../../support/fake-cluster/state.ts'
import {
  add,
  additionWorld,
  carryOn,
  expectAdded,
  expectTakenBack,
  expectTidy,
  failureOf,
  forWarm,
  isMember,
  remarksOf,
  shardsOn,
  warm,
} from './world.ts'

const excluded = 'cluster.routing.allocation.exclude._name'

describe('add-node', () => {
  it('takes a node in, and its tier is in balance afterwards', async () => {
    const addition = additionWorld()
    const end = await add(addition.world.begin())
    expect(end).to.include({ outcome: 'succeeded', exitCode: 0, error: null })
    expectAdded(addition)
    const counts = ['es-data03', 'es-data04', 'es-data05', warm.name].map(name => shardsOn(addition, name))
    expect(Math.max(...counts) - Math.min(...counts), counts.join()).to.be.at.most(2)
    const remarks = await remarksOf(addition)
    expect(remarks).to.match(/1[0-3] copies, .* moved to another node/)
    expect(remarks).to.match(/shards before: es-data0\d 16, .*es-data06 0; after: es-data0\d 1[23]/)
  })

  it('gives it no shard before it is proven to be ours, and few at a time to begin with', async () => {
    const addition = additionWorld()
    const { world } = addition
    world.cluster.when({ joined: warm.name }, { do: 'world', world: { canaryFails: true } })
    const { code, message } = failureOf(await add(world.begin()))
    expect(code).to.equal('NODE_REFUSED')
    expect(message).to.match(/nothing can be written/)
    expect(world.cluster.tally.moves).to.deep.equal([])
    world.cluster.set({ canaryFails: false })
    expectTakenBack(addition)
    const paces: string[] = []
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    for (const { type, name, value } of await world.journal.read('run-1'))
      if (type === 'setting.changed' && String(name).endsWith('concurrent_rebalance'))
        paces.push(String(value))
    expect(paces.slice(0, 2)).to.deep.equal(['1', '2'])
    expect(isMember(addition)).to.equal(true)
  })

  const moments: readonly (readonly [what: string, trouble: Partial<World>, past: Partial<World>])[] = [
    ['nothing can be written', { canaryFails: true }, { canaryFails: false }],
    ['another member is silent', { unreachable: ['es-coord01'] }, { unreachable: [] }],
  ]
  for (const [what, trouble, past] of moments)
    it(`does not put it out because ${what} for a moment`, async () => {
      const addition = additionWorld()
      const { cluster } = addition.world
      cluster.when({ joined: warm.name }, { do: 'world', world: trouble })
      cluster.when({ joined: warm.name }, { do: 'world', world: past }, 20_000)
      expect(await add(addition.world.begin())).to.include({ outcome: 'succeeded' })
      expectAdded(addition)
    })

  it('takes it for no departure when it does not say for a moment what it holds', async () => {
    const addition = additionWorld()
    const { cluster } = addition.world
    cluster.when({ joined: warm.name }, { do: 'world', world: { silent: [warm.name] } }, 12_000)
    cluster.when({ joined: warm.name }, { do: 'world', world: { silent: [] } }, 20_000)
    expect(await add(addition.world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('keeps what others have excluded, before, meanwhile and afterwards', async () => {
    const addition = additionWorld([warm], {
      prepare: cluster =>
        cluster.act({ do: 'set-cluster', scope: 'persistent', name: excluded, value: 'es-old01' }),
    })
    const { world } = addition
    let seen: string | undefined
    world.cluster.when({ started: warm.name }, { do: 'trouble', node: 'es-data03', trouble: null })
    const process = world.begin()
    const running = add(process)
    const look = world.clock.sleep(5000).then(() => {
      seen = world.cluster.state.settings.persistent[excluded]
    })
    expect(await running).to.include({ outcome: 'succeeded' })
    await look
    expect(seen).to.equal(`es-old01,${warm.name}`)
    expect(world.cluster.state.settings.persistent[excluded]).to.equal('es-old01')
    expectAdded(addition)
  })

  it('takes several in at once, from the command line', async () => {
    const addition = additionWorld([warm, { name: 'es-data07', roles: ['data_warm'] }])
    const end = await add(addition.world.begin(), {
      name: 'es-data06,es-data07',
      group: 'es_data_warm',
      address: '127.0.9.11,127.0.9.12',
    })
    expect(end).to.include({ outcome: 'succeeded' })
    expectAdded(addition, 'es-data06')
    expectAdded(addition, 'es-data07')
  })

  it('takes a coordinating node in without touching a shard', async () => {
    const addition = additionWorld([{ name: 'es-coord03', roles: [] }])
    const end = await add(addition.world.begin(), {
      name: 'es-coord03',
      group: 'es_coord',
      address: '127.0.9.11',
    })
    expect(end).to.include({ outcome: 'succeeded' })
    expectAdded(addition, 'es-coord03')
    expect(addition.world.cluster.tally.moves).to.deep.equal([])
    const types = (await addition.world.journal.read('run-1')).map(({ type }) => type)
    expect(types).not.to.include('setting.changed')
  })

  it('takes masters in one at a time, each with its vote', async () => {
    const masters = ['es-master04', 'es-master05'].map(name => ({ name, roles: ['master'] }))
    const addition = additionWorld(masters)
    const end = await add(addition.world.begin(), {
      name: 'es-master04,es-master05',
      group: 'es_master',
      address: '127.0.9.11,127.0.9.12',
    })
    expect(end).to.include({ outcome: 'succeeded' })
    const { history } = addition.world.cluster.tally
    expect(history.filter(one => one.includes('es-master0'))).to.deep.equal([
      'start es-master04',
      'joined es-master04',
      'start es-master05',
      'joined es-master05',
    ])
    expect(addition.world.cluster.state.committed).to.have.length(5)
    expectAdded(addition, 'es-master05')
  })

  it('tells who reads the new list of members only when it is restarted', async () => {
    const addition = additionWorld()
    addition.members.needRestart.add('es-coord01')
    await add(addition.world.begin())
    expect(await remarksOf(addition)).to.contain(
      'es-coord01 will read the new list of members at the next restart',
    )
  })

  const strangers: readonly (readonly [NewcomerWay, RegExp])[] = [
    ['another-cluster', /is in another cluster: another-cluster \(another-uuid\)/],
    ['own-cluster', /is in another cluster: ovh-prod-elk \(own-uuid-of-es-data06\)/],
    ['nowhere', /has not joined within 2m/],
    ['untrusted', /has not joined within 2m: self-signed certificate/],
  ]
  for (const [way, says] of strangers)
    it(`takes a node back that turns out to be of the way ${way}`, async () => {
      const addition = additionWorld([{ ...warm, way }])
      const end = await add(addition.world.begin(), { ...forWarm, giveUp: '2m' })
      expect(end).to.include({ outcome: 'failed', exitCode: 1 })
      const { code, message, hint } = failureOf(end)
      expect(code).to.equal('NODE_REFUSED')
      expect(message).to.match(says)
      expect(hint).to.contain('has been taken back')
      expectTakenBack(addition)
    })

  it('takes a node back that runs another version than the master, which no lint of an empty host can know', async () => {
    const addition = additionWorld([{ ...warm, version: '8.11.0' }])
    addition.members.lints.set(warm.name, { installed: false, version: null, config: null })
    const { code, message } = failureOf(await add(addition.world.begin()))
    expect(code).to.equal('NODE_REFUSED')
    expect(message).to.match(/es-data06 runs 8\.11\.0, the master es-master0\d runs 8\.10\.4/)
    expect(addition.world.cluster.tally.moves).to.deep.equal([])
    expectTakenBack(addition)
  })

  it('takes a node back whose process ends, and says its last words', async () => {
    const addition = additionWorld()
    addition.world.cluster.trouble(warm.name, 'dies')
    const { code, message } = failureOf(await add(addition.world.begin()))
    expect(code).to.equal('NODE_REFUSED')
    expect(message).to.contain('bootstrap check failure')
    expectTakenBack(addition)
  })

  it('takes the entry back when the host cannot be set up, and goes on when it is mended', async () => {
    const addition = additionWorld()
    addition.members.deployFails.set(warm.name, 'no space left on device')
    const { code, message } = failureOf(await add(addition.world.begin()))
    expect(code).to.equal('NODE_REFUSED')
    expect(message).to.contain('no space left on device')
    expectTakenBack(addition)
    addition.members.deployFails.clear()
    expect(await carryOn(addition.world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('writes over no inventory that was changed after the plan', async () => {
    const addition = additionWorld()
    const { world } = addition
    world.ansible.trouble(warm.name, 'lost-before', { playbook: 'none.yml' })
    const process = world.begin()
    const acquire = process.engine.locks.acquire
    process.engine.locks.acquire = async (...given) => {
      world.inventoryFile.edit({ do: 'remove', name: 'es-coord02' })
      return acquire.apply(process.engine.locks, given)
    }
    const { message } = failureOf(await add(process))
    expect(message).to.contain('has been changed by somebody')
    expect(world.inventoryFile.names).not.to.include(warm.name)
    expectTidy(addition)
  })

  it('stops with the reason when nothing moves to the new node, and leaves it a member', async () => {
    const addition = additionWorld()
    const { world } = addition
    world.cluster.when(
      { joined: warm.name },
      {
        do: 'world',
        world: {
          forced: world.cluster.state.indices.map(({ name }) => ({
            index: name,
            node: warm.name,
            decider: 'filter',
            decision: 'no' as const,
            explanation:
              'node does not match index setting [index.routing.allocation.require] filters [rack:"a"]',
          })),
        },
      },
    )
    const { code, message } = failureOf(await add(world.begin(), { ...forWarm, stall: '1m' }))
    expect(code).to.equal('STALLED')
    expect(message).to.match(
      /no shard has moved for 1m: shards: es-data03 16.*es-data06 0; nginx.*filter, node does not match/,
    )
    expectTidy(addition)
    expect(isMember(addition)).to.equal(true)
    expect(world.inventoryFile.names).to.include(warm.name)
    world.cluster.set({ forced: [] })
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('ends at once when it is told to while shards move, and takes the rest in when it is carried on', async () => {
    const addition = additionWorld()
    const process = addition.world.begin()
    const running = add(process)
    await addition.world.clock.sleep(25_000)
    process.control.halt('interrupt')
    expect(await running).to.include({ outcome: 'interrupted', exitCode: 130 })
    expectTidy(addition)
    expect(isMember(addition)).to.equal(true)
    expect(await carryOn(addition.world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('stops no node that holds shards already, whatever is wrong when it is carried on', async () => {
    const addition = additionWorld()
    const { world } = addition
    const process = world.begin()
    const running = add(process)
    await world.clock.sleep(25_000)
    process.control.halt('interrupt')
    expect(await running).to.include({ outcome: 'interrupted' })
    const held = shardsOn(addition, warm.name)
    expect(held).to.be.greaterThan(0)
    world.cluster.set({ canaryFails: true })
    const { code, hint } = failureOf(await carryOn(world.begin()))
    expect(code).to.equal('NODE_REFUSED')
    expect(hint).to.contain('es-data06 joined and will stay')
    expectTidy(addition)
    expect(isMember(addition)).to.equal(true)
    expect(shardsOn(addition, warm.name)).to.be.at.least(held)
    expect(world.inventoryFile.names).to.include(warm.name)
    world.cluster.set({ canaryFails: false })
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('says so when somebody has changed the exclusion meanwhile, and goes on when that is mended', async () => {
    const addition = additionWorld()
    const { world } = addition
    const set = (value: string | null) =>
      ({ do: 'set-cluster', scope: 'persistent', name: excluded, value }) as const
    world.cluster.when({ joined: warm.name }, set(`${warm.name},es-data03`))
    const { code, message, hint } = failureOf(await add(world.begin()))
    expect(code).to.equal('STALLED')
    expect(message).to.contain('es-data06 is still excluded: somebody has changed')
    expect(hint).to.contain('take es-data06 out of it')
    world.cluster.act(set(null))
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectAdded(addition)
  })

  it('takes in what Terraform has made and the inventory lacks', async () => {
    const addition = additionWorld()
    const folder = mkdtempSync(join(tmpdir(), 'ops-add-'))
    const file = join(folder, 'hosts.json')
    const { nodes } = addition.world.cluster.state
    const value = [
      ...nodes.map(({ name, address }) => ({ name, address, group: 'es_data_warm', vars: { es_zone: 'a' } })),
      { name: 'kafka09', group: 'kafka', address: '10.0.0.9' },
    ]
    writeFileSync(file, JSON.stringify({ hosts: { value } }))
    try {
      expect(await add(addition.world.begin(), { terraform: file })).to.include({ outcome: 'succeeded' })
      expectAdded(addition)
      const entry = (await addition.world.inventoryFile.entries()).find(({ name }) => name === warm.name)
      expect(entry?.vars).to.deep.equal({ ansible_host: '127.0.9.11', es_zone: 'a' })
      const again = await add(addition.world.begin(), { terraform: file }).catch(thrown => thrown)
      expect(again).to.have.property('code', 'NO_HOSTS_MATCHED')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('counts the votes of masters that come together with a data node', async () => {
    const addition = additionWorld([warm, { name: 'es-master04', roles: ['master'] }])
    const folder = mkdtempSync(join(tmpdir(), 'ops-add-'))
    const file = join(folder, 'hosts.json')
    const value = [
      { name: warm.name, group: 'es_data_warm', address: '127.0.9.11' },
      { name: 'es-master04', group: 'es_master', address: '127.0.9.12' },
    ]
    writeFileSync(file, JSON.stringify({ hosts: { value } }))
    try {
      const even = new Map([['masters_stay_odd', 'the fifth comes tomorrow']])
      const end = await add(addition.world.begin(), { terraform: file }, even)
      expect(end).to.include({ outcome: 'succeeded' })
      expectAdded(addition, 'es-master04')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('lets fewer shards move at once while nodes reject work', async () => {
    const addition = additionWorld()
    const { world } = addition
    world.cluster.when({ joined: warm.name }, { do: 'reject', node: 'es-data03', perSecond: 5 }, 20_000)
    expect(await add(world.begin())).to.include({ outcome: 'succeeded' })
    const paces = (await world.journal.read('run-1'))
      .filter(({ type, name }) => type === 'setting.changed' && String(name).endsWith('concurrent_rebalance'))
      .map(({ value }) => String(value))
    expect(paces).to.deep.equal(['1', '2', '1'])
    expectAdded(addition)
  })

  it('says so when the new node dies while it takes its share', async () => {
    const addition = additionWorld()
    const { world } = addition
    world.cluster.when({ joined: warm.name }, { do: 'stop-node', node: warm.name }, 12_000)
    const { code, message } = failureOf(await add(world.begin()))
    expect(code).to.equal('NODE_NOT_BACK')
    expect(message).to.contain('left the cluster while taking shards')
    expectTidy(addition)
    expect(world.inventoryFile.names).to.include(warm.name)
  })
})
