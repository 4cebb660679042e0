// A process of `ops` on a fake cluster that is kept in a file, with the real journal and locks. It kills itself, as
// SIGKILL does, right before or right after one journal record.
//
//   node ops-on-fakes.ts STATE_DIR start|resume|abort [before|after RECORD]
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteJournal } from '../../src/adapters/sqlite/journal.ts'
import { SqliteLocks } from '../../src/adapters/sqlite/locks.ts'
import { systemProcesses } from '../../src/adapters/system/processes.ts'
import type { Journal } from '../../src/ports/journal.ts'
import type { FakeState } from '../support/fake-cluster/fake-cluster.ts'
import { FakeWorld } from '../support/fake-world/fake-world.ts'
import { carryOn, startRestart } from '../support/fake-world/restart.ts'

const [stateDir = '', mode = 'start', when = 'never', record = '0'] = process.argv.slice(2)
const clusterFile = join(stateDir, 'cluster.json')
const saved = JSON.parse(readFileSync(clusterFile, 'utf8')) as FakeState

// A file is there whole or not at all, whenever this process is killed.
const save = (state: FakeState): void => {
  writeFileSync(`${clusterFile}.new`, JSON.stringify(state))
  renameSync(`${clusterFile}.new`, clusterFile)
}

const files = openState(stateDir)
const journal = new SqliteJournal(stateDir, files)
let records = 0

const append: Journal['append'] = async (...given) => {
  records += 1
  // Time has passed in the cluster since its last change.
  save(world.cluster.toJSON())
  if (when === 'before' && records === Number(record)) process.kill(process.pid, 'SIGKILL')
  const written = await journal.append(...given)
  if (when === 'after' && records === Number(record)) process.kill(process.pid, 'SIGKILL')
  return written
}

const world: FakeWorld = new FakeWorld({
  saved,
  save,
  journal: new Proxy(journal, {
    get: (target, key) => {
      if (key === 'append') return append
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }),
  locks: new SqliteLocks(stateDir, systemProcesses, files),
})
const self = world.begin({ pid: process.pid })
const [run] = await journal.runs()
const end =
  mode === 'start' || run === undefined
    ? await startRestart(self)
    : await carryOn(self, mode === 'abort' ? 'abort' : 'resume', run)
save(world.cluster.toJSON())
await journal.close()
console.log(JSON.stringify({ end, records }))
