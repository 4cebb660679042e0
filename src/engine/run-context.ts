// The `Run` that a runbook is handed: the sdk's promises kept by the engine's parts.
import { exitCodes, OpsError } from '../errors/index.ts'
import type { Json, JsonObject } from '../ports/json.ts'
import type { Gate } from '../sdk/gate.ts'
import type { Run } from '../sdk/run.ts'
import { requireApproval } from './approvals.ts'
import type { Control } from './control.ts'
import type { Engine } from './engine.ts'
import { runFrontier } from './frontier.ts'
import { judgeGates, sayRefused } from './gates.ts'
import { lookOf } from './plan.ts'
import type { Recorder } from './recorder.ts'
import { runStep } from './steps.ts'
import { changeForAWhile, giveBack } from './temporary-settings.ts'
import { waitFor } from './wait.ts'

export function runContext(engine: Engine, recorder: Recorder, control: Control, fencing: number): Run {
  const progress = (subject: string, text: string): void => recorder.progress(subject, text)
  const parts = { recorder, control, clock: engine.clock, progress }
  const verified = new Set<string>()
  return {
    ...lookOf(engine, recorder.run),
    id: recorder.run,
    others: engine.others,
    settings: engine.settings,
    fencing,
    judge: (gates, facts, params) => judge(recorder, gates, facts, params),
    signal: control.signal,
    progress,
    step: step => runStep(parts, step),
    wait: wait => waitFor(parts, wait),
    approval: what => requireApproval(engine, recorder, what),
    safePoint: async () => control.safePoint(),
    frontier: frontier => runFrontier(parts, frontier),
    get ending() {
      return control.halted !== null
    },
    get underWay() {
      return membersIn(recorder, 'begun')
    },
    get touched() {
      return new Set(recorder.view.members.keys())
    },
    note: (key, read) => note(recorder, key, read),
    mark: async (key, type, data: JsonObject) => {
      if (!recorder.view.marks.has(key)) await recorder.append(type, { once: key, ...data })
    },
    temporarily: async setting => {
      // On the way out nothing new is changed; what is in place stays until it is given back.
      if (control.halted !== null) return
      await changeForAWhile(recorder, engine.settings, setting, !verified.has(setting.key))
      verified.add(setting.key)
    },
    giveBack: async key => {
      await giveBack(recorder, engine.settings, key)
      verified.delete(key)
    },
  }
}

function membersIn({ view }: Recorder, wanted: 'begun' | 'done'): ReadonlySet<string> {
  return new Set([...view.members].filter(([, state]) => state === wanted).map(([name]) => name))
}

async function note<T>(recorder: Recorder, key: string, read: () => Promise<T>): Promise<T> {
  const known = recorder.view.notes.get(key)
  if (known !== undefined) return known as T
  const value = await read()
  await recorder.append('step.noted', { step: key, value: value as Json })
  return value
}

/** What passes needs no record of its own: the plan has it. */
async function judge<Facts, Params>(
  recorder: Recorder,
  gates: readonly Gate<Facts, Params>[],
  facts: Facts,
  params: Params,
): Promise<void> {
  const names = new Set(gates.map(({ name }) => name))
  const waivers = new Map([...recorder.view.waived].filter(([name]) => names.has(name)))
  const verdicts = judgeGates(gates, facts, params, waivers)
  for (const verdict of verdicts) {
    if (verdict.verdict === 'waived') await recorder.append('gate.waived', verdict)
    if (verdict.verdict === 'refuse') await recorder.append('gate.refused', verdict)
  }
  const message = sayRefused(verdicts)
  if (message === null) return
  throw new OpsError('GATE_REFUSED', {
    message,
    hint: `mend it, then: ops resume ${recorder.run}`,
    // Something has been done by now; what was temporary is undone.
    exitCode: exitCodes.failed,
  })
}
