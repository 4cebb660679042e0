// Finds the runbook or run that was typed.
import { runbooks } from '../../runbooks/index.ts'
import type { AnyRunbook } from '../engine/engine.ts'
import { OpsError } from '../errors/index.ts'
import type { Journal } from '../ports/journal.ts'
import { nearest } from './nearest.ts'

/** @throws OpsError UNKNOWN_RUNBOOK with the nearest one */
export async function findRunbook(id: string): Promise<AnyRunbook> {
  const load = Object.hasOwn(runbooks, id) ? runbooks[id] : undefined
  if (load !== undefined) return load()
  const close = nearest(id, Object.keys(runbooks))
  throw new OpsError('UNKNOWN_RUNBOOK', {
    message: `there is no runbook ${id}`,
    hint: close === null ? 'list them: ops runbooks' : `did you mean ${close}? list them: ops runbooks`,
  })
}

/** A run by its id, by the beginning of its id, or `last`. */
export async function findRun(journal: Journal, typed: string): Promise<string> {
  const runs = (await journal.runs()).map(({ run }) => run)
  const [newest] = runs
  if (typed === 'last' && newest !== undefined) return newest
  const matching = runs.filter(run => run === typed || run.startsWith(typed))
  const [only] = matching
  if (only !== undefined && (matching.length === 1 || matching.includes(typed)))
    return matching.includes(typed) ? typed : only
  throw new OpsError('UNKNOWN_RUN', {
    message: matching.length > 1 ? `${matching.length} runs begin with ${typed}` : `there is no run ${typed}`,
    hint: 'list them: ops runs',
  })
}
