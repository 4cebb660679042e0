// `ops runs` and `ops show`.
import { viewRun } from '../../engine/view.ts'
import { findRun } from '../find.ts'
import type { CliIo } from '../io.ts'
import { plainLines } from '../render/plain.ts'
import { withState } from '../run/with-state.ts'

export async function runsCommand(io: CliIo): Promise<void> {
  await withState(io, async ({ journal, locks, clock }) => {
    const held = await locks.held(clock.now())
    const rows = (await journal.runs()).map(summary => {
      const lock = held.find(({ run }) => run === summary.run)
      return { ...summary, outcome: summary.outcome ?? (lock?.state === 'live' ? 'running' : 'orphan') }
    })
    if (io.json) return io.result(rows)
    const lines = rows.map(
      ({ run, runbook, startedAt, outcome, records }) =>
        `${run.padEnd(22)}${runbook.padEnd(20)}${startedAt.slice(0, 19).padEnd(21)}${outcome.padEnd(13)}${records} records`,
    )
    io.result(lines.join('\n') || 'No run yet.')
  })
}

export async function showCommand(io: CliIo, typed: string): Promise<void> {
  await withState(io, async ({ journal }) => {
    const run = await findRun(journal, typed)
    const records = await journal.read(run)
    if (io.json) {
      const { started, ended } = viewRun(records)
      return io.result({ run, runbook: started?.runbook, outcome: ended?.outcome ?? null, records })
    }
    const lines: string[] = []
    const host = plainLines(line => lines.push(line))
    for (const record of records) host.notify({ kind: 'record', record })
    io.result(lines.join('\n'))
  })
}
