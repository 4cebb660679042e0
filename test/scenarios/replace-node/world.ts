// A cluster in which a new machine stands ready to take the place of a node, and everything that must be true afterwards.
import { expect } from 'chai'
import replace from '../../../runbooks/replace-node/runbook.ts'
import { type MadePlan, makePlan } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import type { NewNode } from '../../support/fake-cluster/state.ts'
import type { FakeProcess } from '../../support/fake-world/fake-world.ts'
import { untilItEnds } from '../../support/fake-world/until-it-ends.ts'
import { begin as beginRemoval, nodeOf, type RemoveWorld } from '../remove-node/world.ts'

/** The twelfth machine of the fake. */
export const fresh: NewNode = { name: 'es-data07', roles: ['data_warm'] }
export const warm = { old: 'es-data05', new: 'es-data07', address: '127.0.9.12', soak: '10s' }

export function begin(machine: NewNode = fresh, options: FakeClusterOptions = {}): RemoveWorld {
  const self = beginRemoval(options)
  self.world.cluster.addNode(machine)
  return self
}

export const planOn = (
  { engine }: Pick<FakeProcess, 'engine'>,
  params: JsonObject = warm,
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<MadePlan> => makePlan(engine, replace, replace.params.parse(params) as JsonObject, waivers)

export const start = (
  process: FakeProcess,
  params: JsonObject = warm,
  waivers: ReadonlyMap<string, string> = new Map(),
  afterPlan: () => void = () => {},
): Promise<RunEnd | 'killed'> =>
  untilItEnds(process, async () => {
    const plan = await planOn(process, params, waivers)
    afterPlan()
    return startRun(process.engine, plan, process.control)
  })

export const carryOn = (
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  run = 'run-1',
): Promise<RunEnd | 'killed'> =>
  untilItEnds(process, () =>
    resumeRun(process.engine, replace, run, mode, { acceptChanged: false }, process.control),
  )

export function expectMember(self: RemoveWorld, name: string): void {
  const { running, joined } = nodeOf(self, name)
  expect({ running, joined }, name).to.deep.equal({ running: true, joined: true })
  expect(self.world.inventoryFile.names, 'inventory').to.include(name)
}

/** What the report says was moved, in shares of what the old node held. */
export async function shareMoved({ world }: RemoveWorld, run = 'run-1'): Promise<number> {
  const records = await world.journal.read(run)
  const mark = records.find(({ once }) => once === 'moved')
  return Number(mark?.share)
}
