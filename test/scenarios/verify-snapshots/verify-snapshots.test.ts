// Verifications on a fake cluster: whose turn it is, what is found, what is remembered, and that nothing stays behind.
import { expect } from 'chai'
import { lookAtVerification } from '../../../runbooks/verify-snapshots/facts.ts'
import { gates } from '../../../runbooks/verify-snapshots/gates/index.ts'
import { budgetBytes, params as schema } from '../../../runbooks/verify-snapshots/params.ts'
import verifySnapshots from '../../../runbooks/verify-snapshots/runbook.ts'
import { chooseSample } from '../../../runbooks/verify-snapshots/sample.ts'
import { readVerification } from '../../../runbooks/verify-snapshots/verification.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  backedUp,
  type CrashCase,
  carryOn,
  corrupt,
  crashEverywhere,
  crm8,
  crm9,
  expectTidy,
  names,
  nginx,
  planOn,
  type RestoreWorld,
  remarksOf,
  repository,
  run,
  spoilSnapshot,
} from '../restore/world.ts'

const all = ['.security-7', ...names]
const verify = (made: RestoreWorld, params: JsonObject = {}) =>
  run(made.world.begin(), params, new Map(), verifySnapshots)
const keptOf = ({ world }: RestoreWorld, index: string) => readVerification(world.evidence, repository, index)

const candidate = (index: string, bytes: number, provenAtMs: number | null) => ({
  index,
  bytes,
  provenAtMs,
  shards: 1,
})

describe('verify-snapshots', () => {
  it('restores a sample one after the other, proves it, remembers it, and leaves nothing', async () => {
    const made = await backedUp()
    let most = 0
    const watch = setInterval(() => {
      const drills = made.world.cluster.state.indices.filter(({ name }) => name.startsWith('drill-'))
      most = Math.max(most, drills.length)
    }, 0)
    const end = await verify(made)
    clearInterval(watch)
    expect(end).to.include({ outcome: 'succeeded' })
    expect(most).to.equal(1)
    expectTidy(made, all)
    for (const name of names)
      expect(await keptOf(made, name)).to.deep.include({ verdict: 'equal', differences: [], run: 'run-1' })
    const said = await remarksOf(made)
    expect(said).to.match(/nginx\.access-2025\.04\.09: 5,000 documents, 20 MiB, as the manifest says, \d/)
    expect(said).to.match(/the oldest verification is \d+ s old; 3 indices/)
  })

  it('gives the longest unverified its turn, night after night, and says how old the oldest proof is', async () => {
    const made = await backedUp()
    const turns: string[] = []
    for (let night = 0; night < 4; night++) {
      const { body } = await planOn(made.world.begin(), { most: 1 }, new Map(), verifySnapshots)
      turns.push((body.details as { sample: { index: string }[] }).sample.map(({ index }) => index).join())
      expect(await verify(made, { most: 1 })).to.include({ outcome: 'succeeded' })
      await made.world.clock.sleep(86_400_000)
    }
    expect(turns).to.deep.equal([crm8, crm9, nginx, crm8])
    const { body } = await planOn(made.world.begin(), {}, new Map(), verifySnapshots)
    expect(body.notes.join()).to.match(/the oldest verification is 3 d old/)
    expect(body.effects.join()).to.match(/crm\.app-2025\.04\.09 \(120 MiB, verified 3 d ago\)/)
  })

  it('goes on after an index that differs and one that cannot be restored, names both, and ends failed', async () => {
    const made = await backedUp()
    expect(await verify(made)).to.include({ outcome: 'succeeded' })
    const before = await keptOf(made, crm8)
    spoilSnapshot(made, crm8, 9, 'gone')
    corrupt(made, crm9, 1)
    await made.world.clock.sleep(1000)
    const error = failureOf(await verify(made))
    expect(error).to.include({ code: 'CONTENT_DIFFERS', exitCode: 1 })
    expect(error.message).to.include(
      'crm.app-2025.04.08 differs from the manifest: 9,999 documents instead of 10,000',
    )
    expect(error.message).to.match(/crm\.app-2025\.04\.09: not restored: drill-run-2-.*\[1\]/)
    expectTidy(made, all)
    const after = await keptOf(made, crm8)
    expect(after).to.include({ verdict: 'differs', run: 'run-2', provenAt: before?.provenAt })
    expect(await keptOf(made, crm9)).to.include({ verdict: 'not-restored' })
    expect(await keptOf(made, nginx)).to.include({ verdict: 'equal', run: 'run-2' })
  })

  it('calls nothing proven that it had no manifest for', async () => {
    const made = await backedUp()
    await made.world.evidence.remove('manifest', `${repository}/daily_2025-04-10`)
    const waivers = new Map([['manifest_is_there', 'an old one']])
    const end = await run(made.world.begin(), { most: 1 }, waivers, verifySnapshots)
    expect(end).to.include({ outcome: 'succeeded' })
    expect(await keptOf(made, crm8)).to.include({ verdict: 'restored', provenAt: null })
    expect(await remarksOf(made)).to.include('no index has ever been verified')
  })

  it('says nothing of an index when it is the cluster that is in trouble', async () => {
    const made = await backedUp()
    const process = made.world.begin()
    const ending = run(process, { stall: '30s' }, new Map(), verifySnapshots)
    await made.world.clock.sleep(300)
    made.world.cluster.set({ failure: { code: 'CLUSTER_AUTH', message: 'the password has expired' } })
    expect(failureOf(await ending).code).to.equal('CLUSTER_AUTH')
    expect(await keptOf(made, crm8)).to.equal(null)
    made.world.cluster.set({ failure: null })
    expect(await carryOn(made.world.begin(), 'abort', 'run-1', verifySnapshots)).to.include({
      outcome: 'aborted',
    })
    expectTidy(made, all)
  })

  it('stops at Ctrl-C with nothing left, and carries on with the rest', async () => {
    const made = await backedUp()
    const process = made.world.begin()
    const ending = run(process, {}, new Map(), verifySnapshots)
    while ((await keptOf(made, crm8)) === null) await made.world.clock.sleep(100)
    process.control.halt('interrupt')
    expect(await ending).to.include({ outcome: 'interrupted' })
    expectTidy(made, all)
    const before = await keptOf(made, crm8)
    expect(await carryOn(made.world.begin(), 'resume', 'run-1', verifySnapshots)).to.include({
      outcome: 'succeeded',
    })
    expect(await keptOf(made, crm8)).to.deep.equal(before)
    expect(await keptOf(made, nginx)).to.include({ verdict: 'equal' })
  })

  describe('killed at every record', function () {
    this.timeout(120_000)
    const crash: CrashCase = {
      make: () => backedUp(),
      params: { most: 2 },
      runbook: verifySnapshots,
      expectDone: async made => {
        expectTidy(made, all)
        for (const name of [crm8, crm9]) expect(await keptOf(made, name)).to.include({ verdict: 'equal' })
      },
      expectUndone: made => expectTidy(made, all),
    }
    it('carries on', () => crashEverywhere(crash, 'resume'))
    it('leaves nothing', () => crashEverywhere(crash, 'abort'))
  })

  describe('the sample', () => {
    const inLine = [
      candidate('a', 10, 300),
      candidate('b', 60, null),
      candidate('c', 30, 100),
      candidate('d', 5, null),
    ]
    const namesOf = (budget: number, most: number) =>
      chooseSample(inLine, budget, most).chosen.map(({ index }) => index)

    it('takes those never verified first, then the oldest, as far as the budget goes', () => {
      expect(namesOf(1000, 10)).to.deep.equal(['b', 'd', 'c', 'a'])
      expect(namesOf(1000, 2)).to.deep.equal(['b', 'd'])
      expect(namesOf(70, 10)).to.deep.equal(['b', 'd'])
      expect(namesOf(40, 10)).to.deep.equal(['d', 'c'])
    })

    it('names those that are larger than the whole budget', () => {
      expect(chooseSample(inLine, 40, 10).tooLarge.map(({ index }) => index)).to.deep.equal(['b'])
    })

    it('reads shares and sizes', () => {
      expect(budgetBytes('10%', 5000)).to.equal(500)
      expect(budgetBytes('2GB', 1)).to.equal(2_000_000_000)
    })
  })

  describe('the gates of their own', () => {
    const judge = async (name: string, prepare: (made: RestoreWorld) => void, params: JsonObject = {}) => {
      const made = await backedUp()
      prepare(made)
      const given = schema.parse(params)
      const facts = await lookAtVerification(lookOf(made.world.begin().engine, null), given)
      const found = gates.find(one => one.name === name)?.check(facts, given)
      return `${found?.pass === true ? 'pass' : 'refuse'}: ${found?.evidence}`
    }

    it('want a budget that bears an index', async () => {
      expect(await judge('budget_bears_an_index', () => {})).to.equal('pass: 3 of 3 indices')
      expect(await judge('budget_bears_an_index', () => {}, { budget: '1MB' })).to.match(
        /^refuse: the smallest index has 20 MiB, the budget is 977 KiB$/,
      )
    })

    it('want the copies of killed verifications to be gone', async () => {
      expect(await judge('no_earlier_copy_lies_about', () => {})).to.equal('pass: no drill-* index is there')
      const left = ({ world }: RestoreWorld) =>
        world.cluster.act({ do: 'create-index', index: { name: `drill-run-0-${crm8}`, tier: 'data_hot' } })
      expect(await judge('no_earlier_copy_lies_about', left)).to.match(
        /^refuse: drill-run-0-.* is still there/,
      )
    })

    it('want room for the largest of the sample, which is restored alone', async () => {
      expect(await judge('enough_disk', () => {})).to.match(/^pass: 120 MiB with every copy/)
      expect(await judge('indices_match', () => {}, { indices: 'erp*' })).to.match(/^refuse: erp\*/)
    })

    it('have names that are sentences, each once', () => {
      expect(new Set(gates.map(({ name }) => name)).size).to.equal(gates.length)
      for (const { name, prevents } of gates) {
        expect(name).to.match(/^[a-z]+(_[a-z]+)+$/)
        expect(prevents, name).to.match(/^[A-Z].{15,}\.$/)
      }
    })
  })
})
