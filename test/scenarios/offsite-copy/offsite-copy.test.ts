// The offsite copy on fakes: what is moved, what a reader sees meanwhile, and a process that dies at every record.
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { begin, carryOn, forget, type OffsiteWorld, planOn, run, snapshot, write } from './world.ts'

const remarkOf = async ({ world }: OffsiteWorld, id = 'run-1'): Promise<JsonObject | undefined> =>
  (await world.journal.read(id)).findLast(({ type }) => type === 'remark') as JsonObject | undefined

/** The store has what the repository has, is marked so, and no reader has ever met half of it. */
function expectSame({ world, offsite }: OffsiteWorld): void {
  expect([...offsite.store].sort()).to.deep.equal([...offsite.source].sort())
  expect(offsite.marker).to.include({ state: 'finished', whole: offsite.generation, surplus: 0 })
  expect(offsite.torn).to.deep.equal([])
  expect([...world.lockTable.rows.keys()]).to.deep.equal([])
}

describe('offsite-copy', () => {
  it('copies everything the first time, nothing the second, and leaves evidence of both', async () => {
    const made = await begin()
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectSame(made)
    expect(await remarkOf(made)).to.include({ movedFiles: 5, generation: 2 })
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expect(await remarkOf(made, 'run-2')).to.include({ movedFiles: 0, movedBytes: 0 })
    const kept = (await made.world.evidence.list('copy')).map(({ key }) => key).sort()
    expect(kept).to.deep.equal(['elk_backup/run-1', 'elk_backup/run-2'])
  })

  it('deletes what the repository no longer has, after the new copy is whole', async () => {
    const made = await begin()
    await run(made.world.begin())
    await snapshot(made, 'three')
    await forget(made, 'one')
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expectSame(made)
    expect(await remarkOf(made, 'run-2')).to.include({ movedFiles: 3, removed: 3 })
  })

  it('says in its plan what it would do and what is there', async () => {
    const made = await begin()
    const { body } = await planOn(made.world.begin(), undefined, { bwlimit: '20M' })
    expect(body.effects.join('\n')).to.contain('at most 20M').and.to.contain('put index-2 there once')
    expect(body.notes[0]).to.equal('there is no copy yet')
  })

  it('installs rclone where it is missing, and judges the store again once it can be asked', async () => {
    const made = await begin()
    made.offsite.rclone = null
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expectSame(made)
    const other = await begin()
    Object.assign(other.offsite, { rclone: null, storeDown: true })
    expect(failureOf(await run(other.world.begin()))).to.include({ code: 'GATE_REFUSED' })
    expect(other.offsite.store.size).to.equal(0)
  })

  it('refuses a repository whose snapshots are gone, until somebody else agrees', async () => {
    const made = await begin()
    await run(made.world.begin())
    await forget(made, 'one')
    await forget(made, 'two')
    expect(failureOf(await run(made.world.begin()))).to.include({ code: 'GATE_REFUSED' })
    const waived = new Map([['copy_keeps_most_snapshots', 'retention was shortened']])
    expect(failureOf(await run(made.world.begin(), undefined, {}, waived))).to.include({
      code: 'NEEDS_APPROVAL',
    })
    expect(made.offsite.store.has('indices/a/__one')).to.equal(true)
  })

  it('stops where the repository is written to or unmounted meanwhile, and what was whole stays whole', async () => {
    for (const harm of ['written', 'unmounted'] as const) {
      const made = await begin()
      await run(made.world.begin())
      await snapshot(made, 'three')
      const working = run(made.world.begin())
      await until(made, () => made.offsite.marker?.state === 'unfinished')
      if (harm === 'written') write(made.offsite, new Set(['indices/a/__four']))
      else made.offsite.mounted = false
      expect(failureOf(await working).code, harm).to.equal('ANSIBLE_FAILED')
      expect(made.offsite.marker, harm).to.include({ state: 'unfinished', whole: 2 })
      expect(made.offsite.torn).to.deep.equal([])
    }
  })

  it('moves nothing more when it is aborted, wherever its process died', async () => {
    const counted = await tidied()
    const whole = counted.world.begin()
    await run(whole)
    for (let record = 2; record <= whole.life.appends; record++) {
      const made = await tidied()
      expect(await run(made.world.begin({ cut: { record, when: 'after' } }))).to.equal('killed')
      const [last] = await made.world.journal.runs()
      if (last?.run !== 'run-2' || last.outcome !== null) continue
      // A play that was under way goes on without its process.
      await made.world.clock.sleep(60_000)
      const requests = made.world.ansible.requests.length
      expect(await carryOn(made.world.begin(), 'run-2', undefined, 'abort')).to.include({
        outcome: 'aborted',
        exitCode: 0,
      })
      const played = made.world.ansible.requests.slice(requests).map(({ playbook }) => playbook)
      expect(new Set(played), `record ${record}`).not.to.include('offsite_copy.yml')
      expect(made.offsite.torn).to.deep.equal([])
    }
  })

  it('ends with the same copy when its process dies at any record and is carried on', async () => {
    const counted = await tidied()
    const process = counted.world.begin()
    expect(await run(process)).to.include({ outcome: 'succeeded' })
    const records = process.life.appends
    expect(records).to.be.greaterThan(10)
    for (let record = 1; record <= records; record++)
      for (const when of ['before', 'after'] as const) await killAndCarryOn(await tidied(), { record, when })
  })
})

/** A copy that has something to move and something to delete. */
async function tidied(): Promise<OffsiteWorld> {
  const made = await begin()
  await run(made.world.begin())
  await snapshot(made, 'three')
  await forget(made, 'one')
  return made
}

async function killAndCarryOn(made: OffsiteWorld, cut: Cut): Promise<void> {
  const said = `killed ${cut.when} record ${cut.record}`
  expect(await run(made.world.begin({ cut })), said).to.equal('killed')
  const [last] = await made.world.journal.runs()
  // Dead right after its end, or before it began: there is nothing to carry on.
  const over = last?.run === 'run-2' && last.outcome === 'succeeded'
  const end =
    last?.run === 'run-2'
      ? over || (await carryOn(made.world.begin(), 'run-2'))
      : await run(made.world.begin())
  if (end !== true) expect(end, said).to.include({ outcome: 'succeeded', exitCode: 0 })
  if (!over) expectSame(made)
}

async function until({ world }: OffsiteWorld, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue() && tries < 1000; tries++) await world.clock.sleep(10)
  expect(isTrue()).to.equal(true)
}
