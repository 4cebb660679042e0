// Approvals: bound to one plan hash, given by another person than the one who asked, good for a limited time.
import { OpsError } from '../errors/index.ts'
import type { Engine } from './engine.ts'
import { hashOf } from './hash.ts'
import { Recorder } from './recorder.ts'
import { type RunView, viewRun } from './view.ts'

type Approver = Pick<Engine, 'journal' | 'clock' | 'host' | 'redactor' | 'who' | 'policy'>

export async function requestApproval(
  recorder: Recorder,
  planHash: string,
  gates: readonly string[],
): Promise<void> {
  await recorder.append('approval.requested', { planHash, gates, of: recorder.view.started?.actor ?? null })
}

/**
 * The word of another person for one deed in the middle of a run. Once it was used it stays used: a resume does not ask again.
 * @throws OpsError NEEDS_APPROVAL
 */
export async function requireApproval(engine: Engine, recorder: Recorder, what: string): Promise<void> {
  const used = `approved: ${what}`
  if (recorder.view.notes.has(used)) return
  const hash = hashOf({ plan: recorder.view.planned?.hash ?? null, what })
  if (approvalMissing(recorder.view, hash, engine)) {
    if (recorder.view.approvalRequested?.planHash !== hash) await requestApproval(recorder, hash, [what])
    throw needsApproval(recorder.run, what)
  }
  await recorder.append('step.noted', { step: used, value: hash })
}

export const needsApproval = (run: string, what?: string): OpsError =>
  new OpsError('NEEDS_APPROVAL', {
    message: `run ${run} waits for the approval of another person${what === undefined ? '' : `: ${what}`}`,
    hint: `that person: ops approve ${run} · then: ops resume ${run}`,
  })

/** Whether no approval in the run counts for this plan now. */
export function approvalMissing(view: RunView, planHash: string, { clock, policy }: Engine): boolean {
  const now = clock.now().getTime()
  return !view.approvals.some(
    given => given.planHash === planHash && now - Date.parse(given.at) <= policy.approvalMs,
  )
}

/** @throws OpsError RUN_ENDED where nothing waits, NEEDS_APPROVAL where the same person asks and approves */
export async function approveRun(engine: Approver, run: string): Promise<void> {
  const view = viewRun(await engine.journal.read(run))
  const requested = view.approvalRequested
  if (requested === null || view.ended?.outcome !== 'waiting') {
    throw new OpsError('RUN_ENDED', {
      message: `run ${run} waits for no approval`,
      hint: `see: ops show ${run}`,
    })
  }
  if (view.started?.actor === engine.who.actor && !engine.policy.selfApproval) {
    throw new OpsError('NEEDS_APPROVAL', {
      message: `${engine.who.actor} asked for run ${run} and cannot approve it as well`,
      hint: `another person types: ops approve ${run}`,
    })
  }
  await new Recorder(run, engine, view).append('approval.given', {
    by: engine.who.actor,
    host: engine.who.host,
    planHash: requested.planHash ?? null,
    gates: requested.gates ?? [],
  })
}
