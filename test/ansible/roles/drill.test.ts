// What a drill may wipe: the data directory of a stopped node on a marked host, and nothing else.
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { runModule } from './run-module.ts'

describe('the role drill', function () {
  this.timeout(300_000)
  let folder: string
  let data: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ops-drill-test-'))
    data = join(folder, 'node', 'data')
    for (const directory of ['_state', 'indices/abc/0', 'snapshot_cache'])
      mkdirSync(join(data, directory), { recursive: true })
    for (const file of ['node.lock', 'nodes', 'indices/abc/0/segments_1'])
      writeFileSync(join(data, file), 'x')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const wipe = (more: object = {}, check = false) =>
    runModule('drill', 'ops_drill_wipe', { allowed: true, path: data, ...more }, { check })
  const left = () => readdirSync(data).length

  it('empties the directory and keeps it, and a second time finds nothing', async () => {
    const first = await wipe()
    expect(first).to.include({ changed: true, bytes: 3 })
    expect(first.entries).to.deep.equal(['_state', 'indices', 'node.lock', 'nodes', 'snapshot_cache'])
    expect(left()).to.equal(0)
    expect(await wipe()).to.deep.include({ changed: false, entries: [] })
    expect(existsSync(data)).to.equal(true)
  })

  it('only tells what is there in check mode', async () => {
    expect(await wipe({}, true)).to.include({ changed: true })
    expect(left()).to.equal(5)
  })

  it('refuses a host that is not marked', async () => {
    expect(await wipe({ allowed: false })).to.include({ failed: true })
    expect(left()).to.equal(5)
  })

  it('refuses a directory that holds anything that is not of Elasticsearch', async () => {
    writeFileSync(join(data, 'letters.txt'), 'dear')
    expect((await wipe()).msg).to.match(/letters\.txt, which is nothing of Elasticsearch/)
    expect(left()).to.equal(6)
  })

  it('refuses a repository within it, a link, a path that is not plain, and one near the root', async () => {
    expect((await wipe({ keep: [join(data, 'indices')] })).msg).to.match(/is to be kept/)
    const link = join(folder, 'link')
    symlinkSync(data, link)
    expect((await wipe({ path: link })).msg).to.match(/through a link/)
    expect((await wipe({ path: `${data}/../data` })).msg).to.match(/no plain absolute path/)
    expect((await wipe({ path: '/srv' })).msg).to.match(/no directory of one service/)
    expect(left()).to.equal(5)
  })

  it('does not follow a link that lies in it', async () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'kept'), 'x')
    rmSync(join(data, 'snapshot_cache'), { recursive: true })
    symlinkSync(elsewhere, join(data, 'snapshot_cache'))
    expect(await wipe()).to.include({ changed: true })
    expect(readdirSync(elsewhere)).to.deep.equal(['kept'])
  })

  it('refuses while a node holds its lock', async () => {
    const script = `
import fcntl, sys, time
file = open(sys.argv[1], 'r+b')
fcntl.lockf(file, fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.read()
`
    const holder = execa('python3', ['-c', script, join(data, 'node.lock')], { reject: false })
    await once(holder.stdout, 'data')
    try {
      expect((await wipe()).msg).to.match(/a node is running on/)
      expect(left()).to.equal(5)
    } finally {
      holder.kill()
      await holder
    }
  })
})
