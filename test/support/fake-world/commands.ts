// The commands of `ops` for one runbook, on fakes: plan it, run it, carry it on or take it back. Each ends with its end or with the death
// of its process.
import type { AnyRunbook } from '../../../src/engine/engine.ts'
import { type MadePlan, makePlan } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakeProcess } from './fake-world.ts'
import { untilItEnds } from './until-it-ends.ts'

export type Ended = Promise<RunEnd | 'killed'>

type Waivers = ReadonlyMap<string, string>

export interface Commands {
  planOn(process: Pick<FakeProcess, 'engine'>, params?: JsonObject, waivers?: Waivers): Promise<MadePlan>
  /** `afterPlan`: what happens to the world between the look and the act. */
  run(process: FakeProcess, params?: JsonObject, waivers?: Waivers, afterPlan?: () => void): Ended
  carryOn(process: FakeProcess, mode?: 'resume' | 'abort', run?: string): Ended
}

/** `usual`: the parameters where a test gives none. */
export function commandsOf(runbook: AnyRunbook, usual: JsonObject = {}): Commands {
  const planOn: Commands['planOn'] = ({ engine }, params = usual, waivers = new Map()) =>
    makePlan(engine, runbook, runbook.params.parse(params) as JsonObject, waivers)
  return {
    planOn,
    run: (process, params, waivers, afterPlan = () => {}) =>
      untilItEnds(process, async () => {
        const plan = await planOn(process, params, waivers)
        afterPlan()
        return startRun(process.engine, plan, process.control)
      }),
    carryOn: (process, mode = 'resume', run = 'run-1') =>
      untilItEnds(process, () =>
        resumeRun(process.engine, runbook, run, mode, { acceptChanged: false }, process.control),
      ),
  }
}
