// The rolling restart in a fake world: begin it, carry it on, and everything that must be true afterwards.
import { expect } from 'chai'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import rollingRestart from '../../../runbooks/rolling-restart/runbook.ts'
import { makePlan } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeState } from '../fake-cluster/fake-cluster.ts'
import type { FakeProcess, FakeWorld } from './fake-world.ts'
import { untilItEnds } from './until-it-ends.ts'

export { rollingRestart }

export async function startRestart(
  process: FakeProcess,
  params: JsonObject = {},
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<RunEnd | 'killed'> {
  const { engine, control } = process
  return untilItEnds(process, async () => {
    const plan = await makePlan(engine, rollingRestart, schema.parse(params) as JsonObject, waivers)
    return startRun(engine, plan, control)
  })
}

export function carryOn(
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  { run = 'run-1', acceptChanged = false } = {},
): Promise<RunEnd | 'killed'> {
  const { engine, control } = process
  return untilItEnds(process, () => resumeRun(engine, rollingRestart, run, mode, { acceptChanged }, control))
}

/** Everything that a run may change for a while, as text. */
export function temporaryThings({ settings, indices, shutdowns }: Readonly<FakeState>): string {
  return JSON.stringify({
    settings,
    shutdowns,
    indices: indices.map(({ name, replicas, settings: own }) => ({
      name,
      // The number of replicas is always explicit, whether somebody has set it or not.
      own: { ...own, 'index.number_of_replicas': String(replicas) },
    })),
  })
}

/** Nothing lost, nobody down, nothing left over. */
export function expectClean(world: FakeWorld, before: string): void {
  const { cluster } = world
  expect(cluster.violations, 'violations').to.deep.equal([])
  expect(cluster.lostWrites(), 'lost writes').to.equal(0)
  expect(temporaryThings(cluster.state), 'settings').to.equal(before)
  expect(
    cluster.state.nodes.filter(({ joined }) => !joined).map(({ name }) => name),
    'down',
  ).to.deep.equal([])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

export function expectEachRestartedOnce({ cluster }: FakeWorld): void {
  const starts = cluster.state.nodes.map(({ name, starts }) => `${name} ${starts}`)
  expect(starts, 'starts').to.deep.equal(cluster.state.nodes.map(({ name }) => `${name} 1`))
}
