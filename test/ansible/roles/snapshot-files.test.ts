// The role snapshot_files on directories of this machine: manifests beside a repository, the room, and files that are no repository.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type Played, type RoleTest, refusalOf } from './play-role.ts'

describe('the files of a snapshot repository', function () {
  this.timeout(300_000)
  let test: RoleTest
  let root: string
  before(async () => {
    test = await openRoleTest(localInventory({ elasticsearch: { alpha: {} } }))
    root = join(test.folder, 'repository')
    mkdirSync(root)
  })
  after(() => test.close())

  const play = (action: string, vars: JsonObject = {}, check = false): Promise<Played> =>
    test.play(
      'snapshot_files',
      { snapshot_files_action: action, snapshot_files_dir: root, ...vars },
      { check },
    )
  const outcomeOf = ({ outcomes }: Played) => outcomes.get('alpha')
  const manifest = gzipSync('{"version":1}').toString('base64')
  const one = { snapshot_files_names: ['daily_2025-04-10'] }
  const file = (): string => join(root, 'ops-manifests', 'daily_2025-04-10.json.gz')

  it('take a manifest beside them, once, and none in check mode', async () => {
    const given = { ...one, snapshot_files_manifest: manifest }
    expect(outcomeOf(await play('written', given, true))).to.deep.equal({ state: 'ok', changed: true })
    expect(existsSync(file())).to.equal(false)
    expect(outcomeOf(await play('written', given))).to.deep.equal({ state: 'ok', changed: true })
    expect(outcomeOf(await play('written', given))).to.deep.equal({ state: 'ok', changed: false })
    expect(readdirSync(join(root, 'ops-manifests'))).to.deep.equal(['daily_2025-04-10.json.gz'])
    expect(outcomeOf(await play('read', one))).to.deep.equal({ state: 'ok', changed: false })
  })

  it('lose a manifest once, and nothing else', async () => {
    writeFileSync(join(root, 'index-7'), '{}')
    expect(outcomeOf(await play('removed', one))).to.deep.equal({ state: 'ok', changed: true })
    expect(outcomeOf(await play('removed', one))).to.deep.equal({ state: 'ok', changed: false })
    expect(readdirSync(root).sort()).to.deep.equal(['index-7', 'ops-manifests'])
  })

  it('are never named by a path', async () => {
    const played = await play('removed', { snapshot_files_names: ['../index-7'] })
    expect(refusalOf(played, 'alpha')).to.contain('is no name of a snapshot')
    expect(existsSync(join(root, 'index-7'))).to.equal(true)
  })

  it('tell their room, and that a directory holds no repository or not this snapshot', async () => {
    expect(outcomeOf(await play('space'))).to.deep.equal({ state: 'ok', changed: false })
    const unknown = { snapshot_files_uuid: 'no-such-uuid' }
    writeFileSync(join(root, 'index-7'), '{"snapshots": [], "indices": {}}')
    expect(refusalOf(await play('checked', unknown), 'alpha')).to.contain('does not name the snapshot')
    writeFileSync(join(root, 'index-8'), 'cut o')
    expect(refusalOf(await play('checked', unknown), 'alpha')).to.contain('cannot be parsed')
    const nowhere = { ...unknown, snapshot_files_dir: join(root, 'nowhere') }
    expect(refusalOf(await play('checked', nowhere), 'alpha')).to.contain('No such file')
  })
})
