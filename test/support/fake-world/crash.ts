// Kills a process of `ops` at one journal record and carries the run on in another: what a crash test is made of.
import { expect } from 'chai'
import { viewRun } from '../../../src/engine/view.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Cut } from './fake-process.ts'
import { FakeWorld, type FakeWorldOptions } from './fake-world.ts'
import { carryOn, expectClean, expectEachRestartedOnce, startRestart, temporaryThings } from './restart.ts'

export interface CrashCase {
  readonly world?: FakeWorldOptions
  readonly params?: JsonObject
  readonly waivers?: ReadonlyMap<string, string>
  readonly mode: 'resume' | 'abort'
}

/** How many records the run has when nobody kills it. */
async function countRecords({ world, params, waivers }: CrashCase): Promise<number> {
  const process = new FakeWorld(world).begin()
  const end = await startRestart(process, params, waivers)
  expect(end).to.include({ outcome: 'succeeded' })
  return process.life.appends
}

/** Each cut kills one process; the last one carries on to the end. Everything that must then be true is checked. */
export async function crashAndCarryOn(crash: CrashCase, cuts: readonly Cut[]): Promise<void> {
  const world = new FakeWorld(crash.world)
  const before = temporaryThings(world.cluster.state)
  const [first, ...others] = cuts
  const start = (cut?: Cut) => startRestart(world.begin(cut ? { cut } : {}), crash.params, crash.waivers)
  let end = await start(first)
  for (const cut of [...others, undefined]) {
    if (end !== 'killed') break
    const ended = await outcomeOf(world)
    if (ended === 'succeeded') return expectRestarted(world, before)
    if (ended === 'aborted') return expectAborted(world, before)
    const [run] = await world.journal.runs()
    const again = world.begin(cut ? { cut } : {})
    end = run === undefined ? await start(cut) : await carryOn(again, crash.mode, run)
  }
  if (crash.mode === 'resume' || (end !== 'killed' && end.outcome === 'succeeded')) {
    expect(end).to.include({ outcome: 'succeeded', exitCode: 0 })
    return expectRestarted(world, before)
  }
  expect(end).to.include({ outcome: 'aborted', exitCode: 0 })
  expectAborted(world, before)
}

function expectAborted(world: FakeWorld, before: string): void {
  expectClean(world, before)
  for (const { name, starts } of world.cluster.state.nodes) expect(starts, name).to.be.at.most(1)
}

function expectRestarted(world: FakeWorld, before: string): void {
  expectEachRestartedOnce(world)
  expectClean(world, before)
  expect(world.cluster.tally.copiedElsewhere, 'copied elsewhere').to.deep.equal([])
}

/** How the run has ended by its journal: a process may die right after it wrote that. */
async function outcomeOf({ journal }: FakeWorld): Promise<unknown> {
  const [run] = await journal.runs()
  return run === undefined ? null : viewRun(await journal.read(run.run)).ended?.outcome
}

/** Runs the case for a kill right before and right after every record; says which ones failed. */
export async function crashEverywhere(crash: CrashCase): Promise<void> {
  const records = await countRecords(crash)
  const failures: string[] = []
  for (let record = 1; record <= records; record++) {
    for (const when of ['before', 'after'] as const) {
      await crashAndCarryOn(crash, [{ record, when }]).catch(thrown =>
        failures.push(`killed ${when} record ${record}: ${thrown.message}`),
      )
    }
  }
  expect(failures).to.deep.equal([])
}
