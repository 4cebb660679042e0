// Restores on a fake cluster: proven equal, or failed with the shard or the index named; never anything left over that was not
// asked for.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  backedUp,
  backUp,
  type CrashCase,
  carryOn,
  corrupt,
  crashEverywhere,
  crm8,
  crm9,
  drop,
  emptyWorld,
  expectTidy,
  indexNames,
  names,
  nginx,
  nightly,
  planOn,
  type RestoreWorld,
  remarksOf,
  repository,
  run,
  spoilSnapshot,
} from './world.ts'

const all = ['.security-7', ...names]
const crm: JsonObject = { indices: 'crm.app-*' }
const copies = (id = 'run-1') => [crm8, crm9].map(name => `restored-${id}-${name}`)
const real: JsonObject = { indices: 'crm.app-*', into: 'place', stopWriters: true }
const agreed = new Map([['restore_over_an_existing_index_is_approved', 'its shards are corrupt']])

const indexOf = ({ world }: RestoreWorld, name: string) =>
  world.cluster.state.indices.find(one => one.name === name || one.aliases.includes(name))

/** crm8 is gone, and crm9 is not what it was. */
async function harmed(): Promise<RestoreWorld> {
  const made = await backedUp()
  drop(made, crm8)
  made.world.cluster.act({ do: 'spoil-document', index: crm9, document: 7, how: 'gone' })
  return made
}

/** The run, and the other person's approval. */
async function approved(made: RestoreWorld, params: JsonObject): Promise<RunEnd | 'killed'> {
  expect(await run(made.world.begin(), params, agreed)).to.include({ outcome: 'waiting', exitCode: 3 })
  await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
  return carryOn(made.world.begin())
}

describe('restore', () => {
  it('restores beside what is there, proves it by the manifest, and says how long it took', async () => {
    const made = await backedUp()
    expect(await run(made.world.begin(), crm)).to.include({ outcome: 'succeeded' })
    expectTidy(made, [...all, ...copies()])
    const said = await remarksOf(made)
    expect(said).to.match(/crm\.app-2025\.04\.08: 10,000 documents, 60 MiB, as the manifest says/)
    expect(said).to.match(/2 indices, 30,000 documents, 180 MiB restored in \d+\.\d s .*compared in/)
    expect(said).to.match(/RTO \d+ s: proven at .*; RPO \d+ s: what was written after .* is not in daily_/)
    expect(said).to.include('restored-run-1-* stay until somebody deletes them')
    expect(made.writers.history).to.deep.equal([])
    expect(indexOf(made, copies()[0] ?? '')).to.include({ replicas: 0 })
  })

  it('leaves out what would delete or redirect a restored copy', async () => {
    const made = emptyWorld({
      indices: [
        {
          name: crm8,
          tier: 'data_hot',
          settings: {
            'index.lifecycle.name': 'logs-90d',
            'index.default_pipeline': 'app',
            'index.refresh_interval': '30s',
          },
        },
      ],
    })
    await backUp(made)
    expect(await run(made.world.begin(), { indices: crm8 })).to.include({ outcome: 'succeeded' })
    expect(indexOf(made, `restored-run-1-${crm8}`)?.settings).to.deep.equal({
      'index.refresh_interval': '30s',
    })
  })

  it('takes the newest whole snapshot of ours for the latest, and another one where it is named', async () => {
    const made = await backedUp()
    await backUp(made, 'daily_2025-04-11')
    await made.world.cluster.snapshots.create({
      ...{ repository, name: 'by-hand', indices: [crm8], globalState: false, metadata: {} },
    })
    await made.world.clock.sleep(60_000)
    const { body } = await planOn(made.world.begin(), crm)
    expect(body.effects.join('\n')).to.include('of daily_2025-04-11 as')
    const older = await planOn(made.world.begin(), { ...crm, snapshot: nightly })
    expect(older.body.effects.join('\n')).to.include(`of ${nightly} as`)
  })

  it('finds the manifest beside the files where this state directory has none', async () => {
    const made = emptyWorld()
    const manifest = await backUp(made)
    await made.world.evidence.remove('manifest', `${repository}/${nightly}`)
    const { gzipSync } = await import('node:zlib')
    made.beside.manifest = gzipSync(JSON.stringify(manifest)).toString('base64')
    expect(await run(made.world.begin(), crm)).to.include({ outcome: 'succeeded' })
    expect(await remarksOf(made)).to.include('as the manifest says')
  })

  it('restores without a manifest when that is waived, and never calls that proven', async () => {
    const made = await backedUp()
    await made.world.evidence.remove('manifest', `${repository}/${nightly}`)
    const waived = new Map([['manifest_is_there', 'taken before there were any']])
    expect(failureOf(await run(made.world.begin(), crm)).message).to.include('manifest_is_there')
    expect(await run(made.world.begin(), crm, waived)).to.include({ outcome: 'succeeded' })
    expect(await remarksOf(made, 'run-2')).to.include('its content was not compared')
  })

  it('names the shard whose recovery vanishes, and deletes what it has restored', async () => {
    const made = await backedUp()
    corrupt(made, crm9, 1)
    const error = failureOf(await run(made.world.begin(), crm))
    expect(error).to.include({ code: 'RESTORE_FAILED', exitCode: 1 })
    expect(error.message).to.match(/restored-run-1-crm\.app-2025\.04\.09\[1\]: .*\(its restore has failed\)/)
    expect(error.message).to.include('deleted again: 2 restored indices')
    expectTidy(made, all)
  })

  it('keeps the copies of a failed restore for a look at them where it is asked to, until it is aborted', async () => {
    const made = await backedUp()
    spoilSnapshot(made, crm8, 3, 'gone')
    const error = failureOf(await run(made.world.begin(), { ...crm, keep: true }))
    expect(error.message).to.include('kept for a look: restored-run-1-*')
    expect(indexNames(made)).to.include(copies()[0])
    expect(await carryOn(made.world.begin(), 'abort')).to.include({ outcome: 'aborted' })
    expectTidy(made, all)
  })

  it('names the index that lacks a document, whichever it is', async () => {
    const made = await backedUp()
    spoilSnapshot(made, crm8, 4711, 'gone')
    const error = failureOf(await run(made.world.begin(), crm))
    expect(error).to.include({ code: 'CONTENT_DIFFERS', exitCode: 1 })
    expect(error.message).to.include(
      'crm.app-2025.04.08 differs from the manifest: 9,999 documents instead of 10,000',
    )
    expectTidy(made, all)
  })

  it('names the document that is another one, where it is among the samples', async () => {
    const made = await backedUp()
    const [{ id } = expect.fail('no sample')] = await made.world.cluster.indices.sample(crm9, 50, 1)
    spoilSnapshot(made, crm9, Number(id.slice(4)), 'changed')
    const error = failureOf(await run(made.world.begin(), crm))
    expect(error.message).to.include(
      `crm.app-2025.04.09 differs from the manifest: documents are others: ${id}`,
    )
  })

  it('gives up on shards that come no nearer, with the reason of the servers, and leaves nothing', async () => {
    const made = await backedUp()
    made.world.cluster.change(state => {
      state.settings.persistent['cluster.routing.allocation.enable'] = 'none'
    })
    const error = failureOf(await run(made.world.begin(), { ...crm, stall: '30s' }))
    expect(error.code).to.equal('RESTORE_FAILED')
    expect(error.message).to.match(/come no nearer: 0 of 3 shards/)
    expectTidy(made, all)
  })

  it('takes a restore whose answer is lost for begun when its indices are there, and begins it again when not', async () => {
    for (const how of ['done', 'not-done'] as const) {
      const made = await backedUp()
      made.world.cluster.set({ lostCalls: [{ call: 'snapshots.restore', how }] })
      expect(await run(made.world.begin(), crm), how).to.include({ outcome: 'succeeded' })
      expectTidy(made, [...all, ...copies()])
    }
  })

  it('deletes exactly what it has made even when that answer is lost', async () => {
    for (const how of ['done', 'not-done'] as const) {
      const made = await backedUp()
      corrupt(made, crm8)
      made.world.cluster.set({ lostCalls: [{ call: 'indices.remove', how }] })
      expect(failureOf(await run(made.world.begin(), crm)).code, how).to.equal('RESTORE_FAILED')
      expectTidy(made, all)
    }
  })

  it('stops at Ctrl-C with nothing left, and restores anew on resume', async () => {
    const made = await backedUp({ restoreBytesPerSecond: 4_000_000 })
    const process = made.world.begin()
    const ending = run(process, crm)
    await made.world.clock.sleep(2500)
    process.control.halt('interrupt')
    expect(await ending).to.include({ outcome: 'interrupted', exitCode: 130 })
    expectTidy(made, all)
    expect(await carryOn(made.world.begin())).to.include({ outcome: 'succeeded' })
    expectTidy(made, [...all, ...copies()])
  })

  describe('for real', () => {
    it('puts back what is gone under its own name, writers standing still meanwhile', async () => {
      const made = await backedUp()
      drop(made, crm8)
      expect(await run(made.world.begin(), { ...real, indices: crm8 })).to.include({ outcome: 'succeeded' })
      expectTidy(made, all)
      expect(indexOf(made, crm8)).to.include({ replicas: 1 })
      expect(made.writers.history).to.deep.equal([
        'stop logstash01',
        'stop logstash02',
        'start logstash01',
        'start logstash02',
      ])
      expect(await remarksOf(made)).to.include('restored indices have no lifecycle policy')
    })

    it('replaces what is there only with the approval of another person, proven before it is deleted', async () => {
      const made = await harmed()
      expect(failureOf(await run(made.world.begin(), real)).message).to.match(
        /restore_over_an_existing_index_is_approved: crm\.app-2025\.04\.09 \(open\) would be deleted and replaced/,
      )
      expect(await run(made.world.begin(), real, agreed)).to.include({ outcome: 'waiting', exitCode: 3 })
      await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-2')
      expect(await carryOn(made.world.begin(), 'resume', 'run-2')).to.include({ outcome: 'succeeded' })
      expectTidy(made, ['.security-7', crm8, nginx, `restored-run-2-${crm9}`])
      const content = await made.world.cluster.indices.content([`restored-run-2-${crm9}`])
      expect(content[0]?.docs).to.equal(20_000)
      expect(indexOf(made, crm9)?.aliases).to.deep.equal([crm9])
    })

    it('leaves the old index alone when the restored one differs, and the writers run', async () => {
      const made = await harmed()
      const before = indexOf(made, crm9)?.uuid
      spoilSnapshot(made, crm9, 5, 'gone')
      const error = failureOf(await approved(made, real))
      expect(error.code).to.equal('CONTENT_DIFFERS')
      expectTidy(made, ['.security-7', crm9, nginx])
      expect(indexOf(made, crm9)?.uuid).to.equal(before)
    })

    it('never deletes an index that was made since the plan', async () => {
      const made = await harmed()
      const process = made.world.begin()
      expect(await run(process, real, agreed)).to.include({ outcome: 'waiting' })
      await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
      const next = made.world.begin()
      const ending = carryOn(next)
      await made.world.clock.sleep(4000)
      drop(made, crm9)
      made.world.cluster.act({ do: 'create-index', index: { name: crm9, tier: 'data_hot' } })
      const error = failureOf(await ending)
      expect(error).to.include({ code: 'PLAN_CHANGED', exitCode: 4 })
      expect(error.message).to.include('everything is restored and proven, and not all of it is in its place')
      expect(indexNames(made)).to.include(crm9)
      expect([...made.writers.running]).to.have.length(2)
    })

    it('restores over no index that somebody makes in between', async () => {
      const made = await backedUp()
      drop(made, crm8)
      const process = made.world.begin()
      const ending = run(process, { ...real, indices: crm8 })
      await made.world.clock.sleep(500)
      made.world.cluster.act({ do: 'create-index', index: { name: crm8, tier: 'data_hot', docs: 3 } })
      expect(failureOf(await ending).code).to.equal('INDEX_EXISTS')
      expectTidy(made, all)
      expect(indexOf(made, crm8)?.docs).to.equal(3)
    })

    it('has consumers read again what came in since the snapshot began, and says how much', async () => {
      const made = await backedUp()
      await made.world.clock.sleep(600_000)
      drop(made, crm8)
      const params = { ...real, indices: crm8, backfill: true, margin: '1m' }
      const offset = () => made.kafka.state.groups[0]?.offsets['raw-logs-0'] ?? 0
      const before = offset()
      const { body } = await planOn(made.world.begin(), params)
      expect(body.notes.join('\n')).to.match(
        /logstash reads 6\d,\d\d\d records again, those since 2025-04-10T/,
      )
      let least = Number.POSITIVE_INFINITY
      const process = made.world.begin()
      const watch = setInterval(() => {
        least = Math.min(least, offset())
      }, 0)
      const end = await run(process, params)
      clearInterval(watch)
      expect(end).to.include({ outcome: 'succeeded' })
      expectTidy(made, all)
      expect(await remarksOf(made)).to.match(/logstash reads \d\d,\d\d\d records again/)
      const records = await made.world.journal.read('run-1')
      const step = records.find(
        ({ type, step: key }) => type === 'step.intent' && key === 'logstash.set-back',
      )
      const [{ offset: was } = expect.fail('nobody was set back')] = (step?.before ?? []) as {
        offset: number
      }[]
      expect(was).to.be.at.least(Math.floor(before))
      expect(made.kafka.state.groups[0]?.members).to.have.length(4)
      expect(least).to.be.lessThan(was - 10_000)
    })

    it('says which part of the gap Kafka no longer has', async () => {
      const made = await backedUp()
      await made.world.clock.sleep(3_600_000)
      drop(made, crm8)
      made.kafka.change(({ topics }) => {
        for (const partition of topics[0]?.partitions ?? []) partition.start = partition.end - 25 * 1800
      })
      const params = { ...real, indices: crm8, backfill: true }
      const { body } = await planOn(made.world.begin(), params)
      const halfAnHourAgo = new Date(made.world.clock.now().getTime() - 1_800_000).toISOString().slice(0, 15)
      expect(body.notes.join('\n')).to.include(`of those before ${halfAnHourAgo}`)
      expect(await run(made.world.begin(), params)).to.include({ outcome: 'succeeded' })
      expect(await remarksOf(made)).to.include('that part of the gap stays')
    })

    it('says so when the writers cannot be started again, and abort starts them', async () => {
      const made = await backedUp()
      drop(made, crm8)
      made.world.ansible.trouble('logstash02', 'fails', { playbook: 'service_start.yml' })
      const error = failureOf(await run(made.world.begin(), { ...real, indices: crm8 }))
      expect(error.exitCode).to.equal(4)
      expect(error.message).to.include('not started again: logstash on logstash01 and logstash02')
      made.world.ansible.mend('logstash02')
      await carryOn(made.world.begin(), 'abort')
      expectTidy(made, all)
    })
  })

  describe('killed at every record', function () {
    this.timeout(120_000)
    const beside: CrashCase = {
      make: () => backedUp(),
      params: crm,
      expectDone: (made, id) => expectTidy(made, [...all, ...copies(id)]),
      expectUndone: made => expectTidy(made, all),
    }
    const place: CrashCase = {
      make: harmed,
      params: {},
      prepare: async made => {
        const params = { ...real, backfill: true }
        expect(await run(made.world.begin(), params, agreed)).to.include({ outcome: 'waiting' })
        await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
      },
      expectDone: async made => {
        expectTidy(made, ['.security-7', crm8, nginx, `restored-run-1-${crm9}`])
        const content = await made.world.cluster.indices.content([crm8, `restored-run-1-${crm9}`])
        expect(content.map(({ docs }) => docs)).to.deep.equal([10_000, 20_000])
        expect(indexOf(made, crm9)?.aliases).to.deep.equal([crm9])
      },
      expectUndone: made => expectTidy(made, ['.security-7', crm9, nginx]),
    }

    it('carries on beside what is there', () => crashEverywhere(beside, 'resume'))
    it('leaves nothing beside what is there, or all of it proven', () => crashEverywhere(beside, 'abort'))
    it('carries on for real', () => crashEverywhere(place, 'resume'))
    it('leaves everything as it was for real, or has put it in place whole', () =>
      crashEverywhere(place, 'abort'))
  })
})
