// Tests of the version of a runbook: a hash of its code and of nothing else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { versionOfRunbook } from '../../../src/app/version-of.ts'

describe('versionOfRunbook', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'ops-version-'))
  const runbook = join(checkout, 'runbooks/tidy')
  mkdirSync(join(runbook, 'gates'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(runbook, name), text)
  after(() => rmSync(checkout, { recursive: true }))

  it('changes with its code, in any folder, and not with its page', async () => {
    write('runbook.ts', 'a')
    write('gates/index.ts', 'b')
    const first = await versionOfRunbook(checkout, 'tidy')
    expect(first).to.match(/^[0-9a-f]{64}$/)
    write('README.md', 'words')
    expect(await versionOfRunbook(checkout, 'tidy')).to.equal(first)
    write('gates/index.ts', 'c')
    expect(await versionOfRunbook(checkout, 'tidy')).to.not.equal(first)
  })

  it('changes when a file is named otherwise', async () => {
    const first = await versionOfRunbook(checkout, 'tidy')
    rmSync(join(runbook, 'gates/index.ts'))
    write('gates/table.ts', 'c')
    expect(await versionOfRunbook(checkout, 'tidy')).to.not.equal(first)
  })

  it('changes with the code of a runbook that it builds on, and not with that of any other', async () => {
    mkdirSync(join(checkout, 'runbooks/sweep'))
    mkdirSync(join(checkout, 'runbooks/other'))
    write('gates/more.ts', "import { sweep } from '../../sweep/sweep.ts'")
    write('../sweep/sweep.ts', "import { tidy } from '../tidy/runbook.ts'")
    const first = await versionOfRunbook(checkout, 'tidy')
    write('../other/other.ts', 'a')
    expect(await versionOfRunbook(checkout, 'tidy')).to.equal(first)
    write('../sweep/sweep.ts', 'b')
    expect(await versionOfRunbook(checkout, 'tidy')).to.not.equal(first)
  })
})
