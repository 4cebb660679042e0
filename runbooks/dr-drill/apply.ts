// The frame of every drill: steady before, something is lost and comes back, the way back in any case, steady again, evidence.
// Nothing is lost before the run may no longer end, and nothing stays lost because the method failed.
import { exitCodes, type Json, OpsError, type Run, toOpsError } from '#sdk'
import { type DrillRecord, drillKey, readDrills } from './history.ts'
import { carryingOn, type Found, NothingLost, noteTime } from './method.ts'
import type { DrillParams } from './params.ts'
import type { DrillDetails } from './plan.ts'
import { sayDrill } from './say.ts'
import { chooseScenario } from './scenarios/index.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { judgeDrill } from './verdict.ts'

/** How the method has ended. */
export type MethodEnd =
  | { readonly ok: true; readonly found: Found }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string | null }

/**
 * 1. The method: journalled as a whole when it has ended, well or not. Up to its first effect the run may end.
 * 2. The way back, in any case; then the steady state.
 * 3. Verdict against the targets, evidence, what the report says.
 */
export async function applyDrill(run: Run, details: DrillDetails, params: DrillParams): Promise<void> {
  const scenario = chooseScenario(params.scenario)
  const end = await noteMethod(run, () => scenario.method(run, details, params))
  if (end === null) return run.safePoint()
  const back = await attempt(run, () => goBack(carryingOn(run), scenario, details, params))
  const record = judgeDrill({
    ...{ run: run.id, params, cluster: details.cluster, end },
    declaredMs: await noteTime(run, 'declared'),
    steady: back.ok ? null : back.message,
  })
  await keep(run, params, record)
  await sayDrill(run, record, back.ok ? back.found : null, await readDrills(run, params.scenario))
  if (!back.ok) throw notBack(run, end, back.message)
  throwUnlessProven(record, end)
}

/** `null` where the run is to end and nothing was lost. */
async function noteMethod(run: Run, method: () => Promise<Found>): Promise<MethodEnd | null> {
  try {
    return await run.note('method', () => attempt(run, method))
  } catch (thrown) {
    if (thrown instanceof NothingLost) return null
    throw thrown
  }
}

async function attempt<T extends Json>(
  run: Run,
  work: () => Promise<T>,
): Promise<{ readonly ok: true; readonly found: T } | (MethodEnd & { readonly ok: false })> {
  try {
    return { ok: true, found: await work() }
  } catch (thrown) {
    // Stopped at once: the journal says how far it was, and a resume goes on from there.
    if (run.signal.aborted || thrown instanceof NothingLost) throw thrown
    const { code, message, hint } = toOpsError(thrown)
    return { ok: false, code, message, hint: hint ?? null }
  }
}

async function goBack(
  run: Run,
  scenario: Scenario<DrillDetails>,
  details: DrillDetails,
  params: DrillParams,
): Promise<string> {
  await scenario.restore(run, details, params)
  return scenario.settle(run, details, params)
}

/** Once for the run: a resume that finds it there puts the same. */
async function keep(run: Run, { scenario }: DrillParams, record: DrillRecord): Promise<void> {
  await run.evidence.put('drill', drillKey(scenario, run.id), run.clock.now(), record)
}

function notBack(run: Run, end: MethodEnd, why: string): OpsError {
  const first = end.ok ? '' : `${end.message}; and `
  return new OpsError('STALLED', {
    message: `${first}what was lost has not come back: ${why}`,
    hint: `see to what is named, then: ops resume ${run.id} goes the way back again`,
    exitCode: exitCodes.needsHuman,
  })
}

function throwUnlessProven(record: DrillRecord, end: MethodEnd): void {
  const [first, ...others] = record.troubles
  if (record.verdict === 'proven' || first === undefined) return
  const more = others.length === 0 ? '' : `; and ${others.length} more`
  throw new OpsError(codeOf(record, end), {
    message: `the drill has ${record.verdict === 'missed' ? 'missed its target' : 'failed'}: ${first}${more}`,
    hint:
      (end.ok ? null : end.hint) ??
      'the report says what was found and how long each phase took: ops report last',
    exitCode: exitCodes.failed,
  })
}

function codeOf({ verdict, scenario }: DrillRecord, end: MethodEnd) {
  if (verdict === 'missed') return 'TARGET_MISSED'
  // Where ops itself is lost, what fails is a run and no write.
  return end.ok && scenario !== 'ops' ? 'DATA_LOST' : 'STEP_FAILED'
}
