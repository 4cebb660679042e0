// Killed before and after every record: carried on, the run ends as if nobody had killed it; aborted, nothing is left over. A loss happens
// once, and never without its approval.
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Action } from '../../support/fake-cluster/fake-cluster.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import type { FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { killEverywhere } from '../../support/fake-world/kill-everywhere.ts'
import { itsLosses, type LossWatch, watchLosses } from './watch-losses.ts'
import {
  approveAs,
  carryOn,
  crm,
  expectOutcome,
  isGreen,
  lentThings,
  loseNewerCopy,
  losing,
  quiet,
  reroute,
  rerouteWorld,
} from './world.ts'

interface Case {
  readonly begin: () => Promise<FakeWorld>
  readonly params: JsonObject
  readonly healed: (world: FakeWorld, before: string) => void
}

const minute = 60_000
const moreReplicas = { do: 'set-index', index: quiet, name: 'index.number_of_replicas', value: '2' } as const
const filter: Action = {
  ...{ do: 'set-cluster', scope: 'persistent', value: 'es-node01' },
  name: 'cluster.routing.allocation.exclude._name',
}

const cases: Readonly<Record<string, Case>> = {
  'a node that is away and a left-over filter': {
    begin: async () => {
      const world = rerouteWorld()
      world.cluster.act(filter)
      world.cluster.act(moreReplicas)
      world.cluster.stopNode('es-node03')
      await world.clock.sleep(minute)
      return world
    },
    params: {},
    healed: world => {
      expect(isGreen(world)).to.equal(true)
      expect(world.cluster.starts('es-node03')).to.equal(1)
      expect(world.cluster.state.settings.persistent).to.deep.equal({})
    },
  },
  'a delay that is lent': {
    begin: async () => {
      const world = rerouteWorld()
      world.cluster.stopNode('es-node02')
      await world.clock.sleep(minute)
      return world
    },
    params: { gone: 'es-node02', only: 'delayed' },
    healed: (world, before) => {
      expect(isGreen(world)).to.equal(true)
      expect(lentThings(world.cluster.state)).to.equal(before)
    },
  },
}

const locksOf = ({ lockTable }: FakeWorld): string => JSON.stringify([...lockTable.rows.keys()])

async function killAndCarryOn(one: Case, cut: Cut, mode: 'resume' | 'abort'): Promise<void> {
  const world = await one.begin()
  const before = lentThings(world.cluster.state)
  if ((await reroute(world.begin({ cut }), one.params)) !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun === undefined) expectOutcome(await reroute(world.begin(), one.params), 'succeeded')
  else if (begun.outcome !== 'succeeded')
    expectOutcome(await carryOn(world.begin(), mode), mode === 'resume' ? 'succeeded' : 'aborted')
  if (mode === 'resume' || begun === undefined || begun.outcome === 'succeeded') one.healed(world, before)
  else
    expect(world.cluster.state.indices.map(({ settings }) => settings)).to.deep.equal(
      JSON.parse(before)[1].map(([, own]: [string, object]) => own),
    )
  expect(locksOf(world)).to.equal('[]')
}

async function killRun(one: Case, mode: 'resume' | 'abort'): Promise<readonly string[]> {
  const counted = (await one.begin()).begin()
  expectOutcome(await reroute(counted, one.params), 'succeeded')
  return killEverywhere(counted.life.appends, cut => killAndCarryOn(one, cut, mode))
}

/** One shard to be given up: the process that asks, and the one that was told yes. */
interface Loss {
  readonly world: FakeWorld
  readonly watch: LossWatch
  readonly lost: number
}

async function beginLoss(): Promise<Loss> {
  const world = rerouteWorld()
  await loseNewerCopy(world)
  return { world, watch: watchLosses(world), lost: world.cluster.lostWrites() }
}

const primaryOf = ({ cluster }: FakeWorld): string | undefined =>
  cluster.state.indices.find(({ name }) => name === crm)?.shards[0]?.copies.find(({ primary }) => primary)
    ?.state

async function expectLostOnce({ world, watch, lost }: Loss): Promise<void> {
  expect(await itsLosses(watch)).to.deep.equal(['allocate_stale_primary crm[0]'])
  expect(primaryOf(world)).to.equal('STARTED')
  expect(world.cluster.lostWrites()).to.equal(lost)
  expect(locksOf(world)).to.equal('[]')
}

/** Until it waits for somebody; whoever was killed is carried on. */
async function untilItAsks(world: FakeWorld, process: FakeProcess): Promise<void> {
  if ((await reroute(process, losing)) !== 'killed') return
  const [begun] = await world.journal.runs()
  if (begun === undefined) expectOutcome(await reroute(world.begin(), losing), 'waiting')
  else if (begun.outcome !== 'waiting') expectOutcome(await carryOn(world.begin()), 'waiting')
}

describe('reroute, killed at every record', () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`carried on, heals ${what}`, async function () {
      this.timeout(120_000)
      expect(await killRun(one, 'resume')).to.deep.equal([])
    })
    it(`aborted, leaves nothing over of ${what}`, async function () {
      this.timeout(120_000)
      expect(await killRun(one, 'abort')).to.deep.equal([])
    })
  }

  it('asks all the same when it is killed before it has asked, and gives nothing up', async function () {
    this.timeout(120_000)
    const counted = await beginLoss()
    const process = counted.world.begin()
    expectOutcome(await reroute(process, losing), 'waiting')
    for (let record = 1; record <= process.life.appends; record++)
      for (const when of ['before', 'after'] as const) {
        const loss = await beginLoss()
        await untilItAsks(loss.world, loss.world.begin({ cut: { record, when } }))
        expect(await itsLosses(loss.watch), `${when} record ${record}`).to.deep.equal([])
        expect(primaryOf(loss.world)).to.equal('UNASSIGNED')
      }
  })

  it('loses once what was agreed to, whenever it is killed after that', async function () {
    this.timeout(120_000)
    for (let record = 1; ; record++) {
      let wasKilled = false
      for (const when of ['before', 'after'] as const) {
        const loss = await beginLoss()
        expectOutcome(await reroute(loss.world.begin(), losing), 'waiting')
        await approveAs(loss.world)
        const end = await carryOn(loss.world.begin({ cut: { record, when } }))
        if (end === 'killed' && (await loss.world.journal.runs())[0]?.outcome !== 'failed') {
          wasKilled = true
          await carryOn(loss.world.begin())
        }
        await expectLostOnce(loss)
      }
      if (wasKilled) continue
      expect(record).to.be.greaterThan(10)
      return
    }
  })

  it('aborted while it waits, gives nothing up', async () => {
    const loss = await beginLoss()
    expectOutcome(await reroute(loss.world.begin(), losing), 'waiting')
    await approveAs(loss.world)
    expectOutcome(await carryOn(loss.world.begin(), 'abort'), 'aborted')
    expect(await itsLosses(loss.watch)).to.deep.equal([])
    expect(locksOf(loss.world)).to.equal('[]')
  })
})
