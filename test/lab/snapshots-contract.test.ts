// SnapshotsPort and IndicesPort on three real nodes, as the user `ops` with its own roles, and what the server really does
// to a repository that is broken. Every repository here lies in a place of its own below `path.repo`.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ElasticsearchConnection } from '../../src/adapters/elasticsearch/index.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { toOpsError } from '../../src/errors/index.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { backupDir } from '../../src/lab/paths.ts'
import { giveToNodeUser } from '../../src/lab/process/user.ts'
import type { Lab } from '../../src/lab/state.ts'
import type { SnapshotInfo } from '../../src/ports/snapshots.ts'
import { type BackupsUnderTest, describeBackupPorts } from '../contract/snapshots.contract.ts'
import { bringThreeNodesUp } from './support/three-nodes.ts'

const net = '127.0.8'
const docs = 400
const sources = ['crm.app-2001.02.03', 'nginx.access-2001.02.03'] as const

describe('snapshots on real servers', function () {
  this.timeout(300_000)
  const up = bringThreeNodesUp(net)
  let lab: Lab
  let es: ElasticsearchConnection
  let elastic: Connection
  let backups: string

  before(async () => {
    ;({ lab, es } = up())
    elastic = connect(lab, 'elastic')
    backups = backupDir(lab.state.nodesRoot)
    makePlace('contract')
    makePlace('other')
    await makeSources(elastic)
    await register('contract', 'contract')
  })
  after(() => elastic?.[Symbol.dispose]())

  function makePlace(name: string): string {
    const place = join(backups, name)
    mkdirSync(place, { recursive: true })
    giveToNodeUser(place)
    return place
  }
  const register = (name: string, place: string, readOnly = false) =>
    es.snapshots.register({ name, type: 'fs', settings: { location: join(backups, place) }, readOnly }, false)
  const request = (repository: string, name: string, indices: readonly string[] = sources) => ({
    repository,
    name,
    indices,
    globalState: false,
    metadata: {},
  })
  async function until<T>(what: string, look: () => Promise<T | false | undefined>): Promise<T> {
    const endMs = performance.now() + 60_000
    for (;;) {
      const found = await look()
      if (found) return found
      expect(performance.now(), what).to.be.lessThan(endMs)
      await systemClock.sleep(100)
    }
  }
  const noWork = (what: string) => until(what, async () => (await es.snapshots.work()).length === 0)
  const endOf = (repository: string, name: string): Promise<SnapshotInfo> =>
    until(`${name} has ended`, async () =>
      (await es.snapshots.list(repository)).find(one => one.name === name && one.state !== 'IN_PROGRESS'),
    )
  const take = async (repository: string, name: string, indices: readonly string[] = sources) => {
    await es.snapshots.create(request(repository, name, indices))
    return endOf(repository, name)
  }

  describeBackupPorts('three real nodes', async (): Promise<BackupsUnderTest> => {
    const { snapshots, indices } = es
    const location = join(backups, 'other')
    return {
      ...{ snapshots, indices, clock: systemClock, repository: 'contract', location, sources, docs },
      makeIndex: (name, body) => elastic.ask('PUT', `/${name}`, body),
      turnIndex: (name, to) => elastic.ask('POST', `/${name}/_${to}`),
      unregister: name => elastic.ask('DELETE', `/_snapshot/${name}`),
    }
  })

  describe('a repository that is damaged', () => {
    /** A copy of a repository with one good snapshot, under another name and in another place. */
    async function damage(name: string, harm: (place: string) => void): Promise<void> {
      const place = makePlace(name)
      cpSync(join(backups, 'damaged'), place, { recursive: true })
      harm(place)
      giveToNodeUser(place)
      await register(name, name)
    }
    const restore = async (repository: string, indices: readonly string[] = sources, snapshot = 'good') =>
      es.snapshots.restore({
        repository,
        snapshot,
        indices,
        prefix: 'drill-',
        replicas: 0,
        settings: {},
        without: [],
        globalState: false,
      })
    const primariesOf = async (index: string) => {
      const { indices } = await es.shardMap()
      const shards = indices.find(({ name }) => name === index)?.shards ?? []
      return shards.map(({ copies }) => copies.find(({ primary }) => primary))
    }
    const removeDrills = async () => es.indices.remove(await es.indices.find(['drill-*']))

    before(async () => {
      makePlace('damaged')
      await register('damaged', 'damaged')
      await take('damaged', 'good')
    })
    afterEach(removeDrills)

    it('with one byte of one file changed fails the restore of that shard alone, and both lists forget it', async () => {
      await damage('flipped', place => flipByte(largestOf(filesOf(join(place, 'indices'), /\/__/))))
      await restore('flipped')
      await until('the restore is over', async () => (await es.snapshots.restores()).length === 0)
      const names = sources.map(name => `drill-${name}`)
      const shards = (await Promise.all(names.map(primariesOf))).flat()
      const failed = shards.filter(primary => primary?.state === 'UNASSIGNED')
      expect(failed.length).to.equal(1)
      expect(failed[0]?.unassignedReason).to.equal('ALLOCATION_FAILED')
      expect((await es.snapshots.recoveries(names)).length).to.equal(shards.length - 1)
      const broken = (await es.shardMap()).indices.find(
        ({ name, shards: all }) =>
          names.includes(name) && all.some(({ copies }) => copies.some(({ node }) => node === null)),
      )
      const number =
        broken?.shards.find(({ copies }) => copies.some(({ node }) => node === null))?.number ?? 0
      const why = await es.explain({ index: broken?.name ?? '', shard: number, primary: true })
      expect(why.deciders).to.include('restore_in_progress')
      expect(await codeOf(es.indices.content([broken?.name ?? '']))).to.equal('CLUSTER_BUSY')
    })

    it('without one file of a shard fails the restore of that shard', async () => {
      await damage('lost', place => rmSync(largestOf(filesOf(join(place, 'indices'), /\/__/))))
      await restore('lost')
      await until('the restore is over', async () => (await es.snapshots.restores()).length === 0)
      const shards = (await Promise.all(sources.map(name => primariesOf(`drill-${name}`)))).flat()
      expect(shards.filter(primary => primary?.state === 'UNASSIGNED').length).to.equal(1)
    })

    it('without the description of a snapshot has no list', async () => {
      await damage('undescribed', place => {
        for (const file of filesOf(place, /\/snap-[^/]*\.dat$/)) if (!file.includes('/indices/')) rmSync(file)
      })
      expect(await codeOf(es.snapshots.list('undescribed'))).to.be.oneOf([
        'SNAPSHOT_MISSING',
        'REPOSITORY_BROKEN',
      ])
    })

    it('without its table of contents is empty, as the server sees it, and with a damaged one broken', async () => {
      await damage('contentless', place => {
        for (const file of filesOf(place, /\/index(-\d+|\.latest)$/)) rmSync(file)
      })
      const listed = await es.snapshots.list('contentless').catch(toOpsError)
      expect(listed).to.deep.equal([])
      await damage('scrambled', place => {
        for (const file of filesOf(place, /\/index-\d+$/)) writeFileSync(file, 'no JSON at all')
      })
      expect(await codeOf(es.snapshots.list('scrambled'))).to.equal('REPOSITORY_BROKEN')
    })

    it('that takes no more files of one index has snapshots without it, which progress calls a success', async () => {
      const place = makePlace('half')
      await register('half', 'half')
      await take('half', 'good', [sources[0]])
      lock(join(place, 'indices'))
      const info = await take('half', 'worse', [sources[0]])
      unlock(place)
      expect(info).to.deep.include({ state: 'PARTIAL', shards: { total: 1, successful: 0, failed: 1 } })
      expect(info.failures[0]).to.include({ index: sources[0], shard: 0 })
      const { state, shards } = await es.snapshots.progress('half', 'worse')
      expect({ state, failed: shards.failed }).to.deep.equal({ state: 'SUCCESS', failed: 1 })
      expect(await codeOf(restore('half', [sources[0]], 'worse'))).to.equal('RESTORE_FAILED')
    })

    it('that nobody can write does not verify, and a snapshot in it is never there', async () => {
      const place = makePlace('locked')
      await register('locked', 'locked')
      await take('locked', 'first', [sources[0]])
      lock(place)
      const refused = await es.snapshots.verify('locked').catch(toOpsError)
      expect(refused).to.include({ code: 'REPOSITORY_BROKEN' })
      await es.snapshots.create(request('locked', 'second', [sources[1]]))
      await noWork('the snapshot has ended')
      expect((await es.snapshots.list('locked')).map(({ name }) => name)).to.deep.equal(['first'])
      const other = { name: 'refused', type: 'fs', settings: { location: place }, readOnly: false }
      expect(await codeOf(es.snapshots.register(other, true))).to.equal('REPOSITORY_BROKEN')
      expect((await es.snapshots.repositories()).map(({ name }) => name)).not.to.include('refused')
      unlock(place)
    })
  })

  it('says which part of backups a server lacks', async () => {
    const { slm, ilm } = await es.capabilities()
    expect({ slm, ilm }).to.deep.equal({ slm: false, ilm: false })
    expect(
      await codeOf(es.snapshots.register({ name: 's3', type: 's3', settings: {}, readOnly: false }, false)),
    ).to.equal('REPOSITORY_BROKEN')
  })
})

async function makeSources(elastic: Connection): Promise<void> {
  for (const [at, index] of sources.entries()) {
    const settings = { number_of_shards: at + 1, number_of_replicas: 1 }
    await elastic.ask('PUT', `/${index}`, { settings })
    const lines = Array.from({ length: docs }, (_, seq) => [
      JSON.stringify({ index: { _id: `d${seq}` } }),
      JSON.stringify({
        '@timestamp': new Date(Date.parse('2025-02-03') + seq * 1000).toISOString(),
        message: `line ${seq} ${'x'.repeat(seq % 97)} ${(seq * 7919) % 104_729}`,
        seq,
      }),
    ])
    await elastic.ask('POST', `/${index}/_bulk?refresh=true`, `${lines.flat().join('\n')}\n`)
  }
  await elastic.ask('GET', '/_cluster/health?wait_for_status=green&timeout=60s', undefined, 70_000)
}

const filesOf = (place: string, like = /./): string[] =>
  readdirSync(place, { recursive: true })
    .map(name => join(place, String(name)))
    .filter(file => like.test(file))

const lock = (place: string): void => setModes(place, one => (statSync(one).isDirectory() ? 0o555 : 0o444))
const unlock = (place: string): void => setModes(place, () => 0o755)

/** A node removes the table of contents before this one only after it has said that the snapshot has ended. */
function setModes(place: string, modeOf: (file: string) => number): void {
  for (const one of [place, ...filesOf(place)]) {
    try {
      chmodSync(one, modeOf(one))
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
    }
  }
}

const largestOf = (files: readonly string[]): string =>
  files.toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? ''

function flipByte(file: string): void {
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    thrown => toOpsError(thrown).code,
  )
