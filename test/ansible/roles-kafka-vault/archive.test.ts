// Software from an archive: whole or not at all, by its checksum, once.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest, refusalOf } from '../roles/play-role.ts'

const sumOf = (file: string, method = 'sha256'): string =>
  `${method}:${createHash(method).update(readFileSync(file)).digest('hex')}`

describe('role archive', function () {
  this.timeout(300_000)
  let test: RoleTest
  let tar: string
  let zip: string
  beforeEach(async () => {
    test = await openRoleTest(localInventory({ any: { alpha: {} } }))
    const top = join(test.folder, 'thing-1.0')
    mkdirSync(join(top, 'bin'), { recursive: true })
    writeFileSync(join(top, 'bin', 'thing'), '#!/bin/sh\n', { mode: 0o755 })
    tar = join(test.folder, 'thing.tgz')
    await execa('tar', ['-czf', tar, '-C', test.folder, 'thing-1.0'])
    zip = join(test.folder, 'thing.zip')
    const program =
      'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").write(sys.argv[2] + "/bin/thing", "thing")'
    await execa('python3', ['-c', program, zip, top])
  })
  afterEach(() => test.close())

  const home = (): string => join(test.folder, 'opt', 'thing')
  const play = (vars: JsonObject, check = false) =>
    test.play(
      'archive',
      {
        archive_source: tar,
        archive_checksum: sumOf(tar),
        archive_home: home(),
        archive_needs: ['bin/thing'],
        archive_there: join(test.folder, 'there'),
        ...vars,
      },
      { check },
    )

  it('unpacks a tar without its top directory, once, and leaves nothing else behind', async () => {
    expect((await play({}, true)).outcomes.get('alpha')).to.deep.include({ state: 'ok', changed: true })
    expect(existsSync(home())).to.equal(false)
    expect((await play({})).outcomes.get('alpha')).to.deep.include({ state: 'ok', changed: true })
    expect(statSync(join(home(), 'bin', 'thing')).mode & 0o111).to.equal(0o111)
    expect(readFileSync(join(home(), '.ops-archive'), 'utf8').trim()).to.equal(sumOf(tar))
    expect(existsSync(join(test.folder, 'there'))).to.equal(false)
    const again = await play({}, true)
    expect(again.outcomes.get('alpha')).to.deep.include({ state: 'ok', changed: false })
  })

  it('unpacks a bare zip into bin, by a sha512, and keeps who may run it', async () => {
    const vars = { archive_source: zip, archive_checksum: sumOf(zip, 'sha512') }
    expect(refusalOf(await play(vars), 'alpha')).to.equal('')
    expect(statSync(join(home(), 'bin', 'thing')).mode & 0o111).to.equal(0o111)
  })

  it('refuses another archive than the one that is meant, and leaves what was there', async () => {
    await play({})
    const refusal = refusalOf(await play({ archive_checksum: `sha256:${'0'.repeat(64)}` }), 'alpha')
    expect(refusal.replaceAll(/\s+/g, ' ')).to.contain('it is damaged or another one')
    expect(readFileSync(join(home(), '.ops-archive'), 'utf8').trim()).to.equal(sumOf(tar))
  })

  it('refuses one without a checksum, one that is not there, and one that lacks what it must have', async () => {
    expect(refusalOf(await play({ archive_checksum: '' }), 'alpha')).to.contain('(now not given)')
    expect(refusalOf(await play({ archive_source: '/nowhere.tgz' }), 'alpha')).to.contain('/nowhere.tgz')
    expect(refusalOf(await play({ archive_needs: ['bin/other'] }), 'alpha')).to.contain(
      'the archive has no bin/other',
    )
    expect(existsSync(home())).to.equal(false)
    expect(existsSync(`${home()}.unpacking`)).to.equal(false)
  })
})
