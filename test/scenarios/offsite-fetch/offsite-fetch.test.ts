// Fetching a copy back on fakes: walks the table of gates, and ends registered read-only even when its process dies at any record.
import { expect } from 'chai'
import { type FetchFacts, lookAtFetch } from '../../../runbooks/offsite-fetch/facts.ts'
import { gates } from '../../../runbooks/offsite-fetch/gates/index.ts'
import { params as schema } from '../../../runbooks/offsite-fetch/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { begin, carryOn, type OffsiteWorld, offsiteFetch, run, snapshot } from '../offsite-copy/world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a case may put anything wrong
type Change = (facts: any) => void

type GateCase = readonly [gate: string, says: 'pass' | 'refuse', evidence: RegExp, change?: Change]

const into = '/srv/elk_backup/ops-fetched/elk_backup'
const there = (more: object) => ({ name: 'elk_offsite_copy', type: 'fs', readOnly: true, ...more })

const cases: readonly GateCase[] = [
  ['store_is_in_the_inventory', 'pass', /^https:\/\/s3\.example\.org/],
  [
    'store_is_in_the_inventory',
    'refuse',
    /lacks offsite_bucket$/,
    facts => Object.assign(facts, { missing: ['offsite_bucket'] }),
  ],
  [
    'store_is_in_the_inventory',
    'refuse',
    /^no host of the inventory has/,
    facts => Object.assign(facts, { host: '' }),
  ],
  ['the_store_answers', 'pass', /^it does/],
  [
    'the_store_answers',
    'refuse',
    /^AccessDenied$/,
    facts => Object.assign(facts.ends.store, { problem: 'AccessDenied' }),
  ],
  [
    'the_store_answers',
    'refuse',
    /^rclone is not installed/,
    facts => Object.assign(facts.ends, { rclone: null }),
  ],
  ['the_store_answers', 'refuse', /^it was not asked$/, facts => Object.assign(facts, { ends: null })],
  ['copy_is_whole', 'pass', /^generation 2, finished /],
  [
    'copy_is_whole',
    'pass',
    /^generation 2 is whole; the copy of 3 that came after it is unfinished$/,
    ({ ends }) => Object.assign(ends.store.marker, { state: 'unfinished', generation: 3 }),
  ],
  [
    'copy_is_whole',
    'refuse',
    /^its only copy is unfinished: run run-1/,
    ({ ends }) => Object.assign(ends.store.marker, { state: 'unfinished', whole: null }),
  ],
  [
    'copy_is_whole',
    'refuse',
    /^the store has no copy/,
    facts => Object.assign(facts.ends.store, { marker: null }),
  ],
  ['target_is_where_nodes_may_read', 'pass', /inside \/srv\/elk_backup$/],
  [
    'target_is_where_nodes_may_read',
    'refuse',
    /^\/tmp\/x is not inside/,
    facts => Object.assign(facts, { into: '/tmp/x' }),
  ],
  ['target_is_empty_or_was_fetched', 'pass', /is empty$/],
  [
    'target_is_empty_or_was_fetched',
    'pass',
    /holds an earlier fetch$/,
    ({ ends }) => Object.assign(ends.target, { entries: 9, fetched: true }),
  ],
  [
    'target_is_empty_or_was_fetched',
    'refuse',
    /holds 9 files/,
    ({ ends }) => Object.assign(ends.target, { entries: 9 }),
  ],
  [
    'target_is_empty_or_was_fetched',
    'refuse',
    /was not looked at$/,
    ({ ends }) => Object.assign(ends, { target: null }),
  ],
  ['target_has_room', 'pass', /are fetched, .* are free$/],
  [
    'target_has_room',
    'refuse',
    /are fetched, 10 B are free$/,
    ({ ends }) => Object.assign(ends.target, { free: 10 }),
  ],
  [
    'target_has_room',
    'refuse',
    /not known$/,
    ({ ends }) => Object.assign(ends.store.marker, { whole_bytes: null }),
  ],
  ['name_is_free_or_holds_a_fetch', 'pass', /is free$/],
  [
    'name_is_free_or_holds_a_fetch',
    'pass',
    /already$/,
    facts => facts.repositories.push(there({ settings: { location: into } })),
  ],
  [
    'name_is_free_or_holds_a_fetch',
    'refuse',
    /type fs for \/elsewhere$/,
    facts => facts.repositories.push(there({ settings: { location: '/elsewhere' } })),
  ],
  ['nobody_restores_from_the_target', 'pass', /^no restore/],
  [
    'nobody_restores_from_the_target',
    'refuse',
    /^one is being restored/,
    facts =>
      facts.restores.push({ repository: 'elk_offsite_copy', snapshot: 'one', state: 'STARTED', shards: [] }),
  ],
]

/** A repository that has been copied once. */
async function copied(): Promise<OffsiteWorld> {
  const made = await begin()
  expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
  return made
}

async function expectFetched({ world, offsite }: OffsiteWorld, generation = 2): Promise<void> {
  const wanted = [...(offsite.named.get(generation) ?? []), `index-${generation}`]
  expect([...offsite.target]).to.include.members(wanted)
  const found = (await world.cluster.snapshots.repositories()).find(({ name }) => name === 'elk_offsite_copy')
  expect(found).to.deep.include({ type: 'fs', readOnly: true })
  expect(found?.settings.location).to.equal(into)
}

/** What was fetched is what the cluster finds there. */
function holdCopyInTarget({ world }: OffsiteWorld): void {
  const { stores } = world.cluster.state as unknown as { stores: Record<string, unknown> }
  stores[into] = stores['/srv/elk_backup']
}

describe('offsite-fetch', () => {
  let calm: FetchFacts
  before(async () => {
    const { world } = await copied()
    calm = await lookAtFetch(lookOf(world.begin().engine, null), schema.parse({}))
  })

  it('has gates that all pass on a whole copy, each with both kinds of case', () => {
    expect(gates.filter(({ check }) => !check(calm, schema.parse({})).pass)).to.deep.equal([])
    const names = gates.map(({ name }) => name)
    expect(cases.filter(([gate]) => !names.includes(gate))).to.deep.equal([])
    for (const { name, prevents } of gates) {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      const own = cases.filter(([gate]) => gate === name).map(([, says]) => says)
      expect(new Set(own), name).to.deep.equal(new Set(['pass', 'refuse']))
    }
  })

  for (const [name, says, evidence, change] of cases)
    it(`${name}: ${says === 'pass' ? 'passes' : 'refuses'} with ${evidence.source}`, () => {
      const facts = structuredClone(calm)
      change?.(facts)
      const found = gates.find(gate => gate.name === name)?.check(facts, schema.parse({}))
      expect(found?.evidence).to.match(evidence)
      expect(found?.pass).to.equal(says === 'pass')
    })

  it('fetches the copy, registers it read-only and says which snapshots it holds', async () => {
    const made = await copied()
    holdCopyInTarget(made)
    expect(await run(made.world.begin(), offsiteFetch)).to.include({ outcome: 'succeeded' })
    await expectFetched(made)
    const said = (await made.world.journal.read('run-2')).find(({ type }) => type === 'remark')
    expect(said?.text).to.match(/^elk_offsite_copy holds 2 snapshots, read-only: one, two;/)
  })

  it('takes the last whole copy where a newer one is unfinished, and refuses where there is none', async () => {
    const made = await copied()
    holdCopyInTarget(made)
    await snapshot(made, 'three')
    made.offsite.marker = { ...made.offsite.marker, state: 'unfinished', generation: 3 }
    expect(await run(made.world.begin(), offsiteFetch)).to.include({ outcome: 'succeeded' })
    await expectFetched(made, 2)
    made.offsite.marker = { ...made.offsite.marker, whole: null }
    expect(failureOf(await run(made.world.begin(), offsiteFetch))).to.include({ code: 'GATE_REFUSED' })
  })

  it('does not call an empty repository a copy', async () => {
    const made = await copied()
    expect(failureOf(await run(made.world.begin(), offsiteFetch))).to.include({ code: 'REPOSITORY_BROKEN' })
  })

  it('ends the same when its process dies at any record and is carried on', async () => {
    const counted = await copied()
    holdCopyInTarget(counted)
    const process = counted.world.begin()
    expect(await run(process, offsiteFetch)).to.include({ outcome: 'succeeded' })
    for (let record = 1; record <= process.life.appends; record++)
      for (const when of ['before', 'after'] as const) await killAndCarryOn({ record, when })
  })
})

async function killAndCarryOn(cut: Cut): Promise<void> {
  const made = await copied()
  holdCopyInTarget(made)
  const said = `killed ${cut.when} record ${cut.record}`
  expect(await run(made.world.begin({ cut }), offsiteFetch), said).to.equal('killed')
  const [last] = await made.world.journal.runs()
  const begun = last?.run === 'run-2'
  if (begun && last.outcome === 'succeeded') return expectFetched(made)
  const end = begun
    ? await carryOn(made.world.begin(), 'run-2', offsiteFetch)
    : await run(made.world.begin(), offsiteFetch)
  expect(end, said).to.include({ outcome: 'succeeded', exitCode: 0 })
  await expectFetched(made)
}
