// What a journalled step costs (intent and result, both on disk before it goes on), and how long a long run takes to
// replay. Run it with `node bench/journal.ts [DIRECTORY]`; it exits 1 where a bar is missed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openState } from '../src/adapters/sqlite/database.ts'
import { SqliteJournal } from '../src/adapters/sqlite/journal.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { Control } from '../src/engine/control.ts'
import { Recorder } from '../src/engine/recorder.ts'
import { Redactor } from '../src/engine/redactor.ts'
import { runStep } from '../src/engine/steps.ts'
import { viewRun } from '../src/engine/view.ts'

const bars = { stepP50Ms: 3, replayMs: 1000 }
const timedSteps = 500
const replayedSteps = 10_000

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'ops-bench-'))
try {
  const stepMs = await timeSteps(timedSteps, 'timed')
  // Replay does not depend on how the records were written: without syncing they are there sooner.
  await timeSteps(replayedSteps, 'long', 'PRAGMA synchronous = OFF')
  const replay = await timeReplay('long')
  const results = {
    'step, p50 ms': quantile(stepMs, 0.5),
    'step, p95 ms': quantile(stepMs, 0.95),
    [`replay of ${replayedSteps} steps (${replay.records} records), ms`]: replay.ms,
  }
  console.table(results)
  const missed = [
    ...(quantile(stepMs, 0.5) < bars.stepP50Ms ? [] : [`step p50 is not under ${bars.stepP50Ms} ms`]),
    ...(replay.ms < bars.replayMs ? [] : [`replay is not under ${bars.replayMs} ms`]),
  ]
  for (const line of missed) console.log(`missed: ${line}`)
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function timeSteps(count: number, run: string, pragma = ''): Promise<number[]> {
  const files = openState(directory)
  files.database.exec(pragma)
  const journal = new SqliteJournal(directory, files)
  const ports = { journal, clock: systemClock, host: { notify: () => {} }, redactor: new Redactor() }
  ports.redactor.register('a secret that is looked for in every record')
  const recorder = new Recorder(run, ports)
  const parts = { recorder, control: new Control(), clock: systemClock }
  const times: number[] = []
  for (let at = 0; at < count; at++) {
    const begunMs = performance.now()
    await runStep(parts, {
      key: `es-data${at}.stop`,
      title: `stop es-data${at}`,
      before: { ephemeralId: 'eph-1', startedAtMs: 1_744_272_000_000 },
      observe: async () => ({ state: 'not-done' }),
      apply: async () => null,
    })
    times.push(performance.now() - begunMs)
  }
  await journal.close()
  return times
}

/** As a new process would: a connection of its own, the whole chain checked, the view made. */
async function timeReplay(run: string): Promise<{ ms: number; records: number }> {
  const begunMs = performance.now()
  const journal = new SqliteJournal(directory)
  const records = await journal.read(run)
  const view = viewRun(records)
  const ms = performance.now() - begunMs
  await journal.close()
  if (view.steps.size !== replayedSteps) throw new Error(`only ${view.steps.size} steps were replayed`)
  return { ms: round(ms), records: records.length }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN)
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
