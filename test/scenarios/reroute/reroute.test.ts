// Reroute on a fake cluster: the safest first, each on what is seen then, and nothing given up without the word of another person.
import { expect } from 'chai'
import type { JournalRecord } from '../../../src/ports/journal.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { diagnosis } from './diagnoses.ts'
import { delaySetting } from './look-and-tell.ts'
import {
  approveAs,
  carryOn,
  crm,
  expectOutcome,
  isGreen,
  lentThings,
  letOneFallBehind,
  loseNewerCopy,
  losing,
  quiet,
  recordsOf,
  remarksOf,
  reroute,
  rerouteWorld,
} from './world.ts'

const set = (name: string, value: string) =>
  ({ do: 'set-cluster', scope: 'persistent', name, value }) as const
const moreReplicas = { do: 'set-index', index: quiet, name: 'index.number_of_replicas', value: '2' } as const
const minute = 60_000

describe('reroute', () => {
  it('does nothing to a cluster that is well', async () => {
    const world = rerouteWorld()
    expectOutcome(await reroute(world.begin()), 'succeeded')
    expect(await remarksOf(world)).to.equal('the cluster is green')
    expect((await recordsOf(world)).filter(({ type }) => type === 'step.intent')).to.deep.equal([])
  })

  it('clears a left-over filter, and the copies find their nodes', async () => {
    const world = rerouteWorld()
    world.cluster.act(set('cluster.routing.allocation.exclude._name', 'es-node01,es-node02,es-node03'))
    world.cluster.act(moreReplicas)
    expect(isGreen(world)).to.equal(false)
    expectOutcome(await reroute(world.begin()), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    expect(world.cluster.state.settings.persistent).to.deep.equal({})
    expect(await remarksOf(world)).to.match(/cleared \(was es-node01,es-node02,es-node03\)/)
  })

  it('clears the filter of an index that no node matches, and leaves that of another alone', async () => {
    const world = rerouteWorld()
    const name = 'index.routing.allocation.require._name'
    world.cluster.act({ do: 'set-index', index: quiet, name, value: 'es-node99' })
    world.cluster.act({ do: 'set-index', index: crm, name, value: 'es-node99' })
    world.cluster.act(moreReplicas)
    expect(isGreen(world)).to.equal(false)
    expectOutcome(await reroute(world.begin(), { index: quiet }), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    const settingOf = (index: string) =>
      world.cluster.state.indices.find(one => one.name === index)?.settings[name]
    expect([settingOf(quiet), settingOf(crm)]).to.deep.equal([undefined, 'es-node99'])
  })

  it('starts a node that is away before it touches anything else', async () => {
    const world = rerouteWorld()
    world.cluster.act(set('cluster.routing.allocation.enable', 'none'))
    world.cluster.stopNode('es-node03')
    await world.clock.sleep(5 * minute)
    expectOutcome(await reroute(world.begin()), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    const steps = (await recordsOf(world))
      .filter(({ type }) => type === 'step.done')
      .map(({ title }) => title)
    expect(steps[0]).to.equal('start es-node03')
    expect(steps.at(-1)).to.match(/^clear cluster\.routing\.allocation\.enable/)
  })

  it('brings masters back where there is none', async () => {
    const world = rerouteWorld()
    world.cluster.stopNode('es-node02')
    world.cluster.stopNode('es-node03')
    expectOutcome(await reroute(world.begin()), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    expect(world.cluster.lostWrites()).to.equal(0)
  })

  it('withdraws the shutdown of a run that is gone, and exclusions from voting', async () => {
    const world = rerouteWorld({
      world: { capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false } },
    })
    const node = world.cluster.state.nodes[2]
    world.cluster.change(state => {
      state.shutdowns.push({ nodeId: node?.id ?? '', type: 'remove', reason: 'gone', allocationDelayMs: 0 })
      state.world.votingExclusions = [{ nodeId: 'id-gone', nodeName: 'es-gone' }]
    })
    expectOutcome(await reroute(world.begin()), 'succeeded')
    expect(world.cluster.state.shutdowns).to.deep.equal([])
    expect(world.cluster.state.world.votingExclusions).to.deep.equal([])
  })

  it('tries again what has failed too often', async () => {
    const world = rerouteWorld()
    world.cluster.set({ failing: [{ index: quiet, details: 'ShardLockObtainFailedException' }] })
    world.cluster.act({ do: 'set-index', index: quiet, name: 'index.number_of_replicas', value: '2' })
    await world.clock.sleep(5 * minute)
    world.cluster.set({ failing: [] })
    expectOutcome(await reroute(world.begin(), { index: quiet }), 'succeeded')
    expect(isGreen(world)).to.equal(true)
  })

  it('waits no longer for a node that is gone for good, and gives the delay back', async () => {
    const world = rerouteWorld()
    world.cluster.stopNode('es-node02')
    await world.clock.sleep(minute)
    const before = lentThings(world.cluster.state)
    const end = expectOutcome(
      await reroute(world.begin(), { gone: 'es-node02', only: 'delayed' }),
      'succeeded',
    )
    expect(end.exitCode).to.equal(0)
    expect(isGreen(world)).to.equal(true)
    expect(lentThings(world.cluster.state)).to.equal(before)
    expect(await remarksOf(world)).to.include(`${delaySetting} is given back`)
  })

  it('copies nothing anew for a node that may come back', async () => {
    const world = rerouteWorld()
    world.cluster.trouble('es-node02', 'never-joins')
    world.cluster.stopNode('es-node02')
    world.cluster.trouble('es-node02', null)
    const end = await reroute(world.begin(), { only: 'delayed', maxRisk: 'reversible' })
    expectOutcome(end, 'failed')
    expect(world.cluster.tally.copiedElsewhere).to.deep.equal([])
  })

  it('lends a setting, and gives it back when its time is over and nothing is healed', async () => {
    const world = rerouteWorld()
    world.cluster.act({ do: 'set-index', index: quiet, name: 'index.number_of_replicas', value: '9' })
    const name = 'cluster.routing.allocation.disk.watermark.low'
    const before = lentThings(world.cluster.state)
    const diagnose = lending(name)
    const begunMs = world.clock.monotonicMs()
    expectOutcome(await reroute(world.begin(), { expiry: '20m', stall: '1h' }, diagnose), 'failed')
    expect(world.clock.monotonicMs() - begunMs).to.be.within(20 * minute, 22 * minute)
    expect(lentThings(world.cluster.state)).to.equal(before)
    expect(await remarksOf(world)).to.match(/after 20m; .*watermark\.low is given back/)
  })

  it('waits for nothing where only the server itself may change the setting', async () => {
    const world = rerouteWorld()
    world.cluster.set({ unchangeable: [quiet] })
    world.cluster.act({ do: 'set-index', index: quiet, name: delaySetting, value: '1h' })
    world.cluster.stopNode('es-node02')
    await world.clock.sleep(minute)
    const begunMs = world.clock.monotonicMs()
    await reroute(world.begin(), { expiry: '20m', stall: '1h', gone: 'es-node02' }, delaying([quiet]))
    expect(world.clock.monotonicMs() - begunMs).to.be.below(minute)
    expect(await remarksOf(world)).to.include('quiet left as it is: nobody may change it')
  })

  it('lends a setting to the indices that may have it, and says which one was left', async () => {
    const world = rerouteWorld()
    world.cluster.set({ unchangeable: [quiet] })
    world.cluster.stopNode('es-node02')
    await world.clock.sleep(minute)
    const before = lentThings(world.cluster.state)
    await reroute(world.begin(), { gone: 'es-node02' }, delaying([crm, quiet]))
    expect(lentThings(world.cluster.state)).to.equal(before)
    const remarks = await remarksOf(world)
    expect(remarks).to.include(`${delaySetting} is given back; quiet left as it is: nobody may change it`)
  })

  it('moves copies that may be moved, and says of the others why not', async () => {
    const world = rerouteWorld()
    const diagnose = moving([
      { index: quiet, from: 'es-node02', to: 'es-node01' },
      { index: crm, from: 'es-node01', to: 'es-node02' },
    ])
    expectOutcome(await reroute(world.begin(), {}, diagnose), 'succeeded')
    expect(world.cluster.tally.moves).to.deep.equal(['quiet[0] es-node02 to es-node01'])
    expect(await remarksOf(world)).to.match(/1 copies are where they should be; not moved: move crm\[0\]/)
  })

  it('imports a dangling index that was named, and no other', async () => {
    const world = rerouteWorld()
    const createdAtMs = Date.parse('2025-04-01T00:00:00Z')
    const dangling = ['u-1', 'u-2'].map(uuid => ({
      uuid,
      name: `old-${uuid}`,
      createdAtMs,
      nodes: ['es-node01'],
      tier: 'data_hot',
    }))
    world.cluster.set({ dangling })
    expectOutcome(await reroute(world.begin(), { importDangling: 'u-2' }), 'succeeded')
    expect(world.cluster.state.indices.map(({ name }) => name))
      .to.include('old-u-2')
      .and.to.not.include('old-u-1')
  })

  it('never takes half a look for a cluster that is well, and goes on as soon as it sees again', async () => {
    const blind = diagnosis([], { status: 'unknown', blind: ['unassigned copies: no answer in time'] })
    let looks = 0
    const seesUntil = (last: number) => async () => {
      looks += 1
      return looks > 1 && looks < last ? blind : diagnosis([], { status: 'green' })
    }
    const never = rerouteWorld()
    const end = expectOutcome(await reroute(never.begin(), {}, seesUntil(1e9)), 'failed')
    expect(end.error?.message).to.match(/without what matters: not seen: unassigned copies/)
    expect(end.error?.hint).to.include('ops resume run-1')
    looks = 0
    expectOutcome(await carryOn(never.begin(), 'resume', seesUntil(4)), 'succeeded')
    expect(await remarksOf(never)).to.equal('the cluster is green')
  })

  it('does not call a cluster well whose disks are full', async () => {
    const world = rerouteWorld()
    const { cause, remedy } = await import('./diagnoses.ts')
    const full = cause('disk_full', [remedy({ do: 'advise' }, 'none')], [])
    const end = await reroute(world.begin(), {}, async () => diagnosis([full], { status: 'green' }))
    expect(expectOutcome(end, 'failed').error?.message).to.include('disk_full')
  })

  it('takes forced zones away when another person has said yes', async () => {
    const world = rerouteWorld()
    const name = 'cluster.routing.allocation.awareness.force.zone.values'
    world.cluster.act(set(name, 'a,b'))
    const { cause, copy, remedy } = await import('./diagnoses.ts')
    const clear = remedy({ do: 'clear-cluster-setting', name, scope: 'persistent' })
    const diagnose = async () =>
      world.cluster.state.settings.persistent[name] === undefined
        ? diagnosis([], { status: 'green' })
        : diagnosis([cause('awareness', [clear], [copy(quiet, 0, false)])], { status: 'yellow' })
    const end = expectOutcome(await reroute(world.begin(), {}, diagnose), 'waiting')
    expect(end.error?.message).to.match(/the zone that is missing are made in those that are left/)
    expect(world.cluster.state.settings.persistent[name]).to.equal('a,b')
    await approveAs(world)
    expectOutcome(await carryOn(world.begin(), 'resume', diagnose), 'succeeded')
    expect(world.cluster.state.settings.persistent[name]).to.equal(undefined)
  })

  it('stops when a shard loses its primary while it is at work', async () => {
    const world = rerouteWorld()
    world.cluster.act({
      do: 'create-index',
      index: { name: 'single', tier: 'data_hot', replicas: 0, nodes: ['es-node01'] },
    })
    world.cluster.stopNode('es-node03')
    world.cluster.when({ joined: 'es-node03' }, { do: 'stop-node', node: 'es-node01' })
    world.cluster.when({ joined: 'es-node03' }, { do: 'trouble', node: 'es-node01', trouble: 'refuses' })
    const end = expectOutcome(await reroute(world.begin()), 'failed')
    expect(end.error?.message).to.match(/lost their primary meanwhile: single\/0/)
    // Who resumes has seen it, and it goes on with what is left.
    expect(expectOutcome(await carryOn(world.begin()), 'failed').error?.message).to.match(
      /nothing more that may be done/,
    )
  })
})

describe('reroute where a shard has no good copy left', () => {
  it('says what it needs, and gives nothing up', async () => {
    const world = rerouteWorld()
    await loseNewerCopy(world)
    for (const given of [{}, { maxRisk: 'loses-data' }] as JsonObject[]) {
      const end = expectOutcome(await reroute(world.begin(), given), 'failed')
      expect(end.error?.code).to.equal('CLUSTER_SICK')
      expect(end.error?.hint).to.include('--accept-loss crm/0, and the approval of another person')
    }
    expect(world.cluster.lostWrites()).to.be.greaterThan(50)
  })

  it('waits for the word of another person, with the loss stated and all that was seen kept', async () => {
    const world = rerouteWorld()
    await loseNewerCopy(world)
    const end = expectOutcome(await reroute(world.begin(), losing), 'waiting')
    expect(end.error?.message).to.match(
      /make the old copy of crm\[0\] on es-node02 .* the primary: what was written to it from 20.* is lost/,
    )
    const kept = (await world.evidence.get('loss', 'run-1/crm/0')) as JsonObject
    expect(kept).to.include.keys('loss', 'copies', 'explanation', 'stores', 'diagnosis')
    expect(() => JSON.stringify(kept)).to.not.throw()
    let refused = ''
    await approveAs(world, 'anna').catch(thrown => {
      refused = thrown.code
    })
    expect(refused).to.equal('NEEDS_APPROVAL')
    expectOutcome(await carryOn(world.begin()), 'waiting')
  })

  it('makes the old copy the primary then, and says what was lost as the ledger of the cluster has it', async () => {
    const world = rerouteWorld()
    await loseNewerCopy(world)
    expectOutcome(await reroute(world.begin(), losing), 'waiting')
    const lostBefore = world.cluster.lostWrites()
    await approveAs(world)
    const end = await carryOn(world.begin())
    const told = (await recordsOf(world)).find(
      ({ type, once }) => type === 'remark' && String(once).endsWith('.lost'),
    )
    expect(told).to.include({ index: crm, shard: 0, kind: 'stale' })
    // One write a second for as long as only the lost copy was there.
    const span = (Number(told?.lostUntilMs) - Number(told?.lostFromMs)) / 1000
    expect(span).to.be.closeTo(lostBefore, 1)
    expect(world.cluster.lostWrites()).to.equal(lostBefore)
    // A thousand before, and a few since it is written to again.
    expect(Number(told?.docs)).to.be.within(1000, 1010)
    // Its replica may not be allocated: an index setting that is nobody's left-over here.
    expectOutcome(end, 'failed')
    expect(world.cluster.state.indices[0]?.shards[0]?.copies.find(({ primary }) => primary)?.state).to.equal(
      'STARTED',
    )
  })

  it('gives nothing up when the good copy comes back before the approval is used', async () => {
    const world = rerouteWorld()
    await letOneFallBehind(world)
    world.cluster.stopNode('es-node01')
    await world.clock.sleep(minute)
    const given = { ...losing, gone: 'es-node01' }
    expectOutcome(await reroute(world.begin(), given), 'waiting')
    await approveAs(world)
    world.cluster.startNode('es-node01')
    await world.clock.sleep(2 * minute)
    await carryOn(world.begin())
    expect(await remarksOf(world)).to.match(/the_shard_has_no_primary/)
    expect(world.cluster.lostWrites()).to.equal(0)
  })

  it('takes no good copy that came back for the old one, when it was killed right before the command', async () => {
    const untilApproved = async () => {
      const world = rerouteWorld()
      await letOneFallBehind(world)
      world.cluster.stopNode('es-node01')
      await world.clock.sleep(minute)
      expectOutcome(await reroute(world.begin(), { ...losing, gone: 'es-node01' }), 'waiting')
      await approveAs(world)
      return { world, before: (await recordsOf(world)).length }
    }
    const counted = await untilApproved()
    await carryOn(counted.world.begin())
    const isCommand = ({ type, step }: JournalRecord) =>
      type === 'step.intent' && String(step).endsWith('.allocate')
    const record = (await recordsOf(counted.world)).findIndex(isCommand) + 1 - counted.before
    const { world } = await untilApproved()
    expect(await carryOn(world.begin({ cut: { record, when: 'after' } }))).to.equal('killed')
    expect((await recordsOf(world)).at(-1)).to.satisfy(isCommand)
    world.cluster.startNode('es-node01')
    await world.clock.sleep(2 * minute)
    await carryOn(world.begin())
    const remarks = await remarksOf(world)
    expect(remarks).to.match(/the_shard_has_no_primary/)
    expect(remarks).to.not.match(/the primary of crm\[0\] is on/)
    expect(world.cluster.lostWrites()).to.equal(0)
  })

  it('refuses while a node is only away that may have it', async () => {
    const world = rerouteWorld()
    await letOneFallBehind(world)
    world.cluster.trouble('es-node01', 'refuses')
    world.cluster.stopNode('es-node01')
    await world.clock.sleep(minute)
    expectOutcome(await reroute(world.begin(), losing), 'failed')
    expect(await remarksOf(world)).to.match(/no_node_that_may_have_it_is_only_away: es-node01 is away/)
    expect(world.cluster.lostWrites()).to.equal(0)
  })

  it('makes an empty shard only where no copy can be opened, and one at a time', async () => {
    const world = rerouteWorld({
      indices: [{ name: 'pair', shards: 2, replicas: 0, tier: 'data_hot', docs: 100, nodes: ['es-node02'] }],
    })
    world.cluster.stopNode('es-node02')
    world.cluster.act({ do: 'wipe-node', node: 'es-node02' })
    world.cluster.startNode('es-node02')
    await world.clock.sleep(2 * minute)
    const given = { maxRisk: 'loses-data', acceptLoss: 'pair/0,pair/1' }
    const first = expectOutcome(await reroute(world.begin(), given), 'waiting')
    expect(first.error?.message).to.match(
      /make an empty pair\[0\] .*everything that was written to it until 20/,
    )
    await approveAs(world)
    const second = expectOutcome(await carryOn(world.begin()), 'waiting')
    expect(second.error?.message).to.match(/make an empty pair\[1\]/)
    await approveAs(world)
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expect(isGreen(world)).to.equal(true)
    expect(await remarksOf(world)).to.include('nothing that ops knows of has what pair has lost')
  })

  it('finds out by looking whether a command was carried out that got no answer', async () => {
    for (const how of ['done', 'not-done'] as const) {
      const world = rerouteWorld()
      await loseNewerCopy(world)
      expectOutcome(await reroute(world.begin(), losing), 'waiting')
      await approveAs(world)
      world.cluster.set({ lostCalls: [{ call: 'allocation.reroute', how }] })
      await carryOn(world.begin())
      const primary = world.cluster.state.indices[0]?.shards[0]?.copies.find(one => one.primary)
      expect(primary?.state, how).to.equal(how === 'done' ? 'STARTED' : 'UNASSIGNED')
      const sent = (await recordsOf(world)).filter(
        ({ type, step }) => type === 'step.intent' && String(step).endsWith('.allocate'),
      )
      expect(sent.length, how).to.equal(1)
    }
  })
})

function lending(name: string) {
  return async () => {
    const { cause, copy, remedy } = await import('./diagnoses.ts')
    const lend = remedy({ do: 'lend-cluster-setting', name, value: '99%' })
    return diagnosis([cause('disk_watermark', [lend], [copy(quiet, 0, false)])], { status: 'yellow' })
  }
}

/** Copies that are waited for, although nobody has to wait for their node any more. */
function delaying(names: readonly string[]) {
  return async () => {
    const { cause, copy, remedy } = await import('./diagnoses.ts')
    const shorten = remedy({ do: 'set-index-setting', name: delaySetting, value: '0', indices: names })
    const copies = names.map(name => copy(name, 0, false))
    return diagnosis([cause('delayed', [shorten], copies)], { status: 'yellow' })
  }
}

function moving(moves: readonly { index: string; from: string; to: string }[]) {
  let looks = 0
  return async () => {
    const { cause, remedy } = await import('./diagnoses.ts')
    looks += 1
    const all = moves.map(one => remedy({ do: 'move', shard: 0, ...one }, 'moves-data'))
    // Once for the plan, once for the first turn.
    return diagnosis(looks > 2 ? [] : [cause('disk_watermark', all, [])], { status: 'green' })
  }
}
