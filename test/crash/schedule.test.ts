// Two real schedulers on one state directory, one of them killed: no due time is started twice, none goes unaccounted for.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { execa } from 'execa'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteLedger } from '../../src/adapters/sqlite/ledger.ts'
import { systemProcesses } from '../../src/adapters/system/processes.ts'

const limitMs = 60_000

describe('two schedulers on one state, one killed with SIGKILL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ops-schedule-'))
  const program = join(directory, 'program')
  const startedFile = join(directory, 'started')
  writeFileSync(startedFile, '')
  // What has said that it began is not cut short by a scheduler that is told to stop.
  writeFileSync(program, `#!/bin/sh\ntrap '' TERM\necho "$OPS_ACTOR" >> '${startedFile}'\n`)
  chmodSync(program, 0o755)
  after(() => rmSync(directory, { recursive: true, force: true }))

  const started = (): string[] => readFileSync(startedFile, 'utf8').split('\n').filter(Boolean)
  const waitFor = async (count: number): Promise<void> => {
    for (const until = Date.now() + limitMs; started().length < count; await sleep(100))
      if (Date.now() > until) throw new Error(`only ${started().length} of ${count} due times were started`)
  }

  it('starts each due time once, and every second from the first to the last is in the ledger', async () => {
    const begin = () =>
      execa('node', [join(import.meta.dirname, 'schedule-on-state.ts'), directory, program], {
        reject: false,
        stdin: 'ignore',
        forceKillAfterDelay: 5000,
      })
    const one = begin()
    const other = begin()
    try {
      await waitFor(4)
      one.kill('SIGKILL')
      expect((await one).signal).to.equal('SIGKILL')
      await waitFor(started().length + 4)
    } finally {
      one.kill('SIGKILL')
      other.kill('SIGTERM')
      await Promise.all([one, other])
    }
    const actors = started()
    expect(new Set(actors).size).to.equal(actors.length)
    const files = openState(directory)
    const rows = await new SqliteLedger(directory, systemProcesses, files).rows('tick', 1000)
    files.database.close()
    const seconds = rows.map(({ dueAt }) => Date.parse(dueAt) / 1000)
    expect(seconds).to.deep.equal(seconds.map((_, at) => (seconds[0] ?? 0) - at))
    expect(rows.filter(({ state }) => state === 'claimed')).to.deep.equal([])
    for (const { dueAt, state, reason } of rows) {
      const begun = actors.includes(`schedule:tick@${dueAt}`)
      // Begun and not seen to its end, because its scheduler was killed: said to be unknown.
      if (begun)
        expect(state === 'done' || reason?.includes('unknown'), `${dueAt} ${state} ${reason}`).to.equal(true)
      else expect(reason, `${dueAt} ${state}`).to.be.a('string').and.not.equal('')
    }
    expect(rows.filter(({ state }) => state === 'done').length).to.be.at.least(6)
  }).timeout(3 * limitMs)
})
