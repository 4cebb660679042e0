// One run from start, or from wherever it was left, to its end. The main path of the engine.
import { exitCodes, OpsError, toOpsError } from '../errors/index.ts'
import type { Json, JsonObject } from '../ports/json.ts'
import type { PlanBody } from '../sdk/runbook.ts'
import { approvalMissing, needsApproval, requestApproval } from './approvals.ts'
import { startBackground } from './background.ts'
import { Control, Halted } from './control.ts'
import type { AnyRunbook, Engine } from './engine.ts'
import { gatesToApprove, sayRefused } from './gates.ts'
import { type MadePlan, makePlan, planJson, refused } from './plan.ts'
import { Recorder } from './recorder.ts'
import { runContext } from './run-context.ts'
import { giveBackAll } from './temporary-settings.ts'
import { type RunView, viewRun } from './view.ts'

export type Outcome = 'succeeded' | 'failed' | 'refused' | 'aborted' | 'waiting' | 'interrupted'

export interface RunEnd {
  readonly run: string
  readonly outcome: Outcome
  readonly exitCode: number
  readonly error: OpsError | null
}

interface Application {
  readonly engine: Engine
  readonly recorder: Recorder
  readonly control: Control
  readonly runbook: AnyRunbook
  readonly body: PlanBody<Json>
  readonly params: JsonObject
  readonly locks: readonly string[]
}

/**
 * 1. Journal who wants what, with plan and gates.
 * 2. A refusing gate, a missing approval: that is the end, nothing was touched.
 * 3. Take the locks, apply, give everything temporary back, release the locks.
 */
export async function startRun(engine: Engine, plan: MadePlan, control = new Control()): Promise<RunEnd> {
  const recorder = new Recorder(engine.newRunId(plan.runbook.id, engine.clock.now()), engine)
  await recorder.append('run.started', {
    runbook: plan.runbook.id,
    version: plan.version,
    params: plan.params,
    planHash: plan.hash,
    ...engine.who,
  })
  return proceed(engine, recorder, control, plan)
}

/** Carries an interrupted run on (`resume`), or brings it to a safe end with every temporary change undone (`abort`). */
export async function resumeRun(
  engine: Engine,
  runbook: AnyRunbook,
  run: string,
  mode: 'resume' | 'abort',
  options: { readonly acceptChanged: boolean },
  control = new Control(),
): Promise<RunEnd> {
  const view = viewRun(await engine.journal.read(run))
  await checkResumable(engine, runbook, run, view, mode, options)
  const recorder = new Recorder(run, engine, view)
  const applied = hasEffects(view)
  await recorder.append('run.resumed', { mode, ...engine.who })
  // A run that ends here must not leave the locks of a process that died; one that goes on takes them again.
  if (!applied) await engine.locks.release(run)
  if (mode === 'abort' && !applied && !view.locked) return end(recorder, 'aborted', exitCodes.done, null)
  if (mode === 'abort') control.halt('abort')
  if (applied || mode === 'abort') return apply(recordedApplication(engine, recorder, control, runbook))
  const params = (view.started?.params ?? {}) as JsonObject
  const plan = await makePlan(engine, runbook, params, view.waived, run)
  return proceed(engine, recorder, control, plan)
}

/** From a plan to the end: a refusing gate or a missing approval ends it before anything is touched. */
async function proceed(
  engine: Engine,
  recorder: Recorder,
  control: Control,
  plan: MadePlan,
): Promise<RunEnd> {
  await recordPlan(recorder, plan)
  if (refused(plan).length > 0) return endRefused(recorder, plan)
  if (await waitsForApproval(engine, recorder, plan)) return endWaiting(recorder)
  return apply(applicationOf(engine, recorder, control, plan))
}

const hasEffects = ({ members, steps, settings }: RunView): boolean =>
  members.size > 0 || steps.size > 0 || settings.size > 0

async function apply(application: Application): Promise<RunEnd> {
  const { engine, recorder, control, runbook, body, params, locks } = application
  const taken = await takeLocks(engine, recorder, locks)
  // A run that has done something already must stay one that can be carried on.
  if (taken instanceof OpsError) {
    return end(recorder, hasEffects(recorder.view) ? 'waiting' : 'refused', taken.exitCode, taken)
  }
  recorder.onLowSpace = error => control.halt('trouble', error)
  const background = startBackground(engine, recorder, runbook, control, taken.fencing, locks.length > 0)
  const run = runContext(engine, recorder, control, taken.fencing)
  let thrown = await caughtIn(() => runbook.apply(run, body, params))
  const aborting = control.halted?.reason === 'abort'
  if (aborting && thrown !== null && runbook.undo !== undefined && !control.signal.aborted) {
    thrown = (await caughtIn(() => undo(application, taken.fencing))) ?? new Halted()
  }
  if (control.signal.aborted) {
    await background.end()
    throw stoppedAtOnce(recorder, toOpsError(control.signal.reason))
  }
  const error = thrown === null || thrown instanceof Halted ? null : toOpsError(thrown)
  const result = await leave(application, error, thrown instanceof Halted)
  await background.end()
  return result
}

/** What a deed threw; `null` where it ended well. */
async function caughtIn(deed: () => Promise<void>): Promise<unknown> {
  try {
    await deed()
    return null
  } catch (thrown) {
    return thrown
  }
}

/** Takes back what an aborted run has done. Looks at the world anew: where it was killed before, nothing is done twice. */
async function undo(application: Application, fencing: number): Promise<void> {
  const { engine, recorder, control, runbook, body, params } = application
  if (!recorder.view.undoing) await recorder.append('run.undoing', {})
  await runbook.undo?.(runContext(engine, recorder, control.forUndo(), fencing), body, params)
}

/** Gives back what is temporary and says how the run ended. What a person must see to is kept, and named. */
async function leave(
  application: Application,
  failure: OpsError | null,
  wasHalted: boolean,
): Promise<RunEnd> {
  const { engine, recorder, control } = application
  const aborting = control.halted?.reason === 'abort'
  // What is down while people work stays held, and nobody else may begin on it.
  const handsOver = failure?.code === 'AWAITS_WORK' && !aborting
  const needsHuman = failure?.exitCode === exitCodes.needsHuman || handsOver
  let error = failure
  if (!needsHuman || aborting) {
    try {
      await giveBackAll(recorder, engine.settings)
    } catch (thrown) {
      error ??= leftoverError(recorder, toOpsError(thrown))
    }
  }
  const kept = [...recorder.view.settings.values()].map(({ kind, name }) => `${kind} ${name}`)
  if (kept.length === 0 && !handsOver) {
    await engine.locks.release(recorder.run)
    await recorder.append('lock.released', {})
  }
  if (error !== null) return end(recorder, sayOutcomeOf(error, application), error.exitCode, error, kept)
  if (!wasHalted) return end(recorder, 'succeeded', exitCodes.done, null)
  return endHalted(recorder, control)
}

/** An abort that could not take everything back has failed, and can be repeated. */
function sayOutcomeOf({ exitCode }: OpsError, { control, recorder }: Application): Outcome {
  if (control.halted?.reason === 'abort') return recorder.view.undoing ? 'failed' : 'aborted'
  return exitCode === exitCodes.waiting ? 'waiting' : 'failed'
}

function endHalted(recorder: Recorder, { halted }: Control): Promise<RunEnd> {
  switch (halted?.reason) {
    case 'abort':
      return end(recorder, 'aborted', exitCodes.done, null)
    case 'pause':
      return end(recorder, 'waiting', exitCodes.waiting, pausedError(recorder.run))
    case 'trouble':
      return end(recorder, 'failed', halted.error?.exitCode ?? exitCodes.failed, halted.error)
    default:
      return end(recorder, 'interrupted', exitCodes.interrupted, interruptedError(recorder.run))
  }
}

async function end(
  recorder: Recorder,
  outcome: Outcome,
  exitCode: number,
  error: OpsError | null,
  kept: readonly string[] = [],
): Promise<RunEnd> {
  await recorder.append('run.ended', {
    outcome,
    exitCode,
    ...(error === null ? {} : { code: error.code, message: error.message }),
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
    ...(kept.length === 0 ? {} : { kept: [...new Set(kept)] }),
  })
  return { run: recorder.run, outcome, exitCode, error }
}

async function recordPlan(recorder: Recorder, plan: MadePlan): Promise<void> {
  await recorder.append('run.planned', {
    ...planJson(plan),
    locks: plan.locks,
    fingerprint: plan.body.fingerprint,
    details: plan.body.details,
  })
  const types = { pass: 'gate.passed', refuse: 'gate.refused', waived: 'gate.waived' } as const
  for (const verdict of plan.gates) await recorder.append(types[verdict.verdict], verdict)
}

function endRefused(recorder: Recorder, plan: MadePlan): Promise<RunEnd> {
  return end(
    recorder,
    'refused',
    exitCodes.refused,
    new OpsError('GATE_REFUSED', {
      message: sayRefused(plan.gates) ?? '',
      hint: `see every gate with its evidence: ops plan ${plan.runbook.id}`,
    }),
  )
}

async function waitsForApproval(engine: Engine, recorder: Recorder, plan: MadePlan): Promise<boolean> {
  const gates = gatesToApprove(plan.runbook.gates, plan.gates)
  if (gates.length === 0 || !approvalMissing(recorder.view, plan.hash, engine)) return false
  await requestApproval(recorder, plan.hash, gates)
  return true
}

function endWaiting(recorder: Recorder): Promise<RunEnd> {
  return end(recorder, 'waiting', exitCodes.waiting, needsApproval(recorder.run))
}

async function takeLocks(
  engine: Engine,
  recorder: Recorder,
  names: readonly string[],
): Promise<{ readonly fencing: number } | OpsError> {
  try {
    const { fencing } = await engine.locks.acquire(recorder.run, engine.who.actor, names, engine.clock.now())
    await recorder.append('lock.acquired', { names, fencing })
    await engine.ansible.takeOver()
    return { fencing }
  } catch (thrown) {
    const error = toOpsError(thrown)
    if (error.code === 'LOCK_HELD') return error
    throw error
  }
}

function applicationOf(engine: Engine, recorder: Recorder, control: Control, plan: MadePlan): Application {
  const { runbook, body, params, locks } = plan
  return { engine, recorder, control, runbook, body, params, locks }
}

function recordedApplication(
  engine: Engine,
  recorder: Recorder,
  control: Control,
  runbook: AnyRunbook,
): Application {
  const planned = recorder.view.planned
  if (planned === null) throw new OpsError('BUG', { message: `run ${recorder.run} has effects but no plan` })
  const body = planned as unknown as PlanBody<Json>
  const params = planned.params as JsonObject
  return { engine, recorder, control, runbook, body, params, locks: planned.locks as readonly string[] }
}

async function checkResumable(
  engine: Engine,
  runbook: AnyRunbook,
  run: string,
  view: RunView,
  mode: 'resume' | 'abort',
  options: { readonly acceptChanged: boolean },
): Promise<void> {
  const outcome = view.ended?.outcome
  if (
    outcome === 'succeeded' ||
    outcome === 'refused' ||
    (outcome === 'aborted' && view.settings.size === 0)
  ) {
    throw new OpsError('RUN_ENDED', {
      message: `run ${run} has ended: ${outcome}`,
      hint: `start anew: ops run ${runbook.id}`,
    })
  }
  if (mode === 'resume' && view.undoing) {
    throw new OpsError('RUN_ENDED', {
      message: `run ${run} is being taken back and cannot go on`,
      hint: `take back the rest: ops abort ${run}`,
    })
  }
  const holder = (await engine.locks.held(engine.clock.now())).find(
    lock => lock.run === run && lock.state === 'live',
  )
  if (holder !== undefined && holder.pid !== engine.who.pid) {
    throw new OpsError('RUN_ALIVE', {
      message: `run ${run} is being carried out by process ${holder.pid} on ${holder.host}, alive at ${holder.heartbeatAt}`,
      hint: `stop it there with Ctrl-C, or: ops pause ${run}`,
    })
  }
  const version = await engine.versionOf(runbook)
  if (mode === 'resume' && version !== view.started?.version && !options.acceptChanged) {
    throw new OpsError('RUNBOOK_CHANGED', {
      message: `runbook ${runbook.id} has changed since run ${run} began`,
      hint: `ops resume ${run} --accept-changed carries on with the new code; ops abort ${run} ends the run safely`,
    })
  }
}

const pausedError = (run: string): OpsError =>
  new OpsError('PAUSED', {
    message: `run ${run} was paused at a safe point`,
    hint: `carry on: ops resume ${run}`,
  })

const interruptedError = (run: string): OpsError =>
  new OpsError('INTERRUPTED', {
    message: `run ${run} was interrupted at a safe point; no node is down by it, nothing temporary is left`,
    hint: `carry on: ops resume ${run} · give up: ops abort ${run}`,
  })

/** After the second Ctrl-C, or when a newer run took over: nothing was tidied up, so everything open is named. */
function stoppedAtOnce({ run, view }: Recorder, { code, message }: OpsError): OpsError {
  const down = [...view.members.keys()].filter(
    name => view.marks.has(`${name}.stopped`) && !view.marks.has(`${name}.back`),
  )
  const open = [...view.steps].filter(([, { state }]) => state === 'intended').map(([key]) => key)
  const state = [
    `down: ${down.join(', ') || 'no node'}`,
    `outcome unknown: ${open.join(', ') || 'no step'}`,
    `not given back: ${[...view.settings.keys()].join(', ') || 'no setting'}`,
  ]
  const tidy = down.length + open.length + view.settings.size === 0
  return new OpsError(code, {
    message: `run ${run} ${message}; ${state.join('; ')}`,
    hint: `carry on: ops resume ${run} · or bring it to a safe end: ops abort ${run}`,
    exitCode: tidy ? exitCodes.interrupted : exitCodes.needsHuman,
  })
}

function leftoverError({ run, view }: Recorder, cause: OpsError): OpsError {
  return new OpsError('STEP_FAILED', {
    message: `${view.settings.size} temporary setting(s) could not be given back: ${cause.message}`,
    hint: `when the cluster answers again: ops abort ${run}`,
    exitCode: exitCodes.needsHuman,
    cause,
  })
}
