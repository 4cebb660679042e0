// A process with a scheduler on a real state directory, real clock, real children. What it starts is a program of the test.
//
//   node schedule-on-state.ts STATE_DIR PROGRAM
import { join } from 'node:path'
import { childRunner } from '../../src/adapters/child/job-runner.ts'
import { cronAlarm } from '../../src/adapters/cron/alarm.ts'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteJournal } from '../../src/adapters/sqlite/journal.ts'
import { SqliteLedger } from '../../src/adapters/sqlite/ledger.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemProcesses } from '../../src/adapters/system/processes.ts'
import { parseConfig } from '../../src/config/define.ts'
import { keepLooking } from '../../src/scheduler/keep-looking.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'

const [stateDir = '', program = ''] = process.argv.slice(2)
const { schedules, maintenance } = parseConfig(
  { schedules: [{ id: 'tick', runbook: 'snapshot', cron: '* * * * * *' }] },
  'test',
)
const files = openState(stateDir)
const scheduler = new Scheduler({
  jobs: schedules.map(schedule => ({ id: schedule.id, schedule, runbook: 'snapshot', args: [], params: {} })),
  maintenance,
  ledger: new SqliteLedger(stateDir, systemProcesses, files),
  journal: new SqliteJournal(stateDir, files),
  runner: childRunner({ command: [program], logDir: join(stateDir, 'log') }),
  clock: systemClock,
  processes: systemProcesses,
  notify: event => console.log(JSON.stringify(event)),
  changed: async () => {},
})
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await keepLooking(
  scheduler,
  { clock: systemClock, setAlarm: cronAlarm(schedules), notify: () => {} },
  stop.signal,
)
files.database.close()
