// Over random broken worlds and a triage that offers anything, sense and nonsense: no copy is given up without the word of another person
// for exactly that shard, and nothing that anybody still has is lost otherwise.
import { expect } from 'chai'
import fc from 'fast-check'
import type { Diagnose } from '../../../runbooks/reroute/facts.ts'
import type { Cause, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Action, FakeState } from '../../support/fake-cluster/fake-cluster.ts'
import type { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { cause, copy, remedy } from './diagnoses.ts'
import { lookAndTell } from './look-and-tell.ts'
import { watchLosses } from './watch-losses.ts'
import { approveAs, carryOn, crm, lentThings, quiet, reroute, rerouteWorld } from './world.ts'

const pair = 'pair'
const names = [crm, quiet, pair]
const nodes = ['es-node01', 'es-node02', 'es-node03']
const indices = [
  { name: crm, shards: 1, replicas: 1, tier: 'data_hot', docs: 1000, written: true },
  { name: quiet, shards: 1, replicas: 0, tier: 'data_hot', docs: 500 },
  { name: pair, shards: 2, replicas: 1, tier: 'data_hot', docs: 200, written: true },
]

const node = fc.constantFrom(...nodes)
const index = fc.constantFrom(...names)
const shard = fc.nat(1)

/** What has happened before anybody looks. */
const harm: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('stop-node' as const), node }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start-node' as const), node }) },
  fc.record({
    do: fc.constant('set-index' as const),
    index,
    name: fc.constantFrom('index.routing.allocation.enable', 'index.routing.allocation.require._name'),
    value: fc.constantFrom('primaries', 'none', 'es-node02'),
  }),
  fc.record({
    do: fc.constant('set-cluster' as const),
    scope: fc.constant('persistent' as const),
    name: fc.constantFrom('cluster.routing.allocation.exclude._name', 'cluster.routing.allocation.enable'),
    value: fc.constantFrom('es-node01', 'none', 'primaries'),
  }),
  fc.record({
    do: fc.constant('world' as const),
    world: fc
      .boolean()
      .map(fails => ({ failing: fails ? [{ details: 'ShardLockObtainFailedException' }] : [] })),
  }),
)

type Harm = { readonly action: Action; readonly wipe: boolean; readonly ms: number }
const harms: fc.Arbitrary<readonly Harm[]> = fc.array(
  fc.record({ action: harm, wipe: fc.boolean(), ms: fc.integer({ min: 0, max: 120_000 }) }),
  { minLength: 1, maxLength: 8 },
)

/** Remedies that nobody in his right mind would offer. */
const nonsense: fc.Arbitrary<readonly Remedy[]> = fc.array(
  fc.oneof(
    fc.tuple(index, shard, node, fc.nat(12)).map(([name, number, at, id]) =>
      remedy(
        {
          ...{ do: 'allocate-stale' as const, index: name, shard: number, node: at },
          ...{ nodeId: `id-${at}`, allocationId: `alloc-${id}` },
        },
        'none',
      ),
    ),
    fc
      .tuple(index, shard, node)
      .map(([name, number, at]) =>
        remedy({ do: 'allocate-empty', index: name, shard: number, node: at }, 'none'),
      ),
    fc
      .tuple(index, shard, node, node)
      .map(([name, number, from, to]) =>
        remedy({ do: 'move', index: name, shard: number, from, to }, 'none'),
      ),
    fc.constant(remedy({ do: 'retry-failed' }, 'none')),
    fc.constant(
      remedy(
        {
          do: 'lend-cluster-setting',
          name: 'cluster.routing.allocation.node_concurrent_recoveries',
          value: '4',
        },
        'none',
      ),
    ),
  ),
  { maxLength: 4 },
)

interface Asked {
  readonly maxRisk: string
  readonly losses: readonly string[]
  readonly gone: readonly string[]
}

const asked: fc.Arbitrary<Asked> = fc.record({
  maxRisk: fc.constantFrom('moves-data', 'loses-data', 'loses-data', 'loses-data'),
  losses: fc.subarray(
    names.flatMap(name => [`${name}/0`, `${name}/1`]),
    { minLength: 2 },
  ),
  gone: fc.subarray(nodes),
})

/** Names of what is not lost and of nodes that are there would be refused at once: that is for the gates' own tests. */
function paramsIn({ cluster }: FakeWorld, { maxRisk, losses, gone }: Asked): JsonObject {
  const { indices: all, nodes: members } = cluster.state
  const red = losses.filter(one => {
    const [name, number] = one.split('/')
    const found = all
      .find(entry => entry.name === name)
      ?.shards.find(entry => entry.number === Number(number))
    return found?.copies.find(({ primary }) => primary)?.state === 'UNASSIGNED'
  })
  const away = gone.filter(name => members.some(one => one.name === name && !one.joined))
  return {
    ...{ maxRisk, expiry: '60s', stall: '30s' },
    ...(maxRisk === 'loses-data' && red.length > 0 ? { acceptLoss: red.join(',') } : {}),
    ...(away.length === 0 ? {} : { gone: away.join(',') }),
  }
}

async function doHarm({ cluster, clock }: FakeWorld, all: readonly Harm[]): Promise<void> {
  for (const { action, wipe, ms } of all) {
    cluster.act(action)
    if (wipe && action.do === 'stop-node') cluster.act({ do: 'wipe-node', node: action.node })
    await clock.sleep(ms)
  }
}

/** Of each shard: acknowledged writes that nobody has, not even a disk that is switched off. */
function lostByShard({ indices: all }: FakeState): ReadonlyMap<string, number> {
  const lost = new Map<string, number>()
  for (const { name, shards } of all)
    for (const { number, acked, copies, leftovers = [], givenUp = 0 } of shards) {
      const kept = copies.filter(one => one.node !== null || one.lastNode !== null)
      const left = leftovers.filter(({ problem }) => problem === null)
      const most = Math.max(0, ...[...kept, ...left].map(({ holds }) => holds))
      lost.set(`${name}[${number}]`, acked - most + givenUp)
    }
  return lost
}

const careless =
  (extra: readonly Remedy[]): Diagnose =>
  async look => {
    const seen = await lookAndTell(look)
    const more: Cause[] = extra.length === 0 ? [] : [cause('unknown_decider', extra, [copy(crm)])]
    return { ...seen, causes: [...more, ...seen.causes] }
  }

const mostApprovals = 5
/** Whether somebody says yes, each time that it is asked. */
const words = fc.array(fc.boolean(), { maxLength: mostApprovals })

describe('reroute over random worlds', () => {
  let losses = 0
  it('gives nothing up without the word of another person for exactly that shard, and loses nothing else', async function () {
    this.timeout(300_000)
    await fc.assert(
      fc.asyncProperty(harms, nonsense, asked, words, async (broken, extra, wanted, answers) => {
        const world = rerouteWorld({ indices })
        await doHarm(world, broken)
        const before = lostByShard(world.cluster.state)
        const lent = lentThings(world.cluster.state)
        const watch = watchLosses(world)
        const diagnose = careless(extra)
        const params = paramsIn(world, wanted)
        let end = await reroute(world.begin(), params, diagnose).catch(() => null)
        for (const yes of answers) {
          if (end === null || end === 'killed' || end.outcome !== 'waiting') break
          if (yes) await approveAs(world)
          end = await carryOn(world.begin(), 'resume', diagnose)
        }
        expect(watch.violations).to.deep.equal([])
        losses += watch.commands.length
        const agreed = watch.commands.map(command => command.split(' ')[1])
        for (const [name, lost] of lostByShard(world.cluster.state))
          if (!agreed.includes(name)) expect(lost, name).to.be.closeTo(before.get(name) ?? 0, 0.01)
        expectNothingLent(world, lent)
      }),
      { numRuns: 300, seed: 20250410 },
    )
    expect(losses, 'losses that were agreed to').to.be.greaterThan(5)
  })
})

/** Whatever a run has cleared for good: nothing is there that was not there before. */
function expectNothingLent({ cluster }: FakeWorld, before: string): void {
  const [was, wereIndices] = JSON.parse(before) as [FakeState['settings'], [string, Record<string, string>][]]
  const { settings, indices: now } = cluster.state
  for (const [name, value] of Object.entries(settings.persistent))
    expect(was.persistent[name], name).to.equal(value)
  for (const [name, own] of wereIndices) {
    const found = now.find(one => one.name === name)?.settings ?? {}
    for (const [key, value] of Object.entries(found)) expect(own[key], `${name} ${key}`).to.equal(value)
  }
}
