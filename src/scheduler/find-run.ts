// Finds runs in the journal: the one of a due time, and those that count for a job although somebody started them by hand.
import { isDeepStrictEqual } from 'node:util'
import { exitCodes } from '../errors/index.ts'
import type { Journal, JournalRecord, RunSummary } from '../ports/journal.ts'
import type { JsonObject } from '../ports/json.ts'
import type { FoundRun } from './decide-end.ts'
import type { Job } from './job.ts'

/** A clock may have been set back by so much between a claim and the start of its run. */
const skewMs = 24 * 3_600_000

/** The run that this actor began; one that only met a held lock where there is no other. */
export async function findRun(
  journal: Journal,
  runbook: string,
  actor: string,
  claimedAt: string,
): Promise<FoundRun | null> {
  const since = new Date(Date.parse(claimedAt) - skewMs).toISOString()
  let locked: FoundRun | null = null
  for (const summary of await journal.runs()) {
    if (summary.runbook !== runbook || summary.startedAt < since) continue
    const records = await journal.read(summary.run)
    if (records[0]?.actor !== actor) continue
    const found = foundRun(summary, records)
    if (found.exitCode !== exitCodes.locked) return found
    locked ??= found
  }
  return locked
}

/** Further back than this many runs of a runbook nobody looks for one with the same parameters. */
const most = 50

export interface CountedRun extends FoundRun {
  readonly endedAt: string
}

/** The newest runs of the runbook with the job's parameters that have ended, whoever began them; newest first. */
export async function runsOf(journal: Journal, { runbook, params }: Job): Promise<readonly CountedRun[]> {
  const own = (await journal.runs()).filter(run => run.runbook === runbook && run.outcome !== null)
  const counted: CountedRun[] = []
  for (const summary of own.slice(0, most)) {
    const records = await journal.read(summary.run)
    if (!isDeepStrictEqual(records[0]?.params, params)) continue
    counted.push({ ...foundRun(summary, records), endedAt: summary.lastAt })
    // What is older than a success tells nothing more.
    if (summary.outcome === 'succeeded') break
  }
  return counted
}

function foundRun({ run, outcome }: RunSummary, records: readonly JournalRecord[]): FoundRun {
  const last = records.at(-1)
  const { exitCode, message }: JsonObject = last?.type === 'run.ended' ? last : {}
  return {
    run,
    outcome,
    exitCode: typeof exitCode === 'number' ? exitCode : null,
    message: typeof message === 'string' ? message : null,
  }
}
