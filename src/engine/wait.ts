// Waiting for the world: ends when it is done, when nothing moves for the stall limit, or at a hard ceiling.
import { OpsError, toOpsError } from '../errors/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Wait } from '../sdk/run.ts'
import type { Control } from './control.ts'
import { canonicalJson } from './hash.ts'

export interface WaitParts {
  readonly clock: Clock
  readonly control: Control
  readonly progress: (subject: string, text: string) => void
}

export async function waitFor<T>({ clock, control, progress }: WaitParts, wait: Wait<T>): Promise<T> {
  const beganMs = clock.monotonicMs()
  let movedMs = beganMs
  let last = ''
  let lastSeen = 'nothing yet'
  for (;;) {
    control.signal.throwIfAborted()
    if (wait.interruptible) control.safePoint()
    const seen = await look(wait)
    if ('done' in seen) return seen.done
    const nowMs = clock.monotonicMs()
    const state = canonicalJson(seen.progress)
    if (state !== last) {
      last = state
      movedMs = nowMs
    }
    lastSeen = seen.text
    progress(wait.subject, `${wait.title}: ${seen.text}`)
    if (nowMs - movedMs > wait.stallMs || nowMs - beganMs > wait.ceilingMs) throw wait.orElse(lastSeen)
    await clock.sleep(wait.everyMs, control.signal)
  }
}

/** A look that failed because the cluster is busy or away is no progress, but no failure either: the limits decide. */
async function look<T>(wait: Wait<T>): ReturnType<Wait<T>['poll']> {
  try {
    return await wait.poll()
  } catch (thrown) {
    const error = toOpsError(thrown)
    if (error.next !== 'wait' && error.next !== 'retry') throw error
    return { progress: error.code, text: error.message }
  }
}

/** Repeats a read that fails only because the system is busy or has no master, within a stall limit. */
export async function patiently<T>(
  { clock, control }: Pick<WaitParts, 'clock' | 'control'>,
  stallMs: number,
  read: () => Promise<T>,
): Promise<T> {
  const beganMs = clock.monotonicMs()
  for (;;) {
    try {
      return await read()
    } catch (thrown) {
      const error = toOpsError(thrown)
      if (error.next !== 'wait' && error.next !== 'retry') throw error
      if (control.signal.aborted) throw control.signal.reason
      if (clock.monotonicMs() - beganMs > stallMs) {
        throw new OpsError('STALLED', {
          message: `no usable answer for ${Math.round(stallMs / 1000)} s: ${error.message}`,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          cause: error,
        })
      }
      await clock.sleep(1000, control.signal)
    }
  }
}
