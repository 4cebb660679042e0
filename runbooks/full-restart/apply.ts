// The procedure: everything down in order, the work of people, everything up in order. Once a node is being stopped the run ends only
// where everything is down, or where everything is up again.
import { OpsError, type Run } from '#sdk'
import { compareContent, readContent } from './content.ts'
import type { FullParams } from './params.ts'
import type { FullDetails } from './plan.ts'
import { report } from './report.ts'
import { startEverything, startIngest, waitForLag } from './start.ts'
import { firstProcess, stopEverything } from './stop.ts'
import { listDown } from './stuck.ts'

/**
 * 1. Count and look once more. Up to here the run may end.
 * 2. Stop: ingest, then Elasticsearch held and flushed, then Kafka. Whoever stops half way starts ingest again, or names what is down.
 * 3. The work: the process ends as waiting. Whoever resumes says that the work is done.
 * 4. Start: Kafka, then masters, then everybody, until every copy is there; compare; then ingest, until its lag is gone.
 */
export async function applyFullRestart(run: Run, details: FullDetails, params: FullParams): Promise<void> {
  await enter(run)
  const quiet = await run.note('counts', () => readContent(run, details))
  await run.note('begun', async () => {
    await run.safePoint()
    return true
  })
  const before = await run.note('down', () => stopEverything(run, details, params))
  await waitForWork(run, params)
  await run.note('up', async () => {
    await startEverything(run, details, params, 'ops resume')
    await compareContent(run, details, { quiet, before })
    await startIngest(run, details, params, 'ops resume')
    await report(run, details, before.standsMs)
    return true
  })
  await waitForLag(run, details, params, before)
}

/** A run that is told to end before it goes on ends as it is: untouched, or down and held. */
async function enter(run: Run): Promise<void> {
  const first = await firstProcess(run)
  if (!run.ending) return
  if (first === run.fencing) await run.safePoint()
  throw awaitsWork(run, 'it was told to end before it went on; what is down stays down')
}

/** The process that has brought everything down waits; a later one was begun by somebody who has done the work. */
async function waitForWork(run: Run, { work }: FullParams): Promise<void> {
  if (work === 'none' && !run.ending) return
  const told = await run.note('told', async () => run.fencing)
  if (told !== run.fencing && !run.ending) return
  throw awaitsWork(run, 'everything is down')
}

const awaitsWork = ({ id }: Run, why: string): OpsError =>
  new OpsError('AWAITS_WORK', {
    message: `run ${id}: ${why}`,
    hint: `when the work is done: ops resume ${id} starts everything and compares; ops abort ${id} only starts it`,
  })

/** Whatever is down comes up again, in the same order, as far as it goes; what ran before the run runs after it. */
export async function undoFullRestart(run: Run, details: FullDetails, params: FullParams): Promise<void> {
  const again = 'ops abort'
  if ((await listDown(run, details)).length === 0) return
  try {
    await startEverything(run, details, params, again)
  } catch (thrown) {
    if (!run.signal.aborted && (await takesWrites(run, details)))
      await startIngest(run, details, params, again)
    throw thrown
  }
  await startIngest(run, details, params, again)
}

async function takesWrites({ elasticsearch: es }: Run, { elasticsearch }: FullDetails): Promise<boolean> {
  if (elasticsearch === null) return true
  return es.health({ timeoutMs: 10_000 }).then(
    ({ status }) => status !== 'red',
    () => false,
  )
}
