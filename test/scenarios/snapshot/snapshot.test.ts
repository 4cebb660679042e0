// Snapshots on a fake cluster: whole, incremental, failed in every way there is, interrupted, and killed at every record.
import { expect } from 'chai'
import { unpackManifest } from '../../../runbooks/snapshot/keep-manifest.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  type BackupWorld,
  beginBackup,
  carryOn,
  expectTaken,
  kept,
  manifestKeys,
  manifestOf,
  planOn,
  remarksOf,
  take,
} from './world.ts'

const first = 'daily_2025-04-10'
/** So slow that something can happen meanwhile. */
const slow = { snapshotBytesPerSecond: 400_000 }
const spoilLater = (backup: BackupWorld, trouble: object, afterMs = 6000): void =>
  backup.world.cluster.later(afterMs, { do: 'store', repository: 'elk_backup', trouble })

describe('snapshot', () => {
  it('takes one while clients write, and keeps a manifest of it in both places', async () => {
    const backup = beginBackup()
    expect(await take(backup.world.begin(), { reason: 'nightly' })).to.include({ outcome: 'succeeded' })
    await expectTaken(backup, first)
    const manifest = await manifestOf(backup, first)
    expect(manifest?.indices).to.have.length(7)
    const crm = manifest?.indices.find(({ index }) => index === 'crm.app-2025.04.10')
    expect(crm?.samples).to.have.length(200)
    expect(crm?.docs.most).to.be.greaterThan(crm?.docs.least ?? 0)
    const erp = manifest?.indices.find(({ index }) => index === 'erp.app-2025.04.10')
    expect(erp?.docs).to.deep.equal({ least: 300, most: 300 })
    expect(unpackManifest(backup.files.manifests.get(first) ?? '')).to.deep.equal(manifest)
    const [taken] = await backup.world.cluster.snapshots.list('elk_backup')
    expect(taken?.metadata).to.include({ taken_by: 'ops', run: 'run-1', reason: 'nightly' })
    expect(backup.files.looks).to.equal(1)
    expect(await remarksOf(backup)).to.match(
      /^elk_backup\/daily_2025-04-10: SUCCESS, 7 indices, 8 shards, .* found by es-repo01; the manifest lies beside it/,
    )
  })

  it('says in the plan what is taken, where, and what is looked at afterwards', async () => {
    const { body, gates } = await planOn(beginBackup().world.begin())
    expect(gates.filter(({ verdict }) => verdict !== 'pass')).to.deep.equal([])
    expect(body.effects[0]).to.match(/^take elk_backup\/daily_2025-04-10: 7 indices, 8 shards, /)
    expect(body.notes.join('\n')).to.match(/it is the first one: every byte is copied\nafterwards every file/)
  })

  it('copies only what is new the second time, under a name with the time', async () => {
    const backup = beginBackup()
    await take(backup.world.begin())
    expect(await take(backup.world.begin())).to.include({ outcome: 'succeeded' })
    const [, second] = await backup.world.cluster.snapshots.list('elk_backup')
    expect(second?.name).to.match(/^daily_2025-04-10_08\d\d$/)
    const { totalBytes, incrementalBytes } = await backup.world.cluster.snapshots.progress(
      'elk_backup',
      second?.name ?? '',
    )
    expect(incrementalBytes).to.be.lessThan(totalBytes / 2)
  })

  it('remembers the documents of an index that nobody writes to from the manifest before', async () => {
    const backup = beginBackup()
    await take(backup.world.begin())
    await take(backup.world.begin(), { name: 'second' })
    const [old, now] = [await manifestOf(backup, first), await manifestOf(backup, 'second')]
    const samplesOf = (manifest: typeof old, index: string) =>
      manifest?.indices.find(one => one.index === index)?.samples
    const closed = 'crm.app-2025.04.01'
    expect(samplesOf(now, closed)).to.deep.equal(samplesOf(old, closed))
    const written = 'crm.app-2025.04.10'
    expect(samplesOf(now, written)).not.to.deep.equal(samplesOf(old, written))
  })

  it('does without the files where no host has them, and says so', async () => {
    const backup = beginBackup({}, false)
    expect(await take(backup.world.begin())).to.include({ outcome: 'succeeded' })
    expect(await manifestKeys(backup)).to.deep.equal([`elk_backup/${first}`])
    expect(await remarksOf(backup)).to.match(/nobody has looked at its files.*in the state directory alone/)
  })

  for (const how of ['done', 'not-done'] as const)
    it(`is taken once when the answer to its beginning is lost and it was ${how}`, async () => {
      const backup = beginBackup()
      backup.world.cluster.set({ lostCalls: [{ call: 'snapshots.create', how }] })
      expect(await take(backup.world.begin())).to.include({ outcome: 'succeeded' })
      await expectTaken(backup, first)
    })

  it('fails and names the shard when it ends PARTIAL, leaves it and keeps no manifest', async () => {
    const backup = beginBackup(slow)
    spoilLater(backup, { losesBlobs: ['crm.app-2025.04.10[1]'] })
    const error = failureOf(await take(backup.world.begin()))
    expect(error).to.include({ code: 'SNAPSHOT_FAILED', exitCode: 1 })
    expect(error.message).to.match(/says PARTIAL.*crm\.app-2025\.04\.10\[1\]: NoSuchFileException/)
    expect(kept(backup)).to.deep.equal([`${first} PARTIAL`])
    expect(await manifestKeys(backup)).to.deep.equal(['draft/run-1'])
  })

  it('fails when the cluster says SUCCESS and a file is not in the repository', async () => {
    const backup = beginBackup()
    await take(backup.world.begin())
    const { world } = backup
    const process = world.begin()
    const ended = take(process, { name: 'second' })
    while (!kept(backup).includes('second IN_PROGRESS')) await new Promise(setImmediate)
    const at = { repository: 'elk_backup', snapshot: 'second', index: 'erp.app-2025.04.10', shard: 0 }
    world.cluster.act({ do: 'corrupt', ...at })
    const error = failureOf(await ended)
    expect(error).to.include({ code: 'SNAPSHOT_FAILED', exitCode: 1 })
    expect(error.message).to.match(
      /says SUCCESS and is not whole: erp\.app-2025\.04\.10\[0\]: .* is not there/,
    )
    expect(await manifestOf(backup, 'second')).to.equal(null)
  })

  it('fails when it is gone at its end, as in a repository that is full', async () => {
    const backup = beginBackup(slow)
    spoilLater(backup, { full: true })
    const error = failureOf(await take(backup.world.begin()))
    expect(error).to.include({ code: 'SNAPSHOT_FAILED' })
    expect(error.message).to.include('is gone')
  })

  it('fails when a node cannot write to the repository any more at its end', async () => {
    const backup = beginBackup(slow)
    spoilLater(backup, { missingOn: ['es-node02'] })
    const error = failureOf(await take(backup.world.begin()))
    expect(error).to.include({ code: 'SNAPSHOT_FAILED' })
    expect(error.message).to.include('es-node02')
  })

  it('stops when nothing comes nearer, and goes on when it does again', async () => {
    const backup = beginBackup(slow)
    spoilLater(backup, { stalls: ['*'] })
    const error = failureOf(await take(backup.world.begin()))
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(kept(backup)).to.deep.equal([`${first} IN_PROGRESS`])
    backup.world.cluster.act({ do: 'store', repository: 'elk_backup', trouble: { stalls: [] } })
    expect(await carryOn(backup.world.begin())).to.include({ outcome: 'succeeded' })
    await expectTaken(backup, first)
  })

  it('excuses an index that was deleted before the snapshot began, and says so', async () => {
    const backup = beginBackup()
    const process = backup.world.begin()
    const plan = await planOn(process)
    backup.world.cluster.act({ do: 'delete-index', name: 'erp.app-2025.04.10' })
    const { startRun } = await import('../../../src/engine/run.ts')
    const end = await startRun(process.engine, plan, process.control)
    process.life.kill()
    expect(end).to.include({ outcome: 'succeeded' })
    expect((await manifestOf(backup, first))?.indices).to.have.length(6)
    expect(await remarksOf(backup)).to.include('deleted since the plan: erp.app-2025.04.10')
  })

  it('remarks that it holds much less than those before it', async () => {
    const backup = beginBackup()
    for (const name of ['one', 'two', 'three']) await take(backup.world.begin(), { name })
    await take(backup.world.begin(), { name: 'four', indices: 'mysql.log-*' })
    expect(await remarksOf(backup, 'run-4')).to.match(/elk_backup\/four: it holds \d+ % of what earlier ones/)
  })

  it('leaves the cluster at it when it is interrupted, and sees it through when it is carried on', async () => {
    const backup = beginBackup(slow)
    const process = backup.world.begin()
    const ended = take(process)
    while (kept(backup).length === 0) await new Promise(setImmediate)
    process.control.halt('interrupt')
    expect(await ended).to.include({ outcome: 'interrupted', exitCode: 130 })
    expect(await remarksOf(backup)).to.include('goes on with elk_backup/daily_2025-04-10 by itself')
    expect(await carryOn(backup.world.begin())).to.include({ outcome: 'succeeded' })
    await expectTaken(backup, first)
  })

  it('waits for what another process has begun under its lock: it is refused', async () => {
    const backup = beginBackup(slow)
    const process = backup.world.begin()
    const ended = take(process)
    while (kept(backup).length === 0) await new Promise(setImmediate)
    expect(failureOf(await take(backup.world.begin(), { name: 'other' }))).to.include({ exitCode: 2 })
    expect(await ended).to.include({ outcome: 'succeeded' })
    await expectTaken(backup, first)
  })

  it('killed at any journal record it is carried on to one snapshot with its manifest', async function () {
    this.timeout(240_000)
    const process = beginBackup().world.begin()
    expect(await take(process)).to.include({ outcome: 'succeeded' })
    const failures: string[] = []
    for (let record = 1; record <= process.life.appends; record++)
      for (const when of ['before', 'after'] as const)
        for (const mode of ['resume', 'abort'] as const)
          await killAndCarryOn({ record, when }, mode).catch(thrown =>
            failures.push(`${mode} after a kill ${when} record ${record}: ${thrown.message}`),
          )
    expect(failures).to.deep.equal([])
  })
})

async function killAndCarryOn(
  cut: { readonly record: number; readonly when: 'before' | 'after' },
  mode: 'resume' | 'abort',
): Promise<void> {
  const backup = beginBackup()
  const { world } = backup
  expect(await take(world.begin({ cut }))).to.equal('killed')
  const [begun] = await world.journal.runs()
  if (begun?.outcome === 'succeeded') return expectTaken(backup, first)
  const end = begun === undefined ? await take(world.begin()) : await carryOn(world.begin(), mode)
  if (begun !== undefined && mode === 'abort') {
    expect(end).to.include({ outcome: 'aborted' })
    expect(kept(backup).length).to.be.at.most(1)
    expect([...world.lockTable.rows.keys()]).to.deep.equal([])
    return
  }
  expect(end).to.include({ outcome: 'succeeded' })
  await expectTaken(backup, first)
}
