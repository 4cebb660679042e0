// One suite for the evidence in SQLite and for the fake of it.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteEvidence } from '../../src/adapters/sqlite/evidence.ts'
import type { OpsError } from '../../src/errors/index.ts'
import type { EvidencePort } from '../../src/ports/evidence.ts'
import type { Json } from '../../src/ports/json.ts'
import { FakeEvidence } from '../support/fake-world/fake-evidence.ts'

const first = new Date('2026-03-01T02:00:00.000Z')
const second = new Date('2026-03-02T02:00:00.000Z')

describe('evidence', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ops-evidence-'))
  const files = openState(directory)
  after(() => {
    files.database.close()
    rmSync(directory, { recursive: true, force: true })
  })
  describeEvidence('in SQLite', () => new SqliteEvidence(directory, files), directory)
  describeEvidence('in memory (fake)', () => new FakeEvidence(), directory)

  it('writes files for its owner alone, without secrets, and takes no other for one of its own', async () => {
    const hide = (body: Json): Json => JSON.parse(JSON.stringify(body).replaceAll('hunter2', '[redacted]'))
    const evidence = new SqliteEvidence(directory, files, hide)
    const path = join(directory, 'outage.json')
    await evidence.writeFile(path, { said: 'the password is hunter2' })
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(readFileSync(path, 'utf8')).not.to.include('hunter2')
    const other = join(directory, 'notes.txt')
    writeFileSync(other, 'no JSON')
    expect(await evidence.readFile(other)).to.deep.equal({})
  })

  it('is there for the next process that opens the same state', async () => {
    await new SqliteEvidence(directory, files).put('drill', 'kept', first, { rtoSeconds: 12 })
    const again = openState(directory)
    expect(await new SqliteEvidence(directory, again).get('drill', 'kept')).to.deep.equal({ rtoSeconds: 12 })
    again.database.close()
  })
})

function describeEvidence(name: string, open: () => EvidencePort, directory: string): void {
  describe(name, () => {
    const evidence = open()

    it('gives back what was put, and nothing for another key or kind', async () => {
      await evidence.put('manifest', 'repo/one', first, { indices: [{ index: 'crm', docs: 3 }], none: null })
      expect(await evidence.get('manifest', 'repo/one')).to.deep.equal({
        indices: [{ index: 'crm', docs: 3 }],
        none: null,
      })
      expect(await evidence.get('manifest', 'repo/two')).to.equal(null)
      expect(await evidence.get('verification', 'repo/one')).to.equal(null)
    })

    it('replaces an entry as a whole and lists the newest first', async () => {
      await evidence.put('verification', 'a', first, { docs: 1, old: true })
      await evidence.put('verification', 'b', first, { docs: 2 })
      await evidence.put('verification', 'a', second, { docs: 3 })
      expect(await evidence.get('verification', 'a')).to.deep.equal({ docs: 3 })
      expect(await evidence.list('verification')).to.deep.equal([
        { key: 'a', at: second.toISOString() },
        { key: 'b', at: first.toISOString() },
      ])
    })

    it('forgets what was removed, and minds no removal twice', async () => {
      await evidence.put('copy', 'x', first, 1)
      await evidence.remove('copy', 'x')
      await evidence.remove('copy', 'x')
      expect(await evidence.get('copy', 'x')).to.equal(null)
      expect(await evidence.list('copy')).to.deep.equal([])
    })

    it('writes one file and never over another', async () => {
      const path = join(directory, `${name}.json`)
      expect(await evidence.readFile(path)).to.equal(null)
      await evidence.writeFile(path, { run: 'run-1', facts: [1, 'two'] })
      expect(await evidence.readFile(path)).to.deep.equal({ run: 'run-1', facts: [1, 'two'] })
      const refused = await evidence
        .writeFile(path, { run: 'run-2' })
        .catch((thrown: OpsError) => thrown.code)
      expect(refused).to.equal('EVIDENCE_FILE')
      expect(await evidence.readFile(path)).to.have.property('run', 'run-1')
    })
  })
}
