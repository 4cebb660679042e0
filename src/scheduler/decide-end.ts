// What a due time becomes when its process has ended, or is gone with the scheduler that started it. Pure.
import type { Schedule } from '../config/define.ts'
import { exitCodes } from '../errors/index.ts'
import type { Settlement } from '../ports/ledger.ts'

/** What the journal has of the run. */
export interface FoundRun {
  readonly run: string
  /** `null`: it has not ended. */
  readonly outcome: string | null
  readonly exitCode: number | null
  readonly message: string | null
}

export interface EndedProcess {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly said: string | null
}

/** A lock that is held is asked for again after this. */
export const retryMs = 300_000

/** The process has ended before our eyes. */
export function decideEnd(
  schedule: Schedule,
  process: EndedProcess,
  found: FoundRun | null,
  stopping: boolean,
  now: Date,
): Settlement {
  const run = found?.run ?? null
  const { exitCode, signal } = process
  const said = found?.message ?? process.said
  if (exitCode === exitCodes.done) return { state: 'done', run, reason: null, exitCode }
  if (exitCode === exitCodes.locked) return decideLocked(schedule, run, said, now)
  // Without a run nothing was begun, so it may be begun later.
  if (run === null && stopping && (signal !== null || exitCode === exitCodes.interrupted)) {
    return { state: 'due', run, reason: 'the scheduler was stopped before the run began', exitCode }
  }
  const how = signal !== null ? `its process was ended by ${signal}` : `exit status ${exitCode}${say(said)}`
  const unfinished = found !== null && found.outcome === null
  return { state: 'failed', run, reason: unfinished ? `${how}; ${leftBy(found.run)}` : how, exitCode }
}

/** Nobody saw the process end: only what the run itself wrote down counts. It is never begun again for this due time. */
export function decideLost(schedule: Schedule, found: FoundRun | null, now: Date): Settlement {
  if (found === null) {
    return {
      state: 'failed',
      run: null,
      reason:
        'unknown: it was claimed by a scheduler that died or could not start it, and no run of it is in the journal',
      exitCode: null,
    }
  }
  const { run, outcome, exitCode, message } = found
  if (outcome === null) return { state: 'failed', run, reason: `unknown: ${leftBy(run)}`, exitCode: null }
  if (outcome === 'succeeded') return { state: 'done', run, reason: null, exitCode }
  if (exitCode === exitCodes.locked) return decideLocked(schedule, run, message, now)
  return { state: 'failed', run, reason: `${outcome}${say(message)}`, exitCode }
}

function decideLocked({ overlap }: Schedule, run: string | null, said: string | null, now: Date): Settlement {
  const reason = `a lock is held${say(said)}`
  const exitCode = exitCodes.locked
  if (overlap === 'skip') return { state: 'skipped', run, reason, exitCode }
  return { state: 'due', run, reason, exitCode, notBefore: new Date(now.getTime() + retryMs).toISOString() }
}

const leftBy = (run: string): string =>
  `run ${run} was left unfinished: ops resume ${run}, or ops abort ${run}`

const say = (said: string | null): string => (said === null || said === '' ? '' : `: ${said}`)
