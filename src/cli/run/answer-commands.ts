// `ops approve` and `ops pause`: answers to runs, from another terminal.
import { approveRun } from '../../engine/approvals.ts'
import { OpsError } from '../../errors/index.ts'
import { findRun } from '../find.ts'
import type { CliIo } from '../io.ts'
import { withState } from './with-state.ts'

export async function approveCommand(io: CliIo, typed: string): Promise<void> {
  await withState(io, async state => {
    const run = await findRun(state.journal, typed)
    await approveRun(state, run)
    const next = `ops resume ${run}`
    io.result(io.json ? { run, approvedBy: state.who.actor, next } : `run ${run} is approved. Next: ${next}`)
  })
}

export async function pauseCommand(io: CliIo, typed: string): Promise<void> {
  await withState(io, async ({ journal, locks, clock }) => {
    const run = await findRun(journal, typed)
    const alive = (await locks.held(clock.now())).some(lock => lock.run === run && lock.state === 'live')
    if (!alive) {
      throw new OpsError('RUN_ENDED', {
        message: `no process is carrying run ${run} out`,
        hint: `see: ops show ${run}`,
      })
    }
    await journal.request(run, 'pause')
    io.result(io.json ? { run, requested: 'pause' } : `run ${run} will pause at its next safe point`)
  })
}
