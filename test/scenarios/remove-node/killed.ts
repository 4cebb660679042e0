// Nodes that are taken out or replaced by a process that is killed at every record: carried on, aborted, and killed in the abort as well.
import { expect } from 'chai'
import type { Ended } from '../../support/fake-world/commands.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import type { FakeProcess } from '../../support/fake-world/fake-world.ts'
import { killEverywhere, killUntilItEnds } from '../../support/fake-world/kill-everywhere.ts'
import { once, type RemoveWorld } from './world.ts'

export interface KilledCase {
  begin(): RemoveWorld
  start(process: FakeProcess): Ended
  /** In a process of its own, and in another one where the first may not go on by itself. */
  carryOn(self: RemoveWorld, mode: 'resume' | 'abort', cut?: Cut): Ended
  /** The node after whose stop the run is killed before it is aborted. */
  readonly stopped: string
  expectDone(self: RemoveWorld): void
  /** After an abort: as it was, or as it was to be, and nothing between. */
  expectEither(self: RemoveWorld): Promise<void>
}

async function killAndCarryOn(one: KilledCase, cut: Cut, mode: 'resume' | 'abort'): Promise<void> {
  const self = one.begin()
  const { world } = self
  if ((await one.start(world.begin({ cut }))) !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun === undefined) expect(await one.start(world.begin())).to.include({ outcome: 'succeeded' })
  else if (begun.outcome !== 'succeeded') {
    const end = await one.carryOn(self, mode)
    expect(end).to.include({ outcome: mode === 'resume' ? 'succeeded' : 'aborted', exitCode: 0 })
    if (mode === 'abort') return one.expectEither(self)
  }
  one.expectDone(self)
}

async function killUndo(one: KilledCase, cut: Cut): Promise<'killed' | 'ended'> {
  const self = one.begin()
  const { world } = self
  const process = world.begin()
  void once(
    self,
    () => !world.cluster.isRunning(one.stopped),
    () => process.life.kill(),
  )
  if ((await one.start(process)) !== 'killed') throw new Error('it was not killed')
  if ((await one.carryOn(self, 'abort', cut)) !== 'killed') return 'ended'
  const [run] = await world.journal.runs()
  if (run?.outcome !== 'aborted') expect(await one.carryOn(self, 'abort')).to.include({ outcome: 'aborted' })
  await one.expectEither(self)
  return 'killed'
}

/** `ends`: how a run that is carried on ends. */
export function describeKilled(ends: string, cases: Readonly<Record<string, KilledCase>>): void {
  for (const [what, one] of Object.entries(cases)) {
    const killRun = async (mode: 'resume' | 'abort') => {
      const counted = one.begin().world.begin()
      expect(await one.start(counted)).to.include({ outcome: 'succeeded' })
      return killEverywhere(counted.life.appends, cut => killAndCarryOn(one, cut, mode))
    }
    it(`carried on, ${ends}: ${what}`, async function () {
      this.timeout(120_000)
      expect(await killRun('resume')).to.deep.equal([])
    })
    it(`aborted, leaves nothing over: ${what}`, async function () {
      this.timeout(120_000)
      expect(await killRun('abort')).to.deep.equal([])
    })
    it(`aborted and killed in that as well, leaves nothing over: ${what}`, async function () {
      this.timeout(120_000)
      const { failures, records } = await killUntilItEnds(cut => killUndo(one, cut))
      expect(failures).to.deep.equal([])
      expect(records, 'records of an abort').to.be.greaterThan(4)
    })
  }
}
