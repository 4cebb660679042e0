// The full restart on fakes: down in order, the wait for people, up in order, killed at every record, and everything that goes wrong.
import { expect } from 'chai'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { takeSnapshot } from '../../support/take-snapshot.ts'
import { begin, carryOn, expectUp, finish, killAt, planOn, remarksOf, run, shippers } from './world.ts'

/** While the shippers stop: the gates have been passed, and no node has been touched. */
const madeAfterMs = 2500

describe('full-restart', () => {
  it('brings everything down in order, waits for the work, and brings everything up in order', async () => {
    const platform = await begin()
    const { world, kafka, running, history } = platform
    await world.clock.sleep(60_000)
    const waits = await run(world.begin())
    expect(waits).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(failureOf(waits)).to.include({ code: 'AWAITS_WORK' })
    expect(failureOf(waits).hint).to.include('ops resume run-1')

    expect([...running]).to.deep.equal([])
    const { nodes } = world.cluster.state
    expect(nodes.filter(one => one.running)).to.deep.equal([])
    expect(kafka.state.brokers.filter(one => one.running)).to.deep.equal([])
    expect(world.cluster.state.settings.persistent).to.include({
      'cluster.routing.allocation.enable': 'primaries',
    })
    const order = history.map(text => text.replace(/^stop /, ''))
    expect(order.slice(0, 3)).to.have.members([...shippers, 'kibana01'])
    expect(order.slice(3, 8).every(name => name.startsWith('es-data'))).to.equal(true)
    expect(order.slice(8, 10).every(name => name.startsWith('es-coord'))).to.equal(true)
    expect(order.slice(10, 13).every(name => name.startsWith('es-master'))).to.equal(true)
    expect(order.slice(13)).to.have.members(['kafka01', 'kafka02', 'kafka03'])
    const [elected] = nodes.filter(({ name }) => name === order[12])
    expect(elected?.name).to.equal('es-master01')

    await world.clock.sleep(3_600_000)
    history.splice(0)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectUp(platform)
    expect(history.slice(0, 3)).to.have.members(['start kafka01', 'start kafka02', 'start kafka03'])
    expect(history.slice(3, 6).every(text => text.startsWith('start es-master'))).to.equal(true)
    expect(history.slice(-3)).to.have.members([...shippers, 'kibana01'].map(name => `start ${name}`))
    expect(world.cluster.tally.copiedElsewhere).to.deep.equal([])

    const remarks = (await remarksOf(platform)).join('\n')
    expect(remarks).to.match(/ingest stood still for \d+ (s|min)/)
    expect(remarks).to.match(
      /\d+ indices hold no fewer than the [\d,]+ documents of before; \d+ .* exactly as many/,
    )
    expect(remarks).to.match(/\d+ logs end where they ended, or later/)
    expect(remarks).to.match(/every copy is there: [\d.]+ s/)
  })

  it('starts again at once with --work none', async () => {
    const platform = await begin()
    expect(await run(platform.world.begin(), { work: 'none' })).to.include({
      outcome: 'succeeded',
      exitCode: 0,
    })
    expectUp(platform)
    expect(platform.world.cluster.state.nodes.map(({ starts }) => starts)).to.deep.equal(Array(10).fill(1))
    expect(platform.kafka.state.brokers.map(({ starts }) => starts)).to.deep.equal([1, 1, 1])
  })

  it('keeps up what it is told to keep, so that Kafka goes on buffering', async () => {
    const platform = await begin()
    const acked = () => platform.kafka.tally.acked
    expect(await run(platform.world.begin(), { keep: 'kafka,vault' })).to.include({ outcome: 'waiting' })
    const then = acked()
    await platform.world.clock.sleep(600_000)
    expect(acked()).to.be.greaterThan(then)
    expect(await carryOn(platform.world.begin())).to.include({ outcome: 'succeeded' })
    expectUp(platform)
    expect(platform.history.filter(text => text.includes('kafka'))).to.deep.equal([])
    expect((await remarksOf(platform)).join('\n')).to.match(/consumers have caught up/)
  })

  it('stops Vault last where nobody keeps it, and waits until people have unsealed it', async () => {
    const platform = await begin()
    const { world, vault, history } = platform
    expect(await run(world.begin(), { keep: '' })).to.include({ outcome: 'waiting' })
    expect(history.at(-1)).to.equal('stop vault01')
    const ends = carryOn(world.begin())
    await world.clock.sleep(30_000)
    expect(platform.kafka.state.brokers.filter(one => one.running)).to.deep.equal([])
    vault.unseal()
    expect(await ends).to.include({ outcome: 'succeeded' })
    expectUp(platform)
  })

  it('holds its locks while everything is down, and says what must be typed', async () => {
    const platform = await begin()
    await run(platform.world.begin())
    const other = await run(platform.world.begin({ actor: 'ben' })).catch(error => error)
    expect(other).to.include({ code: 'CLUSTER_UNREACHABLE' })
    expect(platform.world.lockTable.rows.size).to.be.greaterThan(0)
    expect(await finish(platform, 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expectUp(platform)
  })

  for (const work of ['wait', 'none'] as const)
    for (const mode of ['resume', 'abort'] as const)
      it(`comes up with nothing missing, killed at any record (--work ${work}) and then: ${mode}`, async function () {
        this.timeout(120_000)
        const params = { work }
        const counting = await begin({ layout: 'small' })
        const process = counting.world.begin()
        await run(process, params)
        const records = process.life.appends
        expect(records).to.be.greaterThan(30)
        const failures: string[] = []
        for (let record = 1; record <= records; record++)
          for (const when of ['before', 'after'] as const) {
            const platform = await begin({ layout: 'small' })
            try {
              await killAt(platform, { record, when }, params)
              const end = await finish(platform, mode, params)
              if (end !== 'ended' && (end === 'killed' || end.exitCode !== 0))
                failures.push(`${when} ${record}: ${JSON.stringify(end)}`)
              expectUp(platform)
            } catch (thrown) {
              failures.push(`${when} ${record}: ${(thrown as Error).message}`)
            }
          }
        expect(failures).to.deep.equal([])
      })

  it('comes up with nothing missing, killed at any record on its way up', async function () {
    this.timeout(120_000)
    const counting = await begin({ layout: 'small' })
    await run(counting.world.begin())
    const process = counting.world.begin()
    await carryOn(process)
    const failures: string[] = []
    for (let record = 1; record <= process.life.appends; record++) {
      const platform = await begin({ layout: 'small' })
      try {
        await run(platform.world.begin())
        await carryOn(platform.world.begin({ cut: { record, when: 'after' } }))
        await finish(platform, 'resume')
        expectUp(platform)
      } catch (thrown) {
        failures.push(`${record}: ${(thrown as Error).message}`)
      }
    }
    expect(failures).to.deep.equal([])
  })

  it('hands ingest back when it is told to end before a node is stopped, and can go on later', async () => {
    const platform = await begin()
    const { world, running } = platform
    const process = world.begin()
    const ends = run(process)
    while (running.has('logstash01')) await world.clock.sleep(200)
    process.control.halt('interrupt')
    expect(await ends).to.include({ outcome: 'interrupted', exitCode: 130 })
    expectUp(platform)
    expect(await carryOn(world.begin())).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectUp(platform)
  })

  it('told to end once nodes are down, brings everything down and waits there', async () => {
    const platform = await begin()
    const { world } = platform
    const process = world.begin()
    const ends = run(process, { work: 'none' })
    while (world.cluster.isRunning('es-data01')) await world.clock.sleep(200)
    process.control.halt('interrupt')
    expect(await ends).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(world.cluster.state.nodes.filter(one => one.running)).to.deep.equal([])
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectUp(platform)
  })

  it('names what is up and what is down when a node does not stop, and an abort brings all of it back', async () => {
    const platform = await begin()
    const { world } = platform
    world.ansible.trouble('es-data02', 'fails', { playbook: 'service_stop.yml' })
    const failure = failureOf(await run(world.begin()))
    expect(failure).to.include({ code: 'ANSIBLE_FAILED', exitCode: 4 })
    expect(failure.message).to.match(
      /es-data02 failed.*running: .*elasticsearch on es-data02.*stopped: .*logstash on logstash01/,
    )
    expect(failure.hint).to.match(/ops resume run-1 goes on, ops abort run-1 starts everything again/)
    world.ansible.mend('es-data02')
    expect(await finish(platform, 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expectUp(platform)
  })

  it('goes on stopping once the node is mended', async () => {
    const platform = await begin()
    const { world } = platform
    world.ansible.trouble('es-master02', 'unreachable', { playbook: 'service_stop.yml' })
    expect(failureOf(await run(world.begin()))).to.include({ exitCode: 4 })
    world.ansible.mend('es-master02')
    expect(await carryOn(world.begin())).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectUp(platform)
  })

  it('hands ingest back when a shipper does not stop, and no node was touched', async () => {
    const platform = await begin()
    platform.world.ansible.trouble('logstash02', 'fails', { playbook: 'service_stop.yml' })
    const failure = failureOf(await run(platform.world.begin()))
    expect(failure).to.include({ code: 'ANSIBLE_FAILED', exitCode: 1 })
    expect(failure.message).to.include('no node was stopped, ingest runs again')
    expectUp(platform)
  })

  it('stops with the node named that does not come back, and a resume starts it again', async () => {
    const platform = await begin()
    const { world } = platform
    await run(world.begin())
    world.cluster.trouble('es-data04', 'dies')
    const failure = failureOf(await carryOn(world.begin()))
    expect(failure).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
    expect(failure.message).to.match(
      /not there yet: es-data04.*stopped: .*elasticsearch on es-data04 \(bootstrap check failure/,
    )
    expect(world.cluster.state.settings.persistent).to.include({
      'cluster.routing.allocation.enable': 'primaries',
    })
    world.cluster.trouble('es-data04', null)
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectUp(platform)
  })

  it('stops with the broker named that does not come back', async () => {
    const platform = await begin()
    const { world, kafka } = platform
    await run(world.begin())
    kafka.act({ do: 'trouble', broker: 'kafka02', trouble: 'never-joins' })
    const failure = failureOf(await carryOn(world.begin()))
    expect(failure).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
    expect(failure.message).to.include('not in the cluster: broker 2')
    expect(world.cluster.state.nodes.some(one => one.running)).to.equal(false)
  })

  it('brings up without a broker and a node that are gone for good what an abort can, and names them', async () => {
    const platform = await begin()
    const { world, kafka, running } = platform
    await run(world.begin())
    kafka.act({ do: 'trouble', broker: 'kafka02', trouble: 'never-joins' })
    world.cluster.trouble('es-data05', 'never-joins')
    const failure = failureOf(await carryOn(world.begin(), 'abort'))
    expect(failure).to.include({ code: 'NODE_NOT_BACK', exitCode: 4 })
    expect(failure.message).to.include('not in the cluster: broker 2')
    expect(failure.hint).to.include('ops abort run-1')
    expect(running.size).to.equal(3)
    expect(world.cluster.state.nodes.filter(({ joined }) => !joined).map(({ name }) => name)).to.deep.equal([
      'es-data05',
    ])
    expect(world.cluster.state.settings.persistent).to.deep.equal({})
    expect([...world.lockTable.rows.keys()]).to.deep.equal([])
  })

  it('refuses with a young snapshot of one index, where the whole one is old', async () => {
    const platform = await begin()
    const { cluster, clock } = platform.world
    await clock.sleep(30 * 3_600_000)
    const [index = ''] = cluster.state.indices.map(({ name }) => name).filter(name => !name.startsWith('.'))
    const one = { repository: 'elk_backup', name: 'one-index', indices: [index] }
    await takeSnapshot(cluster, one, ms => clock.sleep(ms))
    expect(failureOf(await run(platform.world.begin())).message).to.match(
      /^a_whole_snapshot_is_young_enough: elk_backup\/nightly .*30 h old/,
    )
    await cluster.snapshots.remove('elk_backup', ['nightly'])
    expect(failureOf(await run(platform.world.begin())).message).to.match(
      /^a_whole_snapshot_is_young_enough: elk_backup\/one-index .*, lacks \d+ open ones that are older/,
    )
    expect(platform.history).to.deep.equal([])
  })

  it('refuses without a young snapshot, and goes on with a reason', async () => {
    const platform = await begin()
    await platform.world.clock.sleep(30 * 3_600_000)
    const refused = await run(platform.world.begin())
    expect(failureOf(refused)).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
    expect(failureOf(refused).message).to.match(
      /^a_whole_snapshot_is_young_enough: elk_backup\/nightly .*30 h old/,
    )
    expect(platform.history).to.deep.equal([])
    const waivers = new Map([['a_whole_snapshot_is_young_enough', 'the power goes off in an hour']])
    expect(await run(platform.world.begin(), { work: 'none' }, waivers)).to.include({ outcome: 'succeeded' })
    expectUp(platform)
  })

  it('does not begin while the cluster is red', async () => {
    const platform = await begin()
    platform.world.cluster.spoil('red')
    expect(failureOf(await run(platform.world.begin())).message).to.match(/cluster_is_not_red/)
    expect(platform.history).to.deep.equal([])
  })

  for (const [what, forMs, wanted] of [
    ['for a moment goes down all the same', 10_000, 'AWAITS_WORK'],
    ['and stays so hands ingest back, and stops no node', 600_000, 'STOP_CONDITION'],
  ] as const)
    it(`a cluster that turns red on its way ${what}`, async () => {
      const platform = await begin()
      const { cluster } = platform.world
      const filter = 'index.routing.allocation.require._name'
      const index = {
        name: 'made-meanwhile',
        tier: 'data_hot',
        replicas: 1,
        nodes: [],
        settings: { [filter]: 'nowhere' },
      }
      cluster.later(madeAfterMs, { do: 'create-index', index })
      cluster.later(madeAfterMs + forMs, { do: 'set-index', index: index.name, name: filter, value: null })
      const failure = failureOf(await run(platform.world.begin()))
      expect(failure.code).to.equal(wanted)
      if (wanted === 'AWAITS_WORK') return
      expect(failure.message).to.equal('the cluster is red by now; no node was stopped, ingest runs again')
      expect(cluster.state.nodes.every(({ joined }) => joined)).to.equal(true)
    })

  it('says that fewer documents are there than before, and starts no ingest on them by itself', async () => {
    const platform = await begin()
    const { world, running } = platform
    await run(world.begin())
    world.cluster.change(({ indices }) => {
      const [index] = indices.filter(({ name }) => name === 'nginx-2025.04.01')
      if (index) index.docs -= 7
    })
    const failure = failureOf(await carryOn(world.begin()))
    expect(failure).to.include({ code: 'DATA_LOST', exitCode: 4 })
    expect(failure.message).to.match(/nginx-2025.04.01 has [\d,]+ documents, [\d,]+ before/)
    expect([...running]).to.deep.equal([])
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expect(running.size).to.equal(3)
  })

  it('plans reads only, with waves, and says that indices with one copy are no trouble', async () => {
    const platform = await begin()
    const plan = await planOn(platform.world.begin())
    expect(plan.body.waves).to.have.length(7)
    expect(plan.body.notes.join('\n')).to.match(/no trouble here/)
    expect(platform.history).to.deep.equal([])
  })
})
