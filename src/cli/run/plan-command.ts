// `ops plan`: the plan on stdout; exit 2 when a gate refuses.
import { openWorld } from '../../app/wire.ts'
import { makePlan, planJson, refused } from '../../engine/plan.ts'
import { exitCodes } from '../../errors/index.ts'
import { findRunbook } from '../find.ts'
import type { CliIo } from '../io.ts'
import { readParams } from '../params.ts'
import { renderPlan } from '../render/plan.ts'
import { readWaivers } from './waivers.ts'

export interface PlanOptions {
  readonly waive: readonly string[]
  readonly [param: string]: unknown
}

export async function planCommand(io: CliIo, id: string, options: PlanOptions): Promise<void> {
  const runbook = await findRunbook(id)
  const params = readParams(runbook.params, options)
  const waivers = readWaivers(options.waive)
  const world = await openWorld({ ...io, host: { notify: () => {} } })
  try {
    const plan = await makePlan(world.engine, runbook, params, waivers)
    const shown = world.engine.redactor.value(planJson(plan))
    const beside = world.engine.redactor.value(plan.body.shown ?? {})
    io.result(io.json ? { ...shown, ...beside } : renderPlan(shown, { colour: io.live }))
    if (refused(plan).length > 0) process.exitCode = exitCodes.refused
  } finally {
    await world.close()
  }
}
