// What every scenario hands back, and the times it takes on its way. From the loss on nothing may end the run before the way back
// has been gone: a halt is heard before and after, never between.
import { type Json, OpsError, type Run } from '#sdk'

export type Phase = { readonly what: string; readonly seconds: number }

/** The end of a method that came to its end: what it found, good or bad. */
export type Found = {
  readonly verifiedAtMs: number
  /** Stretch of writes that are gone; `null` where nobody can tell. */
  readonly rpoSeconds: number | null
  readonly phases: readonly Phase[]
  /** One sentence each: what was compared and found right. */
  readonly proven: readonly string[]
  /** One sentence each: what is lost or differs. */
  readonly troubles: readonly string[]
}

export interface Phases {
  readonly all: readonly Phase[]
  /** Journalled at both ends: a crash in the middle costs time and is told, and what has ended is not done again. */
  take<T extends Json>(what: string, work: () => Promise<T>): Promise<T>
}

export function startPhases(run: Run): Phases {
  const all: Phase[] = []
  return {
    all,
    take: async (what, work) => {
      const beganMs = await noteTime(run, `${what}.began`)
      const { result, endedMs } = await run.note(what, async () => ({
        result: await work(),
        endedMs: run.clock.now().getTime(),
      }))
      all.push({ what, seconds: Math.round((endedMs - beganMs) / 100) / 10 })
      return result
    },
  }
}

export const noteTime = (run: Run, key: string): Promise<number> =>
  run.note(key, async () => run.clock.now().getTime())

/** Thrown where a run that is to end has lost nothing yet. */
export class NothingLost extends Error {}

/**
 * The point of no return: right before the first effect, and journalled. A run that is to end gets no further; what it hands
 * back is deaf to that, for the way back is longer than the way on.
 */
export async function begin(run: Run): Promise<Run> {
  await run.note('begun', async () => {
    if (run.ending) throw new NothingLost()
    return true
  })
  return carryingOn(run)
}

/** The same run, deaf to a halt. */
export const carryingOn = (run: Run): Run => Object.create(run, { ending: { value: false } }) as Run

/** Reads until the cluster has time for it. */
export function readPatiently<T>(
  run: Run,
  title: string,
  stallMs: number,
  read: () => Promise<T>,
): Promise<T> {
  return run.wait({
    subject: 'cluster',
    title,
    everyMs: 1000,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => ({ done: await read() }),
    orElse: lastSeen => new OpsError('STALLED', { message: `${title}: ${lastSeen}`, exitCode: 1 }),
  })
}
