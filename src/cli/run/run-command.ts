// `ops run`: plan, show, ask, apply.
import { openWorld } from '../../app/wire.ts'
import { Control } from '../../engine/control.ts'
import type { Engine } from '../../engine/engine.ts'
import { type MadePlan, makePlan, planJson, refused } from '../../engine/plan.ts'
import { startRun } from '../../engine/run.ts'
import { OpsError } from '../../errors/index.ts'
import { confirm, requireTerminal } from '../ask.ts'
import { findRunbook } from '../find.ts'
import { type OpenHost, openHost } from '../host.ts'
import type { CliIo } from '../io.ts'
import { readParams } from '../params.ts'
import { renderPlan } from '../render/plan.ts'
import { listenForSignals } from '../signals.ts'
import { reportEnd } from './end.ts'
import type { PlanOptions } from './plan-command.ts'
import { readWaivers } from './waivers.ts'

interface RunOptions extends PlanOptions {
  readonly yes?: boolean
  readonly expect?: string
}

/** A plan older than this when the person answers is made again and compared. */
const freshMs = 30_000

export async function runCommand(io: CliIo, id: string, options: RunOptions): Promise<number> {
  const runbook = await findRunbook(id)
  const params = readParams(runbook.params, options)
  const waivers = readWaivers(options.waive)
  if (options.yes !== true) requireTerminal()
  // The display opens after the question: until then there is nothing to show, and two would share one screen.
  let host: OpenHost | null = null
  const world = await openWorld({ ...io, host: { notify: notice => host?.notify(notice) } })
  const control = new Control()
  try {
    const { engine } = world
    const replan = (): Promise<MadePlan> => makePlan(engine, runbook, params, waivers)
    const plan = await agree(io, engine, await replan(), replan, options)
    host = await openHost(io)
    const deaf = listenForSignals(control, line => io.talk(line))
    try {
      return await reportEnd(io, host, await startRun(engine, plan, control))
    } finally {
      deaf()
    }
  } finally {
    await host?.close()
    await world.close()
  }
}

/** The plan that the person (or --yes) agreed to. One with a refusing gate needs no question: it only gets journalled. */
async function agree(
  io: CliIo,
  engine: Engine,
  first: MadePlan,
  replan: () => Promise<MadePlan>,
  { yes, expect }: RunOptions,
): Promise<MadePlan> {
  let plan = first
  for (;;) {
    show(io, engine, plan)
    if (expect !== undefined && !plan.hash.startsWith(expect)) throw notExpected(plan, expect)
    if (yes === true || refused(plan).length > 0) return plan
    if (!(await confirm('Apply this plan?'))) {
      throw new OpsError('DECLINED', { message: 'the plan was not applied', hint: 'nothing was touched' })
    }
    if (engine.clock.monotonicMs() - plan.madeAtMs < freshMs) return plan
    const again = await replan()
    if (again.hash === plan.hash) return again
    io.talk(
      `The cluster has changed while you read: plan ${plan.hash.slice(0, 12)} is now ${again.hash.slice(0, 12)}.`,
    )
    plan = again
  }
}

function show(io: CliIo, engine: Engine, plan: MadePlan): void {
  if (!io.json) io.talk(renderPlan(engine.redactor.value(planJson(plan)), { colour: io.live }))
}

function notExpected({ hash, runbook }: MadePlan, expect: string): OpsError {
  return new OpsError('PLAN_CHANGED', {
    message: `the plan has the hash ${hash}, not ${expect}`,
    hint: `see what changed: ops plan ${runbook.id}`,
  })
}
