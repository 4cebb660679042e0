// What every AllocationPort promises. It runs on the fake and on three real nodes that hold data and vote; each case takes away the
// indices and settings that it made. The last one stops two nodes in turn, never two at once.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type { AllocationPort, Explanation } from '../../src/ports/allocation.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ElasticsearchPort } from '../../src/ports/elasticsearch.ts'
import type { SettingsPort } from '../../src/ports/settings.ts'

export interface AllocationUnderTest {
  readonly es: ElasticsearchPort & { readonly settings: SettingsPort; readonly allocation: AllocationPort }
  readonly clock: Clock
  /** All of them hold data and vote. */
  readonly nodes: readonly [string, string, string]
  readonly canRetryLifecycle: boolean
  /** A name that the user of the port may search. */
  readonly readable: string
  createIndex(name: string, index: IndexUnderTest): Promise<void>
  /** Acknowledged and searchable. */
  write(name: string, docs: number): Promise<void>
  deleteIndex(name: string): Promise<void>
  stopNode(name: string): Promise<void>
  startNode(name: string): Promise<void>
}

interface IndexUnderTest {
  readonly shards?: number
  readonly replicas: number
  readonly settings?: Readonly<Record<string, string>>
}

const cluster = (name: string) => ({
  kind: 'elasticsearch.cluster',
  name: `cluster.routing.allocation.${name}`,
})
/** The balancer moves copies whenever indices come and go: those of a case stay where they are until the case moves them. */
const unbalanced = { 'index.routing.rebalance.enable': 'none' }
const ofIndex = (name: string) => ({ kind: 'elasticsearch.index', name: `index.routing.allocation.${name}` })

export function describeAllocationPort(label: string, connect: () => Promise<AllocationUnderTest>): void {
  describe(`AllocationPort on ${label}`, () => {
    let world: AllocationUnderTest
    let port: AllocationPort
    const made: string[] = []

    before(async () => {
      world = await connect()
      port = world.es.allocation
    })
    afterEach(async () => {
      for (const name of made.splice(0)) await world.deleteIndex(name)
    })

    const make = async (name: string, index: IndexUnderTest): Promise<void> => {
      await world.createIndex(name, { ...index, settings: { ...unbalanced, ...index.settings } })
      made.push(name)
    }
    async function until<T>(what: string, look: () => Promise<T | false | undefined | null>): Promise<T> {
      const endMs = world.clock.now().getTime() + 120_000
      for (;;) {
        const found = await look().catch(whileElecting)
        if (found) return found
        expect(world.clock.now().getTime(), what).to.be.lessThan(endMs)
        await world.clock.sleep(250)
      }
    }
    /** A node that stops may have been the master. */
    const whileElecting = (thrown: unknown): undefined => {
      if (toOpsError(thrown).code !== 'CLUSTER_BUSY') throw thrown
    }
    const unassignedOf = async (name: string) =>
      (await port.unassigned()).filter(({ index }) => index === name)
    const whole = (name: string) =>
      until(`${name} is whole`, async () => {
        const copies = (await port.copies()).filter(({ index }) => index === name)
        return copies.length > 0 && copies.every(({ state }) => state === 'STARTED')
      })
    const holders = async (name: string) =>
      (await port.copies()).flatMap(({ index, node }) => (index === name && node !== null ? [node] : []))
    const said = ({ nodes }: Explanation): string[] => [
      ...new Set(nodes.flatMap(({ deciders }) => deciders.map(({ decider }) => decider))),
    ]
    const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)

    it('lists every data node with its id, its roles, its copies and its disk', async () => {
      const nodes = await port.nodes()
      expect(nodes.map(({ node }) => node)).to.have.members([...world.nodes])
      const ids = new Map((await world.es.nodes()).map(({ id, name }) => [name, id]))
      for (const one of nodes) {
        expect(one.nodeId).to.equal(ids.get(one.node))
        expect(one.roles.some(role => role.startsWith('data'))).to.equal(true)
        expect(one.totalBytes).to.be.greaterThan(one.availableBytes)
        expect(one.availableBytes).to.be.greaterThan(0)
      }
      const held = (await port.copies()).filter(({ node }) => node !== null).length
      expect(nodes.reduce((sum, { shards }) => sum + shards, 0)).to.equal(held)
    })

    it('lists every copy with its size, its documents and its node, and nothing as unassigned where all is well', async () => {
      await make('contract-sized', { shards: 2, replicas: 1 })
      await whole('contract-sized')
      await world.write('contract-sized', 40)
      const copies = await until('every copy is measured', async () => {
        const found = (await port.copies()).filter(({ index }) => index === 'contract-sized')
        return found.every(({ bytes }) => bytes > 0) && found
      })
      expect(copies.filter(({ primary }) => primary).map(({ shard }) => shard)).to.have.members([0, 1])
      expect(copies.length).to.equal(4)
      for (const { node, docs } of copies) {
        expect(world.nodes).to.include(node)
        expect(docs).to.be.greaterThan(0)
      }
      expect(await unassignedOf('contract-sized')).to.deep.equal([])
    })

    it('says of a copy too many why no node takes it, node by node', async () => {
      await make('contract-copies', { replicas: 3 })
      const [lonely] = await until('one copy is left over', async () => {
        const found = await unassignedOf('contract-copies')
        return (
          found.length === 1 && found.every(({ lastStatus }) => lastStatus !== 'fetching_shard_data') && found
        )
      })
      expect(lonely).to.include({
        index: 'contract-copies',
        shard: 0,
        primary: false,
        reason: 'INDEX_CREATED',
        recoverySource: 'PEER',
        failedAttempts: 0,
        delayed: false,
        lastNode: null,
      })
      expect(lonely?.sinceMs).to.be.greaterThan(Date.parse('2000-01-01'))
      const explained = await until('it is settled', async () => {
        const found = await port.explain({ index: 'contract-copies', shard: 0, primary: false })
        return found.canAllocate === 'no' && found
      })
      expect(explained).to.include({ state: 'unassigned', currentNode: null, canRemain: null })
      expect(explained.nodes.map(({ node }) => node)).to.have.members([...world.nodes])
      for (const { decision, deciders } of explained.nodes) {
        expect(decision).to.equal('no')
        expect(deciders.map(({ decider }) => decider)).to.include('same_shard')
        for (const one of deciders) expect(one.decision).to.be.oneOf(['no', 'throttle'])
      }
    })

    it('says of an assigned copy that it may remain, or by which filter it may not', async () => {
      await make('contract-remain', { replicas: 0 })
      await whole('contract-remain')
      const [holder] = await holders('contract-remain')
      const look = () => port.explain({ index: 'contract-remain', shard: 0, primary: true })
      expect(await look()).to.include({
        state: 'started',
        currentNode: holder,
        canAllocate: null,
        canRemain: 'yes',
      })
      await world.es.settings.write(ofIndex('exclude._name'), ['contract-remain'], world.nodes.join(','))
      const stuck = await until('it is unwanted', async () => {
        const found = await look()
        return found.canRemain === 'no' && found
      })
      expect(stuck.againstRemaining.map(({ decider }) => decider)).to.deep.equal(['filter'])
      expect(stuck.againstRemaining[0]?.explanation).to.include('index.routing.allocation.exclude')
      const others = world.nodes.filter(name => name !== holder)
      expect(stuck.nodes.map(({ node }) => node)).to.have.members(others)
    })

    it('knows no copy of an index that is not there', async () => {
      const thrown = await thrownBy(port.explain({ index: 'contract-none', shard: 0, primary: true }))
      expect(thrown?.code).to.equal('CLUSTER_REJECTED')
    })

    const causes: readonly {
      readonly decider: string
      readonly settings: Readonly<Record<string, string>>
      /** More than there are nodes, where a limit for each node is to be too low. */
      readonly shards: number
    }[] = [
      { decider: 'filter', settings: { 'require._name': 'nowhere' }, shards: 1 },
      { decider: 'enable', settings: { enable: 'none' }, shards: 1 },
      { decider: 'data_tier', settings: { 'include._tier_preference': 'data_cold' }, shards: 1 },
      { decider: 'shards_limit', settings: { total_shards_per_node: '1' }, shards: 4 },
    ]
    for (const { decider, settings, shards } of causes)
      it(`names ${decider}, and allocates once the setting is gone`, async () => {
        const name = `contract-${decider.replace('_', '-')}`
        const named = Object.entries(settings).map(([key, value]) => [ofIndex(key).name, value])
        await make(name, { shards, replicas: 0, settings: Object.fromEntries(named) })
        const stuck = await until('some copy is refused', async () =>
          (await unassignedOf(name)).find(one => one.lastStatus === 'deciders_no'),
        )
        expect(stuck).to.include({ primary: true, recoverySource: 'EMPTY_STORE', reason: 'INDEX_CREATED' })
        const explained = await port.explain({ index: name, shard: stuck.shard, primary: true })
        expect(explained.canAllocate).to.equal('no')
        expect(said(explained)).to.include(decider)
        for (const key of Object.keys(settings)) await world.es.settings.write(ofIndex(key), [name], null)
        await whole(name)
      })

    it('names what the whole cluster may not do, and allocates once it may', async () => {
      await world.es.settings.write(cluster('enable'), ['persistent'], 'none')
      try {
        await make('contract-enable-all', { replicas: 0 })
        const explained = await port.explain({ index: 'contract-enable-all', shard: 0, primary: true })
        expect(said(explained)).to.include('enable')
      } finally {
        await world.es.settings.write(cluster('enable'), ['persistent'], null)
      }
      await whole('contract-enable-all')
    })

    it('finds the copies on the disks by the ids that the routing table has', async () => {
      await make('contract-stores', { shards: 2, replicas: 1 })
      await whole('contract-stores')
      const stores = await until('all stores are listed', async () => {
        const found = await port.stores(['contract-stores'])
        return found.length === 4 && found
      })
      const { indices } = await world.es.shardMap()
      const shards = indices.find(({ name }) => name === 'contract-stores')?.shards ?? []
      const wanted = shards.flatMap(({ number, copies }) =>
        copies.map(({ allocationId, node, primary }) => ({
          index: 'contract-stores',
          shard: number,
          nodeId: node,
          allocationId,
          use: primary ? 'primary' : 'replica',
          problem: null,
        })),
      )
      expect(stores.map(({ node: _node, ...rest }) => rest)).to.have.deep.members(wanted)
      expect(await port.stores([])).to.deep.equal([])
    })

    it('says how far every copy has come', async () => {
      await make('contract-sequences', { replicas: 1 })
      await whole('contract-sequences')
      const before = await port.sequences(['contract-sequences'])
      await world.write('contract-sequences', 25)
      const after = await until('both copies have come as far', async () => {
        const found = await port.sequences(['contract-sequences'])
        return new Set(found.map(({ globalCheckpoint }) => globalCheckpoint)).size === 1 && found
      })
      expect(after.map(({ primary }) => primary).sort()).to.deep.equal([false, true])
      for (const one of after) {
        const former = before.find(({ nodeId }) => nodeId === one.nodeId)
        expect(one.maxSeqNo - (former?.maxSeqNo ?? Number.NaN)).to.equal(25)
      }
    })

    it('counts and dates what can be read of an index, and says how many of its shards answered', async () => {
      await make(world.readable, { shards: 2, replicas: 0 })
      await whole(world.readable)
      await world.write(world.readable, 30)
      const [whole1] = await port.glimpse([world.readable])
      expect(whole1).to.include({ index: world.readable, shardsAnswered: 2, shardsTotal: 2 })
      expect(whole1?.docs).to.be.at.least(30)
      expect(whole1?.fromMs).to.be.lessThan(whole1?.untilMs ?? 0)
      await make('contract-unread', { replicas: 0, settings: { [ofIndex('enable').name]: 'none' } })
      const both = await port.glimpse([world.readable, 'contract-unread', 'contract-none'])
      expect(both.map(({ index }) => index)).to.deep.equal([world.readable, 'contract-unread'])
      expect(both[1]).to.include({ shardsAnswered: 0, shardsTotal: 1, fromMs: null, untilMs: null })
    })

    it('tries commands and changes nothing, and carries them out where no decider refuses', async () => {
      await make('contract-moved', { replicas: 1 })
      await whole('contract-moved')
      const [from = '', other = ''] = await holders('contract-moved')
      const to = world.nodes.find(name => name !== from && name !== other) ?? ''
      const move = (target: string) =>
        ({ do: 'move', index: 'contract-moved', shard: 0, from, to: target }) as const
      const [refused] = (await port.tryReroute([move(other)])).decisions
      expect(refused?.against.map(({ decider }) => decider)).to.include('same_shard')
      // The second one is tried on what the first one would have made: the copy is on its way already.
      const { decisions } = await port.tryReroute([move(to), move(to)])
      expect(decisions.map(({ command }) => command)).to.deep.equal([move(to), move(to)])
      expect(decisions[0]?.against).to.deep.equal([])
      expect(decisions[1]?.against.map(({ decision }) => decision)).to.deep.equal(['no'])
      expect(await holders('contract-moved')).to.have.members([from, other])
      expect((await thrownBy(port.reroute([move(other)])))?.code).to.equal('CLUSTER_REJECTED')
      await port.reroute([move(to)])
      await until('it has moved', async () => {
        const found = (await port.copies()).filter(({ index }) => index === 'contract-moved')
        const nodes = found.map(({ node }) => node)
        return found.every(({ state }) => state === 'STARTED') && nodes.includes(to) && !nodes.includes(from)
      })
    })

    it('makes a replica where it is told, even while allocation is switched off, and again after it was cancelled', async () => {
      const settings = { [ofIndex('enable').name]: 'primaries' }
      await make('contract-replica', { replicas: 1, settings })
      const copyOf = async (primary: boolean) =>
        (await port.copies()).find(
          one => one.index === 'contract-replica' && one.primary === primary && one.state === 'STARTED',
        )
      const primary = await until('its primary is there', () => copyOf(true))
      const node = world.nodes.find(name => name !== primary.node) ?? ''
      const place = { index: 'contract-replica', shard: 0, node } as const
      const allocate = { do: 'allocate_replica', ...place } as const
      expect((await port.tryReroute([allocate])).decisions[0]?.against).to.deep.equal([])
      expect(await copyOf(false)).to.equal(undefined)
      await port.reroute([allocate])
      expect((await until('its replica is there', () => copyOf(false))).node).to.equal(node)
      await port.reroute([{ do: 'cancel', ...place }])
      await world.es.settings.write(ofIndex('enable'), ['contract-replica'], null)
      await whole('contract-replica')
    })

    it('refuses to give data up where a primary is there', async () => {
      await make('contract-kept', { replicas: 0 })
      await whole('contract-kept')
      const [node = ''] = await holders('contract-kept')
      for (const deed of ['allocate_stale_primary', 'allocate_empty_primary'] as const) {
        const command = { do: deed, index: 'contract-kept', shard: 0, node }
        expect((await thrownBy(port.reroute([command])))?.code).to.equal('CLUSTER_REJECTED')
        const [tried] = (await port.tryReroute([command])).decisions
        expect(tried?.against.map(({ decision }) => decision)).to.deep.equal(['no'])
      }
    })

    it('has no block and no dangling index, retries what has not failed, and plans no move while nothing is to be moved', async () => {
      expect(await port.blocks()).to.deep.equal({ cluster: [] })
      expect(await port.dangling()).to.deep.equal([])
      expect((await thrownBy(port.importDangling('no-such-uuid-at-all-0')))?.code).to.equal(
        'CLUSTER_REJECTED',
      )
      const { count, oldestMs, sources } = await port.pendingTasks()
      expect(sources.length).to.be.at.most(Math.min(10, count))
      expect(oldestMs).to.be.at.least(0)
      await port.retryFailed()
      await until('no move is planned', async () => (await port.plannedMoves()) === 0)
    })

    it('retries lifecycles, or says that there are none', async () => {
      await make('contract-lifecycle', { replicas: 0 })
      const thrown = await thrownBy(port.retryLifecycle(['contract-lifecycle']))
      if (!world.canRetryLifecycle) expect(thrown?.code).to.equal('UNSUPPORTED')
    })

    it('sees a stale copy for what it is, takes it when told to, and what was written meanwhile is gone', async function () {
      this.timeout(300_000)
      const [ahead, behind, third] = world.nodes
      const two = { [ofIndex('include._name').name]: `${ahead},${behind}` }
      await make('contract-stale', { replicas: 1, settings: two })
      await make('contract-only', { replicas: 0, settings: { [ofIndex('require._name').name]: ahead } })
      await whole('contract-stale')
      await whole('contract-only')
      await world.write('contract-stale', 20)
      await world.write('contract-only', 5)
      const docsOf = async (name: string) => (await port.glimpse([name]))[0]?.docs ?? 0
      const before = await docsOf('contract-stale')

      await world.stopNode(behind)
      await until('the other one is the primary', async () =>
        (await port.copies()).some(
          one =>
            one.index === 'contract-stale' && one.primary && one.node === ahead && one.state === 'STARTED',
        ),
      )
      const left = await until('the replica is unassigned', async () =>
        (await unassignedOf('contract-stale')).find(({ primary }) => !primary),
      )
      expect(left).to.include({ reason: 'NODE_LEFT' })
      await world.write('contract-stale', 10)
      await world.es.settings.write(ofIndex('enable'), ['contract-stale'], 'none')
      await world.startNode(behind)
      await until('it is back', async () => (await world.es.members()).length === world.nodes.length)
      // Those of other indices too: on a real server users and roles are in one of them.
      await until('all else is whole', async () =>
        (await port.copies()).every(({ index, state }) => index === 'contract-stale' || state === 'STARTED'),
      )
      await world.stopNode(ahead)

      const red = await until('no valid copy is there', async () => {
        const found = await port.explain({ index: 'contract-stale', shard: 0, primary: true })
        return found.canAllocate === 'no_valid_shard_copy' && found
      })
      const unassigned = await until('the list says so too', async () =>
        (await unassignedOf('contract-stale')).find(
          ({ primary, lastStatus }) => primary && lastStatus === 'no_valid_shard_copy',
        ),
      )
      expect(unassigned).to.include({ recoverySource: 'EXISTING_STORE', reason: 'NODE_LEFT' })
      const stale = red.nodes.find(({ node }) => node === behind)
      expect(stale?.store).to.include({ inSync: false, problem: null })
      const [store] = await port.stores(['contract-stale'])
      expect(store).to.include({ node: behind, use: 'unused', allocationId: stale?.store?.allocationId })

      const place = { index: 'contract-stale', shard: 0, node: behind } as const
      await port.reroute([{ do: 'allocate_stale_primary', ...place }])
      const empty = { do: 'allocate_empty_primary', index: 'contract-only', shard: 0, node: third } as const
      await port.reroute([empty])
      const primaries = [
        ['contract-stale', behind],
        ['contract-only', third],
      ] as const
      for (const [name, holder] of primaries)
        await until(`the primary of ${name} is there`, async () =>
          (await port.copies()).some(
            one => one.index === name && one.primary && one.node === holder && one.state === 'STARTED',
          ),
        )
      expect(await docsOf('contract-stale')).to.equal(before)
      expect(await docsOf('contract-only')).to.equal(0)
      await world.startNode(ahead)
      await until('all are back', async () => (await world.es.members()).length === world.nodes.length)
      await world.es.settings.write(ofIndex('enable'), ['contract-stale'], null)
      await whole('contract-stale')
      expect(await docsOf('contract-stale')).to.equal(before)
      expect(await docsOf('contract-only')).to.equal(0)
    })
  })
}
