// State directories that cannot be used: what is said, and what still works on a full disk.
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { execa } from 'execa'
import { openState } from '../../../../src/adapters/sqlite/database.ts'
import { SqliteJournal } from '../../../../src/adapters/sqlite/journal.ts'
import { SqliteLocks } from '../../../../src/adapters/sqlite/locks.ts'
import { systemProcesses } from '../../../../src/adapters/system/processes.ts'
import { stateDir } from './state-dir.ts'

const at = new Date('2025-04-10T08:00:00Z')
const errorOf = (act: () => unknown) => {
  try {
    act()
  } catch (thrown) {
    return thrown
  }
  return null
}

describe('a state directory', () => {
  it('is made for its owner only', () => {
    using dir = stateDir()
    const path = join(dir.path, 'deep', 'state')
    openState(path).database.close()
    expect(statSync(path).mode & 0o777).to.equal(0o700)
    expect(statSync(join(path, 'journal.db')).mode & 0o777).to.equal(0o600)
  })

  it('that is a file is STATE_UNUSABLE and named', () => {
    using dir = stateDir()
    writeFileSync(join(dir.path, 'file'), '')
    const error = errorOf(() => openState(join(dir.path, 'file')))
    expect(error).to.include({ code: 'STATE_UNUSABLE', exitCode: 64 })
    expect(error).property('hint').to.contain('--state DIR')
  })

  it('whose journal is a folder is STATE_UNUSABLE', () => {
    using dir = stateDir()
    mkdirSync(join(dir.path, 'journal.db'))
    expect(errorOf(() => openState(dir.path))).to.include({ code: 'STATE_UNUSABLE' })
  })

  it('whose journal is no database is STATE_UNUSABLE', () => {
    using dir = stateDir()
    writeFileSync(join(dir.path, 'journal.db'), 'not a database at all '.repeat(100))
    expect(errorOf(() => openState(dir.path))).to.include({ code: 'STATE_UNUSABLE' })
  })

  it('of a newer ops is left alone', () => {
    using dir = stateDir()
    dir.open().database.exec('PRAGMA user_version = 3')
    const error = errorOf(() => openState(dir.path))
    expect(error).to.include({ code: 'STATE_UNUSABLE' })
    expect(error).property('message').to.contain('newer ops (journal schema 3')
    const again = new DatabaseSync(join(dir.path, 'journal.db'))
    expect(again.prepare('PRAGMA user_version').get()).to.deep.include({ user_version: 3 })
    again.close()
  })

  it('on a full disk gives up its reserve once, says so, and takes the records of a safe end', async () => {
    using dir = stateDir()
    const files = dir.open()
    const journal = new SqliteJournal(dir.path, files)
    await journal.append('r', 'remark', at, {})
    const pages = Number(files.database.prepare('PRAGMA page_count').get()?.page_count)
    files.database.exec(`PRAGMA max_page_count = ${pages}`)
    const big = { text: 'x'.repeat(50_000) }
    // Nothing is free yet: SQLite has its limit still, so this one is lost as well.
    const error = await journal.append('r', 'remark', at, big).catch(thrown => thrown)
    expect(error).to.include({ code: 'STATE_FULL', exitCode: 4 })
    expect(journal.low).to.equal(true)
    expect(existsSync(join(dir.path, 'reserve'))).to.equal(false)
    files.database.exec('PRAGMA max_page_count = 100000')
    expect(await journal.append('r', 'remark', at, big)).to.include({ seq: 2 })
    expect(await journal.read('r')).to.have.lengthOf(2)
  })

  it('loses a sample, and nothing else, on a full disk', async () => {
    using dir = stateDir()
    const files = dir.open()
    const journal = new SqliteJournal(dir.path, files)
    const pages = Number(files.database.prepare('PRAGMA page_count').get()?.page_count)
    files.database.exec(`PRAGMA max_page_count = ${pages}`)
    await journal.sample('r', { at: at.toISOString(), text: 'x'.repeat(50_000) })
    expect(await journal.samples('r')).to.deep.equal([])
    expect(journal.low).to.equal(false)
  })

  it('that lost the end of its write-ahead log has every record before it', async () => {
    using dir = stateDir()
    // A process that dies leaves its log behind.
    const program = `
      import { openState } from '${join(import.meta.dirname, '../../../../src/adapters/sqlite/database.ts')}'
      import { SqliteJournal } from '${join(import.meta.dirname, '../../../../src/adapters/sqlite/journal.ts')}'
      const journal = new SqliteJournal('${dir.path}', openState('${dir.path}'))
      for (let n = 1; n <= 20; n++) await journal.append('r', 'remark', new Date(), { n, text: 'x'.repeat(3000) })
      process.kill(process.pid, 'SIGKILL')`
    const killed = await execa(process.execPath, ['--input-type=module-typescript', '-e', program], {
      reject: false,
    })
    expect(killed.signal, killed.stderr).to.equal('SIGKILL')
    const log = join(dir.path, 'journal.db-wal')
    expect(readdirSync(dir.path)).to.include('journal.db-wal')
    truncateSync(log, statSync(log).size - 2500)
    const journal = new SqliteJournal(dir.path, dir.open())
    const records = await journal.read('r')
    expect(records.map(({ n }) => n)).to.deep.equal(Array.from({ length: 19 }, (_, at) => at + 1))
    expect(await journal.append('r', 'run.resumed', at, {})).to.include({ seq: 20 })
  })

  it('that cannot be read is an error of its own for locks as well', async () => {
    using dir = stateDir()
    const files = dir.open()
    const locks = new SqliteLocks(dir.path, systemProcesses, files)
    files.database.close()
    const error = await locks.acquire('r', 'anna', ['es:x'], at).catch(thrown => thrown)
    expect(error).to.include({ code: 'STATE_UNUSABLE' })
  })
})
