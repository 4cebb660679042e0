// What goes wrong on the way: drains that stand still, each with the decider that keeps them; nodes that do not stop; bad input.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import { toOpsError } from '../../../src/errors/index.ts'
import {
  begin,
  carryOn,
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  failureOf,
  nodeOf,
  once,
  planOn,
  type RemoveWorld,
  remarksOf,
  start,
} from './world.ts'

const warm = { name: 'es-data05', soak: '10s', stall: '2m' }
const gib = 2 ** 30

interface Stall {
  readonly says: RegExp
  readonly hint: RegExp
  /** Between the plan and the drain. */
  readonly spoil: (self: RemoveWorld) => void
  readonly mend: (self: RemoveWorld) => void
}

const cluster = (self: RemoveWorld, name: string, value: string | null): void =>
  self.world.cluster.act({ do: 'set-cluster', scope: 'persistent', name, value })
const index = (self: RemoveWorld, name: string, value: string | null): void =>
  self.world.cluster.act({ do: 'set-index', index: 'mysql-old', name, value })

/** One setting that keeps copies where they are. */
const ofCluster = (name: string, value: string, says: RegExp, hint: RegExp): Stall => ({
  ...{ says, hint },
  spoil: self => cluster(self, name, value),
  mend: self => cluster(self, name, null),
})
const ofIndex = (
  name: string,
  value: string,
  says: RegExp,
  hint: RegExp,
  before: string | null = null,
): Stall => ({
  ...{ says, hint },
  spoil: self => index(self, name, value),
  mend: self => index(self, name, before),
})
/** A decider that the fake does not work out for itself. */
const forced = (decider: string, hint: RegExp): Stall => ({
  says: new RegExp(`mysql-old.*${decider}: as it is`),
  hint,
  spoil: self =>
    self.world.cluster.set({
      forced: [{ index: 'mysql-old', decider, decision: 'no', explanation: 'as it is' }],
    }),
  mend: self => self.world.cluster.set({ forced: [] }),
})

const setRoom = (self: RemoveWorld, bytes: number): void =>
  self.world.cluster.change(state => {
    for (const node of state.nodes)
      if (['es-data03', 'es-data04'].includes(node.name)) node.availableBytes = bytes
  })

const stalls: Readonly<Record<string, Stall>> = {
  filter: ofIndex(
    'index.routing.allocation.require._name',
    'es-data05',
    /mysql-old\[0\] \w+ on es-data05: filter/,
    /change the allocation filter/,
  ),
  shards_limit: ofCluster(
    'cluster.routing.allocation.total_shards_per_node',
    '2',
    /on es-data05: shards_limit/,
    /raise total_shards_per_node/,
  ),
  disk_threshold: {
    says: /disk_threshold/,
    hint: /free disk on the nodes that stay/,
    spoil: self => setRoom(self, 120 * gib),
    mend: self => setRoom(self, 600 * gib),
  },
  same_shard: ofIndex(
    'index.number_of_replicas',
    '2',
    /mysql-old.*same_shard/,
    /lower index.number_of_replicas/,
    '1',
  ),
  data_tier: ofIndex(
    'index.routing.allocation.include._tier_preference',
    'data_frozen',
    /mysql-old.*data_tier/,
    /_tier_preference/,
    'data_warm',
  ),
  enable: ofCluster('cluster.routing.allocation.enable', 'none', /enable/, /back to all/),
  awareness: ofCluster(
    'cluster.routing.allocation.awareness.attributes',
    'zone',
    /awareness/,
    /awareness settings/,
  ),
  max_retry: forced('max_retry', /retry_failed=true/),
  node_version: forced('node_version', /upgrade/),
  snapshot_in_progress: forced('snapshot_in_progress', /wait for the snapshot/),
  a_decider_that_nobody_knows: forced('hall_of_mirrors', /see hall_of_mirrors in GET _cluster/),
}

/** Nobody is kept from having copies by what the run has set. */
function expectGivenBack(self: RemoveWorld): void {
  const { settings, shutdowns } = self.world.cluster.state
  expect(JSON.stringify(settings)).not.to.match(/exclude/)
  expect(shutdowns).to.deep.equal([])
  expect([...self.world.lockTable.rows.keys()]).to.deep.equal([])
}

describe('remove-node, when the drain stands still', () => {
  for (const [decider, { says, hint, spoil, mend }] of Object.entries(stalls)) {
    it(`names ${decider} and what helps, gives the node back, and goes on when it is mended`, async function () {
      this.timeout(60_000)
      const self = begin()
      const { world } = self
      const error = failureOf(await start(world.begin(), warm, new Map(), () => spoil(self)))
      expect(error.code).to.equal('DRAIN_STALLED')
      expect(error.message).to.match(says)
      expect(error.hint).to.match(hint)
      expectStays(self, 'es-data05')
      expectGivenBack(self)
      mend(self)
      await world.clock.sleep(120_000)
      expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
      expectGone(self, 'es-data05')
      expectClean(self)
    })
  }
})

describe('remove-node, when something else goes wrong', () => {
  it('gives the node back when the run is given up in the middle of its drain', async () => {
    const self = begin()
    const { world } = self
    const process = world.begin()
    void world.clock.sleep(6000).then(() => process.life.kill())
    expect(await start(process, warm)).to.equal('killed')
    expect(world.cluster.state.settings.persistent).not.to.deep.equal({})
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expectStays(self, 'es-data05')
    expectClean(self)
    await world.clock.sleep(60_000)
    expectAllAssigned(self)
  })

  it('gives the vote back to a master that does not stop', async () => {
    const self = begin()
    const { world } = self
    world.ansible.trouble('es-master03', 'fails', { playbook: 'service_stop.yml' })
    const waived = new Map([['masters_survive_a_loss', 'a fourth one comes tomorrow']])
    const error = failureOf(await start(world.begin(), { name: 'es-master03' }, waived))
    expect(error.code).to.equal('ANSIBLE_FAILED')
    expectStays(self, 'es-master03')
    expectClean(self)
    expect(world.cluster.state.committed).to.have.length(3)
  })

  it('takes the vote anew when it goes on after it had given it back', async () => {
    const self = begin()
    const { world } = self
    world.ansible.trouble('es-master03', 'fails', { playbook: 'service_stop.yml' })
    const waived = new Map([['masters_survive_a_loss', 'a fourth one comes tomorrow']])
    expect(failureOf(await start(world.begin(), { name: 'es-master03' }, waived)).code).to.equal(
      'ANSIBLE_FAILED',
    )
    world.ansible.mend('es-master03')
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-master03')
    expectClean(self)
    // With its vote it would count for ever, and the next loss would be one too many.
    expect(world.cluster.state.committed).not.to.include(nodeOf(self, 'es-master03').id)
  })

  it('looks whether a node was stopped when nobody heard of it', async () => {
    const self = begin()
    const { world } = self
    world.ansible.trouble('es-data05', 'lost-after', { playbook: 'service_stop.yml', times: 1 })
    expect(await start(world.begin(), warm)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-data05')
    expectClean(self)
    expect(world.cluster.tally.history).to.deep.equal(['stop es-data05'])
  })

  it('looks whether a vote was taken or cleared when the answer is lost', async () => {
    const self = begin()
    const { world } = self
    world.cluster.set({
      lostCalls: [
        { call: 'membership.excludeVoters', how: 'done' },
        { call: 'membership.clearVotingExclusions', how: 'not-done' },
      ],
    })
    const waived = new Map([['masters_survive_a_loss', 'a fourth one comes tomorrow']])
    expect(await start(world.begin(), { name: 'es-master03' }, waived)).to.include({ outcome: 'succeeded' })
    expectGone(self, 'es-master03')
    expectClean(self)
  })

  it('does not write over an inventory that somebody edits meanwhile', async () => {
    const self = begin()
    const { world } = self
    void world.clock.sleep(5000).then(() => world.inventoryFile.edit({ do: 'remove', name: 'es-coord01' }))
    expect(await start(world.begin(), warm)).to.include({ outcome: 'succeeded' })
    expect(world.inventoryFile.names).not.to.include('es-coord01')
    expect(world.inventoryFile.names).to.include('es-coord02')
    expectGone(self, 'es-data05')
  })

  it('leaves a node that was wiped gone when the run is aborted, and says so', async () => {
    const self = begin()
    const { world } = self
    const wiping = { ...warm, wipe: true }
    expect(await start(world.begin({ actor: 'anna' }), wiping)).to.include({ outcome: 'waiting' })
    await approveRun(world.begin({ actor: 'boris' }).engine, 'run-1')
    const process = world.begin({ actor: 'anna' })
    const isWiping = (): boolean =>
      world.ansible.requests.some(({ playbook }) => playbook === 'node_wipe.yml')
    void once(self, isWiping, () => process.life.kill())
    expect(await carryOn(process)).to.equal('killed')
    expect(world.inventoryFile.names).to.include('es-data05')
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expectGone(self, 'es-data05')
    expectClean(self)
    expect(await remarksOf(self)).to.match(/too late for es-data05: removed, and stays so/)
  })

  it('keeps a node that was stopped for one that comes back when the run is aborted', async () => {
    const self = begin()
    const { world } = self
    const process = world.begin()
    void once(
      self,
      () => !world.cluster.isRunning('es-data05'),
      () => process.life.kill(),
    )
    expect(await start(process, warm)).to.equal('killed')
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted' })
    expectStays(self, 'es-data05')
    expectClean(self)
  })
})

describe('remove-node, asked for what must not be', () => {
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['the last masters', 'es-master01,es-master02,es-master03', /not_the_last_master/],
    ['one of three masters without a reason', 'es-master01', /masters_survive_a_loss: 2 masters stay/],
    [
      'all warm nodes',
      'es-data03,es-data04,es-data05',
      /tier_is_not_left_empty: no node of data_warm stays, which .*mysql-old/,
    ],
    ['nodes whose replicas would have no place', 'es-data04,es-data05', /replicas_have_room: .*nginx-old/],
  ]
  for (const [what, name, evidence] of refusals)
    it(`refuses ${what}, before anything is touched`, async () => {
      const self = begin()
      const end = await start(self.world.begin(), { name })
      expect(end).to.include({ outcome: 'refused', exitCode: 2 })
      expect(failureOf(end).message).to.match(evidence)
      expectClean(self)
      expect(self.world.cluster.tally.moves).to.deep.equal([])
      expect(self.world.ansible.requests).to.deep.equal([])
    })

  it('refuses where the deciders say no although the arithmetic says yes', async () => {
    const self = begin()
    self.world.cluster.set({
      forced: [{ index: 'mysql-old', decider: 'max_retry', decision: 'no', explanation: 'five times' }],
    })
    const end = await start(self.world.begin(), warm)
    expect(failureOf(end).message).to.match(/cluster_would_make_every_move: .*mysql-old.*max_retry/)
    expectStays(self, 'es-data05')
  })

  it('knows no node that the inventory lacks', async () => {
    const self = begin()
    const thrown = await planOn(self.world.begin(), { name: 'es-data99' }).then(
      () => null,
      error => toOpsError(error),
    )
    expect(thrown?.code).to.equal('NO_HOSTS_MATCHED')
    expect(thrown?.message).to.match(/no Elasticsearch host es-data99/)
  })
})
