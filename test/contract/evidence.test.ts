// One suite for the evidence in SQLite and for the fake of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteEvidence } from '../../src/adapters/sqlite/evidence.ts'
import type { EvidencePort } from '../../src/ports/evidence.ts'
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
  describeEvidence('in SQLite', () => new SqliteEvidence(directory, files))
  describeEvidence('in memory (fake)', () => new FakeEvidence())

  it('is there for the next process that opens the same state', async () => {
    await new SqliteEvidence(directory, files).put('drill', 'kept', first, { rtoSeconds: 12 })
    const again = openState(directory)
    expect(await new SqliteEvidence(directory, again).get('drill', 'kept')).to.deep.equal({ rtoSeconds: 12 })
    again.database.close()
  })
})

function describeEvidence(name: string, open: () => EvidencePort): void {
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
  })
}
