// What goes on beside a run while it is applied: heartbeat, pause requests, samples. Ends when told, never by itself.
import { toOpsError } from '../errors/index.ts'
import type { Json } from '../ports/json.ts'
import type { Control } from './control.ts'
import type { AnyRunbook, Engine } from './engine.ts'
import { lookOf } from './plan.ts'
import type { Recorder } from './recorder.ts'

const heartbeatMs = 10_000
const pauseMs = 1000
const sampleMs = 2000

export interface Background {
  end(): Promise<void>
}

export function startBackground(
  engine: Engine,
  recorder: Recorder,
  runbook: AnyRunbook,
  control: Control,
  fencing: number,
  holdsLocks: boolean,
): Background {
  const ended = new AbortController()
  const every = async (ms: number, act: () => Promise<void>): Promise<void> => {
    while (!ended.signal.aborted) {
      await act()
      await engine.clock.sleep(ms, ended.signal)
    }
  }
  const loops = [
    // Who holds no lock has none to lose.
    ...(holdsLocks ? [every(heartbeatMs, () => beat(engine, recorder, control, fencing))] : []),
    every(pauseMs, () => watchForPause(engine, recorder, control)),
    every(sampleMs, () => takeSample(engine, recorder, runbook)),
  ]
  return {
    end: async () => {
      ended.abort()
      await Promise.all(loops)
    },
  }
}

async function beat(engine: Engine, recorder: Recorder, control: Control, fencing: number): Promise<void> {
  try {
    await engine.locks.heartbeat(recorder.run, fencing, engine.clock.now())
  } catch (thrown) {
    const error = toOpsError(thrown)
    if (error.code === 'LOCK_LOST') control.stopNow(error)
    else control.halt('trouble', error)
  }
}

async function watchForPause(engine: Engine, recorder: Recorder, control: Control): Promise<void> {
  if (control.halted !== null) return
  const requested = await engine.journal.requested(recorder.run).catch(() => null)
  if (requested !== 'pause') return
  control.halt('pause')
  await engine.journal.request(recorder.run, null)
  await recorder.append('run.pause-requested', {})
}

/** A sample that cannot be taken is left out: the report shows the gap, the run goes on. */
async function takeSample(engine: Engine, recorder: Recorder, runbook: AnyRunbook): Promise<void> {
  if (runbook.sample === undefined) return
  try {
    const measured: { [key: string]: Json | undefined } = await runbook.sample(lookOf(engine, recorder.run))
    const sample = { ...measured, at: engine.clock.now().toISOString() }
    await engine.journal.sample(recorder.run, sample)
    engine.host.notify({ kind: 'sample', sample })
  } catch {
    // Said above: a gap.
  }
}
