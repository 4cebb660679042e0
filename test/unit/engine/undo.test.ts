// A run that is aborted takes back what it has done, and a deed in the middle of a run can wait for another person.
import { expect } from 'chai'
import { z } from 'zod'
import { approveRun } from '../../../src/engine/approvals.ts'
import { makePlan } from '../../../src/engine/plan.ts'
import { resumeRun, startRun } from '../../../src/engine/run.ts'
import { defineRunbook, OpsError, type Run } from '../../../src/sdk/index.ts'
import { FakeWorld, type ProcessOptions } from '../../support/fake-world/fake-world.ts'
import { untilItEnds } from '../../support/fake-world/until-it-ends.ts'

/** A wall that is painted, and white again when it is taken back. */
class Wall {
  colour = 'white'
  paintings = 0
  /** The pot is empty: no painting is possible. */
  empty = false
  sealed = false

  paint = (run: Run, key: string, colour: string) =>
    run.step({
      key,
      title: `paint it ${colour}`,
      observe: async () => (this.colour === colour ? { state: 'done', result: null } : { state: 'not-done' }),
      apply: async () => {
        if (this.empty) throw new OpsError('STEP_FAILED', { message: 'the pot is empty' })
        this.colour = colour
        this.paintings += 1
        return null
      },
    })

  runbook = defineRunbook({
    id: 'paint',
    summary: 'Paint a wall',
    example: 'ops run paint',
    params: z.object({}),
    locks: () => ['wall'],
    look: async () => ({}),
    gates: [],
    plan: () => ({ expectedSeconds: 1, effects: ['the wall'], notes: [], fingerprint: null, details: null }),
    apply: async run => {
      await run.safePoint()
      await this.paint(run, 'paint', 'blue')
      await run.safePoint()
      await run.approval('varnish the wall')
      await run.step({
        key: 'varnish',
        title: 'varnish it',
        observe: async () => (this.sealed ? { state: 'done', result: null } : { state: 'not-done' }),
        apply: async () => {
          this.sealed = true
          return null
        },
      })
    },
    undo: async run => {
      await this.paint(run, 'undo', 'white')
    },
  })
}

describe('a run that can be taken back', () => {
  const scene = () => {
    const wall = new Wall()
    const world = new FakeWorld()
    return {
      wall,
      world,
      start: (options: ProcessOptions = {}) => {
        const process = world.begin(options)
        return untilItEnds(process, async () =>
          startRun(
            process.engine,
            await makePlan(process.engine, wall.runbook, {}, new Map()),
            process.control,
          ),
        )
      },
      carryOn: (mode: 'resume' | 'abort', options: ProcessOptions = {}) => {
        const process = world.begin(options)
        return untilItEnds(process, () =>
          resumeRun(process.engine, wall.runbook, 'run-1', mode, { acceptChanged: false }, process.control),
        )
      },
      approve: (actor: string) => approveRun(world.begin({ actor }).engine, 'run-1'),
    }
  }

  const codeOf = (run: Promise<unknown>) =>
    run.then(
      () => null,
      thrown => thrown.code,
    )

  it('waits before the deed that another person must agree to, keeps what it did and gives its locks back', async () => {
    const { wall, world, start, carryOn } = scene()
    expect(await start()).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(wall).to.include({ colour: 'blue', sealed: false })
    expect(world.lockTable.rows.size).to.equal(0)
    expect(await carryOn('resume')).to.include({ outcome: 'waiting' })
    expect(wall).to.include({ paintings: 1, sealed: false })
  })

  it('goes on once another person has agreed, and does nothing twice', async () => {
    const { wall, start, carryOn, approve } = scene()
    await start()
    expect(await codeOf(approve('anna'))).to.equal('NEEDS_APPROVAL')
    await approve('bert')
    expect(await carryOn('resume')).to.include({ outcome: 'succeeded' })
    expect(wall).to.include({ paintings: 1, sealed: true })
  })

  it('does not ask again for a deed that was agreed to and begun', async () => {
    const { wall, world, start, carryOn, approve } = scene()
    await start()
    await approve('bert')
    // Its records: resumed, lock, the word used, then the intent of the deed.
    expect(await carryOn('resume', { cut: { record: 4, when: 'after' } })).to.equal('killed')
    world.clock.pass(60 * 60_000)
    expect(await carryOn('resume')).to.include({ outcome: 'succeeded' })
    expect(wall.sealed).to.equal(true)
  })

  it('asks again where the word is older than it may be', async () => {
    const { world, wall, start, carryOn, approve } = scene()
    await start()
    await approve('bert')
    world.clock.pass(31 * 60_000)
    expect(await carryOn('resume')).to.include({ outcome: 'waiting' })
    expect(wall.sealed).to.equal(false)
  })

  it('is as before when it is aborted', async () => {
    const { wall, start, carryOn } = scene()
    await start()
    expect(await carryOn('abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect(wall.colour).to.equal('white')
  })

  it('that could not be taken back can be aborted again, and never be resumed', async () => {
    const { wall, start, carryOn } = scene()
    await start()
    wall.empty = true
    expect(await carryOn('abort')).to.include({ outcome: 'failed', exitCode: 1 })
    expect(await codeOf(carryOn('resume'))).to.equal('RUN_ENDED')
    wall.empty = false
    expect(await carryOn('abort')).to.include({ outcome: 'aborted' })
    expect(wall.colour).to.equal('white')
  })

  it('is as before after an abort that was killed at any record', async () => {
    for (let record = 1; record <= 6; record++) {
      const { wall, start, carryOn } = scene()
      await start()
      await carryOn('abort', { cut: { record, when: 'after' } })
      // Where it had said how it ended there is nothing left to abort.
      expect(await codeOf(carryOn('abort'))).to.be.oneOf([null, 'RUN_ENDED'])
      expect(wall.colour, `killed after record ${record}`).to.equal('white')
      expect(wall.paintings).to.be.at.most(2)
    }
  })
})
