// `ops resume` and `ops abort`.
import { openWorld } from '../../app/wire.ts'
import { Control } from '../../engine/control.ts'
import { resumeRun } from '../../engine/run.ts'
import { viewRun } from '../../engine/view.ts'
import { findRun, findRunbook } from '../find.ts'
import { openHost } from '../host.ts'
import type { CliIo } from '../io.ts'
import { listenForSignals } from '../signals.ts'
import { reportEnd } from './end.ts'
import { withState } from './with-state.ts'

export async function carryOnCommand(
  io: CliIo,
  typed: string,
  mode: 'resume' | 'abort',
  acceptChanged: boolean,
): Promise<number> {
  const { run, runbookId, history } = await withState(io, async ({ journal }) => {
    const found = await findRun(journal, typed)
    const records = await journal.read(found)
    return { run: found, runbookId: String(viewRun(records).started?.runbook), history: records }
  })
  const runbook = await findRunbook(runbookId)
  const host = await openHost(io, history)
  const world = await openWorld({ ...io, host, run }).catch(async thrown => {
    await host.close()
    throw thrown
  })
  const control = new Control()
  const deaf = listenForSignals(control, line => io.talk(line))
  try {
    return await reportEnd(
      io,
      host,
      await resumeRun(world.engine, runbook, run, mode, { acceptChanged }, control),
    )
  } finally {
    deaf()
    await host.close()
    await world.close()
  }
}
