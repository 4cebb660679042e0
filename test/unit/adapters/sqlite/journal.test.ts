import { expect } from 'chai'
import { SqliteJournal } from '../../../../src/adapters/sqlite/journal.ts'
import { sha256 } from '../../../../src/engine/hash.ts'
import { type StateDir, stateDir } from './state-dir.ts'

const at = new Date('2025-04-10T08:00:00Z')
const open = (dir: StateDir) => {
  const files = dir.open()
  return { files, journal: new SqliteJournal(dir.path, files) }
}
/** A run of three records, then changed by hand. */
async function withThree(dir: StateDir, sql?: string) {
  const { files, journal } = open(dir)
  for (const n of [1, 2, 3]) await journal.append('r', 'remark', at, { n })
  if (sql !== undefined) files.database.exec(sql)
  return new SqliteJournal(dir.path, files)
}
const errorOf = (act: Promise<unknown>) =>
  act.then(
    () => null,
    thrown => thrown,
  )

describe('the journal', () => {
  it('gives back what was appended, in order, to another connection', async () => {
    using dir = stateDir()
    await withThree(dir)
    const records = await open(dir).journal.read('r')
    expect(records.map(({ seq, n, type, run }) => [seq, n, type, run])).to.deep.equal([
      [1, 1, 'remark', 'r'],
      [2, 2, 'remark', 'r'],
      [3, 3, 'remark', 'r'],
    ])
  })

  it('chains every record to the one before by its hash', async () => {
    using dir = stateDir()
    const { files, journal } = open(dir)
    for (const n of [1, 2]) await journal.append('r', 'remark', at, { n })
    const rows = files.database.prepare('SELECT body, hash FROM records ORDER BY seq').all()
    expect(JSON.parse(String(rows[0]?.body)).prev).to.equal('')
    expect(JSON.parse(String(rows[1]?.body)).prev).to.equal(sha256(String(rows[0]?.body)))
    expect(rows[1]?.hash).to.equal(sha256(String(rows[1]?.body)))
  })

  it('cannot be misled about sequence or type by the data of a record', async () => {
    using dir = stateDir()
    const { journal } = open(dir)
    await journal.append('r', 'remark', at, { seq: 99, type: 'run.ended', prev: 'x' })
    expect((await journal.read('r'))[0]).to.include({ seq: 1, type: 'remark', prev: '' })
  })

  it('goes on with the numbers of the process before', async () => {
    using dir = stateDir()
    await withThree(dir)
    const { journal } = open(dir)
    expect(await journal.append('r', 'remark', at, {})).to.include({ seq: 4 })
    expect(await journal.read('r')).to.have.lengthOf(4)
  })

  it('lets only one of two processes write the same record', async () => {
    using dir = stateDir()
    await withThree(dir)
    const [one, two] = [open(dir).journal, open(dir).journal]
    await Promise.all([one.read('r'), two.read('r')])
    await one.append('r', 'remark', at, { by: 'one' })
    const late = await open(dir).journal.append('r', 'remark', at, { by: 'late' })
    expect(late.seq).to.equal(5)
    expect(await errorOf(one.append('r', 'remark', at, {}))).to.include({ code: 'STATE_UNUSABLE' })
  })

  it('tells a run that it does not know from one that is empty', async () => {
    using dir = stateDir()
    expect(await errorOf(open(dir).journal.read('r'))).to.include({ code: 'UNKNOWN_RUN', exitCode: 64 })
  })

  const damages = {
    'another text': `body = replace(body, '"n"', '"m"')`,
    'half a text': 'body = substr(body, 1, length(body) / 2)',
    'no text': `body = ''`,
    'text that is no JSON but has the right hash': `body = 'x', hash = '${sha256('x')}'`,
    'another record with a right hash': `body = '{}', hash = '${sha256('{}')}'`,
  }
  for (const [damage, change] of Object.entries(damages)) {
    it(`leaves out a last record with ${damage}: the end of it was torn`, async () => {
      using dir = stateDir()
      const journal = await withThree(dir, `UPDATE records SET ${change} WHERE seq = 3`)
      expect((await journal.read('r')).map(({ n }) => n)).to.deep.equal([1, 2])
    })

    it(`refuses a run with ${damage} in its middle`, async () => {
      using dir = stateDir()
      const journal = await withThree(dir, `UPDATE records SET ${change} WHERE seq = 2`)
      const error = await errorOf(journal.read('r'))
      expect(error).to.include({ code: 'JOURNAL_BROKEN', exitCode: 4 })
      expect(error.message).to.contain('record 2 of run r')
    })
  }

  it('refuses a run of which a record is missing', async () => {
    using dir = stateDir()
    const journal = await withThree(dir, 'DELETE FROM records WHERE seq = 2')
    expect(await errorOf(journal.read('r'))).to.include({ code: 'JOURNAL_BROKEN' })
  })

  it('can be carried on after a torn end', async () => {
    using dir = stateDir()
    const journal = await withThree(dir, `UPDATE records SET body = substr(body, 1, 20) WHERE seq = 3`)
    await journal.append('r', 'run.resumed', at, {})
    await journal.append('r', 'remark', at, { n: 5 })
    expect((await journal.read('r')).map(({ type }) => type)).to.deep.equal([
      'remark',
      'remark',
      'run.resumed',
      'remark',
    ])
  })

  it('lists runs with their last outcome, newest first', async () => {
    using dir = stateDir()
    const { journal } = open(dir)
    await journal.append('old', 'run.started', at, { runbook: 'rolling-restart' })
    await journal.append('old', 'run.ended', at, { outcome: 'succeeded' })
    await journal.append('new', 'run.started', new Date(at.getTime() + 1), { runbook: 'rolling-restart' })
    const runs = await journal.runs()
    expect(runs.map(({ run, outcome, records }) => [run, outcome, records])).to.deep.equal([
      ['new', null, 1],
      ['old', 'succeeded', 2],
    ])
  })

  it('lists a run with a torn end by its last whole record, and all others with it', async () => {
    using dir = stateDir()
    const { files, journal } = open(dir)
    await journal.append('r', 'run.started', at, { runbook: 'rolling-restart' })
    await journal.append('r', 'run.ended', at, { outcome: 'succeeded' })
    files.database.exec(`UPDATE records SET body = substr(body, 1, 20) WHERE seq = 2`)
    await journal.append('other', 'run.started', at, { runbook: 'rolling-restart' })
    const runs = await journal.runs()
    expect(runs.map(({ run, outcome }) => [run, outcome])).to.deep.equal([
      ['r', null],
      ['other', null],
    ])
  })

  it('keeps requests until they are taken back, and samples beside the chain', async () => {
    using dir = stateDir()
    const { journal } = open(dir)
    await journal.request('r', 'pause')
    expect(await open(dir).journal.requested('r')).to.equal('pause')
    await journal.request('r', null)
    expect(await journal.requested('r')).to.equal(null)
    await journal.sample('r', { at: '2025-04-10T08:00:00Z', status: 'green' })
    expect(await journal.samples('r')).to.deep.equal([{ at: '2025-04-10T08:00:00Z', status: 'green' }])
  })
})
