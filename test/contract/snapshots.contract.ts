// What every SnapshotsPort and IndicesPort promise together: an index is snapshotted, lost, restored and compared. It runs
// on the fake and on real nodes, waits only for what moves, and cleans up whatever it makes.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { IndicesPort } from '../../src/ports/indices.ts'
import type { JsonObject } from '../../src/ports/json.ts'
import type { SnapshotInfo, SnapshotsPort } from '../../src/ports/snapshots.ts'

export interface BackupsUnderTest {
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
  readonly clock: Clock
  /** Registered, empty and writable. */
  readonly repository: string
  /** A place for one more repository. */
  readonly location: string
  /** Two indices of the sources with as many documents each and one replica; the second one has two shards. */
  readonly sources: readonly [string, string]
  readonly docs: number
  /** What somebody else does to the cluster, and no runbook. */
  makeIndex(name: string, body: JsonObject): Promise<unknown>
  turnIndex(name: string, to: 'open' | 'close'): Promise<unknown>
  unregister(repository: string): Promise<unknown>
}

const other = 'contract-other'
const metadata = { taken_by: 'ops', run: 'contract' }

export function describeBackupPorts(label: string, connect: () => Promise<BackupsUnderTest>): void {
  describe(`SnapshotsPort and IndicesPort on ${label}`, () => {
    let world: BackupsUnderTest
    let snapshots: SnapshotsPort
    let indices: IndicesPort
    let taken: SnapshotInfo

    before(async () => {
      world = await connect()
      ;({ snapshots, indices } = world)
    })

    after(async () => {
      if (world === undefined) return
      const { repository } = world
      const found = await indices.find(['drill-*', 'restored-*'])
      await indices.remove(found)
      await snapshots.remove(repository, ['contract-1', 'contract-2'])
      const { length } = (await snapshots.repositories()).filter(({ name }) => name === other)
      if (length > 0) await world.unregister(other)
    })

    async function until<T>(look: () => Promise<T | null | false>): Promise<T> {
      for (let tries = 0; tries < 600; tries++) {
        const found = await look()
        if (found !== null && found !== false) return found
        await world.clock.sleep(100)
      }
      throw new Error('it never came')
    }

    const take = async (name: string, names: readonly string[] = world.sources) => {
      const request = { repository: world.repository, name, indices: names, globalState: false, metadata }
      await snapshots.create(request)
      return until(async () => {
        const found = await infoOf(name)
        return found !== undefined && found.state !== 'IN_PROGRESS' && found
      })
    }
    const infoOf = async (name: string) =>
      (await snapshots.list(world.repository)).find(one => one.name === name)
    const restore = (names: readonly string[], change: object = {}) =>
      snapshots.restore({
        repository: world.repository,
        snapshot: 'contract-1',
        indices: names,
        prefix: 'drill-',
        replicas: 0,
        settings: {},
        without: ['index.lifecycle.*', 'index.blocks.*'],
        globalState: false,
        ...change,
      })
    const settled = (names: readonly string[]) =>
      until(async () => (await snapshots.restores()).length === 0 && snapshots.recoveries(names))
    const factsOf = async (name: string) => (await indices.find([name]))[0]
    const removeAll = async (...patterns: string[]) => indices.remove(await indices.find(patterns))

    describe('indices', () => {
      it('are found by pattern with what they are, and a pattern without a match gives nothing', async () => {
        const [first, second] = world.sources
        const found = await indices.find([first, second, 'no-such-*', 'no-such-index'])
        expect(found.map(({ name }) => name)).to.deep.equal([first, second].sort())
        const two = found.find(({ name }) => name === second)
        expect(two).to.include({ open: true, shards: 2, replicas: 1 })
        expect(two?.uuid).to.match(/\S{3,}/)
        expect(two?.mappingHash).to.match(/^[0-9a-f]{64}$/)
        expect(two?.createdAtMs).to.be.greaterThan(Date.parse('2020-01-01'))
        expect(await indices.find(['no-such-*'])).to.deep.equal([])
        const half = `${first.slice(0, -3)}*`
        expect((await indices.find([half])).map(({ name }) => name)).to.include(first)
      })

      it('are counted, with their bytes and the times of their documents', async () => {
        // A node measures a shard at most every 10 s: one that was just filled may read as empty.
        const found = await until(async () => {
          const contents = await indices.content(world.sources)
          return contents.every(({ bytes }) => bytes > 0) && contents
        })
        expect(found.map(({ index }) => index)).to.have.members([...world.sources])
        for (const { index, docs, fromMs, untilMs } of found) {
          expect(docs, index).to.equal(world.docs)
          expect(fromMs, index).to.be.greaterThan(Date.parse('2020-01-01'))
          expect(untilMs, index).to.be.at.least(fromMs ?? Number.POSITIVE_INFINITY)
        }
      })

      it('give the same documents for the same seed, others for another, and all where there are fewer', async () => {
        const [first] = world.sources
        const chosen = await indices.sample(first, 10, 7)
        expect(chosen.length).to.equal(10)
        expect(chosen.map(({ id }) => id)).to.deep.equal([...chosen.map(({ id }) => id)].sort())
        expect(new Set(chosen.map(({ hash }) => hash)).size).to.equal(10)
        expect(await indices.sample(first, 10, 7)).to.deep.equal(chosen)
        expect(await indices.sample(first, 10, 8)).not.to.deep.equal(chosen)
        expect((await indices.sample(first, world.docs + 5, 7)).length).to.equal(world.docs)
        const ids = chosen.map(({ id }) => id)
        expect(await indices.hashes(first, [...ids, 'no-such-id', ids[0] ?? ''])).to.deep.equal(chosen)
      })

      it('are found open or closed, replaced by an alias, and deleted by their uuid alone', async () => {
        const mappings = { properties: { message: { type: 'text' }, '@timestamp': { type: 'date' } } }
        const settings = { 'index.number_of_shards': 1, 'index.number_of_replicas': 0 }
        await world.makeIndex('drill-a', { settings, mappings })
        await world.makeIndex('drill-b', { settings: { ...settings, 'index.blocks.write': true } })
        const [a, b] = await indices.find(['drill-a', 'drill-b'])
        expect(a).to.deep.include({ shards: 1, replicas: 0, aliases: [] })
        expect(b?.settings).to.include({ 'index.blocks.write': 'true' })
        expect(a?.mappingHash).not.to.equal(b?.mappingHash)
        await until(async () => (await indices.content(['drill-a']))[0]?.docs === 0)

        await world.turnIndex('drill-a', 'close')
        expect((await factsOf('drill-a'))?.open).to.equal(false)
        expect(await codeOf(indices.content(['drill-a']))).to.equal('CLUSTER_REJECTED')
        await world.turnIndex('drill-a', 'open')
        expect((await factsOf('drill-a'))?.open).to.equal(true)

        const uuid = a?.uuid ?? ''
        const byAlias = (of: string | null) =>
          indices.replaceByAlias({ alias: 'drill-a', uuid: of, to: 'drill-b' })
        expect(await codeOf(byAlias(null))).to.equal('INDEX_EXISTS')
        expect(await codeOf(byAlias('another'))).to.equal('PLAN_CHANGED')
        await byAlias(uuid)
        expect(await factsOf('drill-a')).to.equal(undefined)
        expect((await factsOf('drill-b'))?.aliases).to.deep.equal(['drill-a'])
        await byAlias(null)
        expect((await factsOf('drill-b'))?.aliases).to.deep.equal(['drill-a'])

        const wrong = [
          { name: 'drill-b', uuid: 'another' },
          { name: 'drill-gone', uuid: 'x' },
        ]
        expect([...(await indices.remove(wrong)).passedOver].sort()).to.deep.equal(['drill-b', 'drill-gone'])
        expect(await factsOf('drill-b')).not.to.equal(undefined)
        expect(await indices.remove([{ name: 'drill-b', uuid: b?.uuid ?? '' }])).to.deep.equal({
          passedOver: [],
        })
        expect(await indices.find(['drill-*'])).to.deep.equal([])
      })

      it('count as shards: copies of open ones, against the limit of the nodes', async () => {
        const before = await indices.shardBudget()
        expect(before.perNode).to.be.greaterThan(0)
        expect(before.dataNodes).to.be.at.least(3)
        const settings = { 'index.number_of_shards': 2, 'index.number_of_replicas': 1 }
        await world.makeIndex('drill-c', { settings })
        expect((await indices.shardBudget()).open).to.equal(before.open + 4)
        await world.turnIndex('drill-c', 'close')
        expect((await indices.shardBudget()).open).to.equal(before.open)
        await removeAll('drill-c')
      })
    })

    describe('repositories', () => {
      it('are listed, verified by node, and registered read-only', async () => {
        const { repository, location } = world
        const [own] = (await snapshots.repositories()).filter(({ name }) => name === repository)
        expect(own).to.include({ type: 'fs', readOnly: false })
        expect(own?.settings.location).to.match(/^\//)
        expect((await snapshots.verify(repository)).length).to.be.at.least(3)
        const settings = { location }
        const place = { name: other, type: 'fs', settings, readOnly: false }
        await snapshots.register(place, true)
        await snapshots.register({ ...place, readOnly: true }, false)
        const found = (await snapshots.repositories()).find(({ name }) => name === other)
        expect(found).to.include({ type: 'fs', readOnly: true })
        const request = {
          repository: other,
          name: 'contract-3',
          indices: world.sources,
          globalState: false,
          metadata,
        }
        expect(await codeOf(snapshots.create(request))).to.equal('REPOSITORY_BROKEN')
      })

      it('that are not there are named by every call', async () => {
        const none = 'no-such-repository'
        const request = {
          repository: none,
          name: 'contract-1',
          indices: world.sources,
          globalState: false,
          metadata,
        }
        expect(await codeOf(snapshots.verify(none))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(snapshots.list(none))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(snapshots.progress(none, 'contract-1'))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(snapshots.create(request))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(snapshots.remove(none, ['contract-1']))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(snapshots.cleanUp(none))).to.equal('REPOSITORY_MISSING')
        expect(await codeOf(restore(world.sources, { repository: none }))).to.equal('REPOSITORY_MISSING')
      })
    })

    describe('a snapshot', () => {
      it('is taken of the named indices, every shard of them, and says what it was given', async () => {
        taken = await take('contract-1')
        expect(taken).to.deep.include({
          repository: world.repository,
          name: 'contract-1',
          state: 'SUCCESS',
          indices: [...world.sources].sort(),
          globalState: false,
          featureStates: [],
          metadata,
          shards: { total: 3, successful: 3, failed: 0 },
          failures: [],
        })
        expect(taken.uuid).to.match(/\S{3,}/)
        expect(taken.version).to.match(/^8\.\d+\.\d+/)
        expect(taken.endedAtMs).to.be.at.least(taken.startedAtMs)
        expect(await snapshots.work()).to.deep.equal([])
      })

      it('says how many bytes and shards it has', async () => {
        const progress = await snapshots.progress(world.repository, 'contract-1')
        expect(progress.state).to.equal('SUCCESS')
        expect(progress.shards).to.include({ done: 3, failed: 0, total: 3 })
        expect(progress.totalBytes).to.be.greaterThan(0)
        expect(progress.processedBytes).to.equal(progress.incrementalBytes)
        const shards = Object.fromEntries(progress.indices.map(one => [one.index, one.shards]))
        expect(shards).to.deep.equal({ [world.sources[0]]: 1, [world.sources[1]]: 2 })
      })

      it('that comes next writes only what is new', async () => {
        await take('contract-2')
        const progress = await snapshots.progress(world.repository, 'contract-2')
        expect(progress.incrementalBytes).to.be.lessThan(progress.totalBytes / 2)
        const names = (await snapshots.list(world.repository)).map(({ name }) => name)
        expect(names.slice(-2)).to.deep.equal(['contract-1', 'contract-2'])
      })

      it('has a name of its own, an index that is there, and at least one', async () => {
        const { repository } = world
        const request = {
          repository,
          name: 'contract-3',
          indices: world.sources,
          globalState: false,
          metadata,
        }
        expect(await codeOf(snapshots.create({ ...request, name: 'contract-1' }))).to.equal('SNAPSHOT_EXISTS')
        expect(await codeOf(snapshots.create({ ...request, name: 'Upper Case' }))).to.equal(
          'CLUSTER_REJECTED',
        )
        const none = { ...request, indices: ['no-such-index'] }
        expect(await codeOf(snapshots.create(none))).to.equal('CLUSTER_REJECTED')
        expect(await codeOf(snapshots.create({ ...request, indices: [] }))).to.equal('BUG')
        expect(await codeOf(snapshots.progress(repository, 'contract-3'))).to.equal('SNAPSHOT_MISSING')
        expect(await infoOf('contract-3')).to.equal(undefined)
      })

      it('is deleted, and deleting it again does no harm', async () => {
        await snapshots.remove(world.repository, ['contract-2', 'never-there'])
        expect(await infoOf('contract-2')).to.equal(undefined)
        await snapshots.remove(world.repository, ['contract-2'])
        expect(await infoOf('contract-1')).to.deep.equal(taken)
        const { bytes, blobs } = await snapshots.cleanUp(world.repository)
        expect([bytes, blobs]).to.deep.equal([0, 0])
      })
    })

    describe('a restore', () => {
      it('brings back every document under another name, with the settings that were asked for', async () => {
        const [first, second] = world.sources
        const names = [first, second].map(name => `drill-${name}`)
        await restore([first, second], { settings: { 'index.priority': '1' } })
        const recoveries = await settled(names)
        expect(recoveries.length).to.equal(3)
        for (const one of recoveries)
          expect(one).to.include({
            primary: true,
            type: 'SNAPSHOT',
            stage: 'DONE',
            fromSnapshot: 'contract-1',
            recoveredBytes: one.totalBytes,
          })
        for (const name of [first, second]) {
          const [was, is] = [await factsOf(name), await factsOf(`drill-${name}`)]
          expect(is).to.deep.include({
            shards: was?.shards,
            replicas: 0,
            aliases: [],
            mappingHash: was?.mappingHash,
          })
          expect(is?.uuid).not.to.equal(was?.uuid)
          expect(is?.settings).to.include({ 'index.priority': '1' })
          expect(is?.settings).not.to.have.property('index.blocks.write')
          const [source, restored] = await indices.content([name, `drill-${name}`])
          expect(restored).to.deep.include({
            docs: source?.docs,
            fromMs: source?.fromMs,
            untilMs: source?.untilMs,
          })
          const sample = await indices.sample(name, 50, 3)
          const ids = sample.map(({ id }) => id)
          expect(await indices.hashes(`drill-${name}`, ids)).to.deep.equal(sample)
        }
      })

      it('does not go over an index that is open, and goes over one that is closed', async () => {
        const [first] = world.sources
        expect(await codeOf(restore([first]))).to.equal('INDEX_EXISTS')
        await world.turnIndex(`drill-${first}`, 'close')
        await restore([first])
        await settled([`drill-${first}`])
        expect((await indices.content([`drill-${first}`]))[0]?.docs).to.equal(world.docs)
        await removeAll('drill-*')
      })

      it('of what is not there is refused, and leaves nothing', async () => {
        expect(await codeOf(restore(['no-such-index']))).to.equal('CLUSTER_REJECTED')
        expect(await codeOf(restore(world.sources, { snapshot: 'contract-9' }))).to.equal('SNAPSHOT_MISSING')
        expect(await codeOf(restore([]))).to.equal('BUG')
        expect(await indices.find(['drill-*'])).to.deep.equal([])
        expect(await snapshots.recoveries(['drill-none'])).to.deep.equal([])
      })

      it('of more shards than the cluster may have is refused', async () => {
        const { perNode, dataNodes, open } = await indices.shardBudget()
        const replicas = perNode * dataNodes - open
        const refused = await restore([world.sources[0]], { replicas }).catch(toOpsError)
        expect(refused).to.include({ code: 'CLUSTER_REJECTED' })
        expect(refused).to.have.property('message').that.includes('maximum normal shards open')
      })

      it('takes the place of an index that was lost, by its own name', async () => {
        const [first] = world.sources
        const was = await factsOf(first)
        const sample = await indices.sample(first, 50, 5)
        await indices.remove(was === undefined ? [] : [was])
        await restore([first], { prefix: '', replicas: null, without: [] })
        await settled([first])
        const is = await factsOf(first)
        expect(is).to.deep.include({ replicas: was?.replicas, mappingHash: was?.mappingHash })
        expect(is?.uuid).not.to.equal(was?.uuid)
        const ids = sample.map(({ id }) => id)
        expect(await indices.hashes(first, ids)).to.deep.equal(sample)
      })
    })
  })
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    thrown => toOpsError(thrown).code,
  )
