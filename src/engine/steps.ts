// A step: intent before effect, and an outcome that is done, not done or unknown. Unknown is resolved by looking at the
// world, never by doing it again blindly.
import { type OpsError, toOpsError } from '../errors/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Json } from '../ports/json.ts'
import type { Step } from '../sdk/run.ts'
import type { Control } from './control.ts'
import { Deferred } from './control.ts'
import type { Recorder } from './recorder.ts'

const retryPauseMs = 2000

export interface StepParts {
  readonly recorder: Recorder
  readonly control: Control
  readonly clock: Clock
}

/**
 * 1. Done in the journal: return its result.
 * 2. Begun before: probe; if it happened, journal that and return.
 * 3. Guard, journal the intent, apply, journal the result.
 * 4. On trouble: probe. Happened after all: done. Else try again if the step allows it, or fail.
 */
export async function runStep<T extends Json>(parts: StepParts, step: Step<T>): Promise<T> {
  const seen = parts.recorder.view.steps.get(step.key)
  if (seen?.state === 'done') return seen.result as T
  if (seen !== undefined) {
    const found = await step.observe()
    if (found.state === 'done') return finish(parts, step, found.result, 'observed')
  }
  for (let attempt = 1; ; attempt++) {
    await step.guard?.()
    await parts.recorder.append('step.intent', {
      step: step.key,
      title: step.title,
      attempt,
      ...(step.before === undefined ? {} : { before: step.before }),
    })
    const begun = parts.clock.monotonicMs()
    try {
      return await finish(parts, step, await step.apply(), 'applied', begun)
    } catch (thrown) {
      if (thrown instanceof Deferred) throw thrown
      const error = toOpsError(thrown)
      const result = await resolveTrouble(parts, step, error)
      if (result !== null) return finish(parts, step, result.result, 'observed', begun)
      if (parts.control.signal.aborted || attempt > (step.retries ?? 0) || error.code === 'BUG') throw error
      await parts.clock.sleep(retryPauseMs * attempt, parts.control.signal)
    }
  }
}

async function resolveTrouble<T extends Json>(
  { recorder, control }: StepParts,
  step: Step<T>,
  error: OpsError,
): Promise<{ readonly result: T } | null> {
  const trouble = { step: step.key, code: error.code, message: error.message }
  // Stopped at once: the intent stays open in the journal, and a resume will probe.
  if (control.signal.aborted) return null
  if (error.next === 'wait') await recorder.append('step.unknown', trouble)
  const found = await step.observe()
  if (found.state === 'done') return { result: found.result }
  await recorder.append('step.failed', {
    ...trouble,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
  return null
}

async function finish<T extends Json>(
  { recorder, clock }: StepParts,
  step: Step<T>,
  result: T,
  how: 'applied' | 'observed',
  begunMs?: number,
): Promise<T> {
  const seconds = begunMs === undefined ? null : Math.round(clock.monotonicMs() - begunMs) / 1000
  await recorder.append('step.done', { step: step.key, title: step.title, how, seconds, result })
  return result
}
