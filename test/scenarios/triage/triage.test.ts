// The triage on fakes: in every broken world the true cause comes first, its first remedy heals it or says that nothing without loss of
// data can, and nothing is changed by looking.
import { expect } from 'chai'
import type { CauseId, Remedy } from '../../../runbooks/triage/diagnosis.ts'
import type { FakeWorld, FakeWorldOptions } from '../../support/fake-world/fake-world.ts'
import {
  begin,
  carryOut,
  dayMs,
  diagnoseIn,
  firstOf,
  index,
  minuteMs,
  setCluster,
  setIndex,
  single,
} from './world.ts'

interface World {
  readonly when: string
  readonly breakIt: (world: FakeWorld) => unknown
  readonly cause: CauseId
  readonly says: RegExp
  /** What its first remedy does. */
  readonly first: Remedy['do']
  /** How many of the first remedies it takes; 1. `null`: nothing heals it by itself, and the remedy says so or asks a person. */
  readonly heals: number | null
  readonly options?: FakeWorldOptions
}

const gib = 1024 ** 3
const ms = (world: FakeWorld, forMs: number) => world.clock.sleep(forMs)
const lockFailure =
  'failed to create shard, failure ShardLockObtainFailedException: [x][0]: obtaining shard lock timed out'

/** The replica of `index` has to be built anew, and something is in its way. */
async function missReplica(world: FakeWorld): Promise<void> {
  setIndex(world, 'index.number_of_replicas', '0')
  await ms(world, minuteMs)
  setIndex(world, 'index.number_of_replicas', '1')
  await ms(world, 10 * minuteMs)
}

const loseDisk = async (world: FakeWorld, node = 'es-node03'): Promise<void> => {
  world.cluster.stopNode(node)
  world.cluster.act({ do: 'wipe-node', node })
  world.cluster.startNode(node)
  await ms(world, 2 * minuteMs)
}

const keepSnapshot = async ({ cluster, clock }: FakeWorld): Promise<void> => {
  await cluster.snapshots.create({
    ...{
      repository: 'elk_backup',
      name: 'nightly',
      indices: [index, single],
      globalState: false,
      metadata: {},
    },
  })
  await clock.sleep(10 * minuteMs)
}

const forced = (decider: string, explanation: string) => async (world: FakeWorld) => {
  world.cluster.set({ forced: [{ index, decider, decision: 'no', explanation }] })
  await missReplica(world)
}

const worlds: readonly World[] = [
  {
    when: 'a node with the only copy is away',
    breakIt: async world => {
      world.cluster.stopNode('es-node03')
      await ms(world, 2 * minuteMs)
    },
    cause: 'node_missing',
    says: /^es-node03 is not in the cluster, and with it 1 primary of erp/,
    first: 'start-node',
    heals: 1,
  },
  {
    when: 'a node with a replica has just left',
    breakIt: async world => {
      world.cluster.stopNode('es-node02')
      await ms(world, 5000)
    },
    cause: 'node_missing',
    says: /^es-node02 is not in the cluster, and with it 1 replica/,
    first: 'start-node',
    heals: 1,
  },
  {
    when: 'most masters are away',
    breakIt: async world => {
      world.cluster.stopNode('es-node02')
      world.cluster.stopNode('es-node03')
      await ms(world, 2 * minuteMs)
    },
    cause: 'no_master',
    says: /no elected master: es-node02, es-node03 do not answer, and 2 of 3 are needed$/,
    first: 'start-node',
    heals: 1,
  },
  {
    when: 'the master does not stay',
    breakIt: ({ cluster }) => cluster.set({ masterStable: 'yellow' }),
    cause: 'master_unstable',
    says: /^the master does not stay/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'somebody has left voting exclusions behind',
    breakIt: ({ cluster }) => cluster.membership.excludeVoters(['es-node03']),
    cause: 'voting_exclusions',
    says: /^es-node03 may not vote/,
    first: 'clear-voting-exclusions',
    heals: 1,
  },
  {
    when: 'allocation is switched off',
    breakIt: async world => {
      setCluster(world, 'cluster.routing.allocation.enable', 'none')
      await missReplica(world)
    },
    cause: 'allocation_disabled',
    says: /^cluster\.routing\.allocation\.enable is none/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'allocation is switched off for an index',
    breakIt: async world => {
      setIndex(world, 'index.routing.allocation.enable', 'none')
      await missReplica(world)
    },
    cause: 'allocation_disabled',
    says: /^index\.routing\.allocation\.enable of nginx/,
    first: 'clear-index-setting',
    heals: 1,
  },
  {
    when: 'a filter of the cluster was left behind',
    breakIt: async world => {
      setCluster(world, 'cluster.routing.allocation.exclude._name', 'es-node02,es-node03', 'transient')
      await missReplica(world)
    },
    cause: 'allocation_filter',
    says: /^cluster\.routing\.allocation\.exclude\._name = es-node02,es-node03 keeps copies off/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'a filter of an index matches no node',
    breakIt: async world => {
      setIndex(world, 'index.routing.allocation.require.box', 'hot')
      await missReplica(world)
    },
    cause: 'allocation_filter',
    says: /^index\.routing\.allocation\.require\.box = hot of nginx/,
    first: 'clear-index-setting',
    heals: 1,
  },
  {
    when: 'an index wants a tier that no node has',
    breakIt: async world => {
      setIndex(world, 'index.routing.allocation.include._tier_preference', 'data_cold')
      await missReplica(world)
    },
    cause: 'tier_missing',
    says: /^no node has the role data_cold that nginx-2025\.04\.09 wants$/,
    first: 'set-index-setting',
    heals: 1,
  },
  {
    when: 'an index wants more replicas than there are nodes',
    breakIt: async world => {
      setIndex(world, 'index.number_of_replicas', '5')
      await ms(world, 10 * minuteMs)
    },
    cause: 'too_many_copies',
    says: /^nginx-2025\.04\.09 wants more copies/,
    first: 'set-index-setting',
    heals: 1,
  },
  {
    when: 'an index may have too few shards on a node',
    options: {
      indices: [{ name: index, shards: 4, replicas: 1, tier: 'data_hot', nodes: ['es-node01', 'es-node02'] }],
    },
    breakIt: async world => {
      setIndex(world, 'index.routing.allocation.total_shards_per_node', '1')
      await missReplica(world)
    },
    cause: 'shards_limit',
    says: /^index\.routing\.allocation\.total_shards_per_node of nginx/,
    first: 'clear-index-setting',
    heals: 1,
  },
  {
    when: 'a node may have too few shards',
    options: {
      indices: ['es-node01', 'es-node02', 'es-node03'].map((node, at) => ({
        name: at === 0 ? index : `crm-${at}`,
        replicas: 0,
        tier: 'data_hot',
        nodes: [node],
      })),
    },
    breakIt: async world => {
      setCluster(world, 'cluster.routing.allocation.total_shards_per_node', '1')
      await missReplica(world)
    },
    cause: 'shards_limit',
    says: /^cluster\.routing\.allocation\.total_shards_per_node = 1 leaves no node/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'somebody has set the low watermark too tight',
    breakIt: async world => {
      setCluster(world, 'cluster.routing.allocation.disk.watermark.low', '10%')
      await missReplica(world)
    },
    cause: 'disk_watermark',
    says: /too full for copies of nginx-2025\.04\.09 \(cluster\.routing\.allocation\.disk\.watermark\.low = 10%\)$/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'somebody has set all watermarks, as sizes',
    breakIt: world => {
      for (const stage of ['low', 'high', 'flood_stage'])
        setCluster(world, `cluster.routing.allocation.disk.watermark.${stage}`, '2000gb')
    },
    cause: 'disk_full',
    says: /^the disk of es-node01, es-node02, es-node03 is past flood stage/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'somebody has raised the watermarks because disks are full, and they are fuller by now',
    breakIt: async world => {
      for (const [stage, value] of [
        ['low', '92%'],
        ['high', '95%'],
        ['flood_stage', '98%'],
      ] as const)
        setCluster(world, `cluster.routing.allocation.disk.watermark.${stage}`, value)
      world.cluster.change(({ nodes }) => {
        for (const node of nodes) node.availableBytes = node.totalBytes * 0.07
      })
      await missReplica(world)
    },
    cause: 'disk_watermark',
    says: /too full for copies/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'somebody lets the cluster have no more shards',
    breakIt: world => setCluster(world, 'cluster.max_shards_per_node', '1'),
    cause: 'cluster_shard_limit',
    says: /^the cluster has 3 shards and may have 3, for cluster\.max_shards_per_node is 1:/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'every disk that could take a copy is past the low watermark',
    breakIt: async world => {
      world.cluster.change(({ nodes }) => {
        for (const node of nodes) if (node.name !== 'es-node01') node.availableBytes = node.totalBytes * 0.13
      })
      await missReplica(world)
    },
    cause: 'disk_watermark',
    says: /^es-node02, es-node03 are too full for copies/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'every disk that could take a copy is past the low watermark, and one of them has copies that fit elsewhere',
    options: {
      indices: [
        { name: index, replicas: 1, tier: 'data_hot', nodes: ['es-node01', 'es-node02'] },
        { name: 'large', replicas: 0, tier: 'data_hot', bytes: 40 * gib, nodes: ['es-node02'] },
        { name: 'fitting', replicas: 0, tier: 'data_hot', bytes: 20 * gib, nodes: ['es-node02'] },
        { name: 'small', replicas: 0, tier: 'data_hot', bytes: gib, nodes: ['es-node02'] },
        {
          name: 'on-both',
          replicas: 1,
          tier: 'data_hot',
          bytes: 30 * gib,
          nodes: ['es-node01', 'es-node03'],
        },
      ],
    },
    breakIt: async world => {
      world.cluster.change(({ nodes }) => {
        for (const node of nodes) node.availableBytes = (node.name === 'es-node01' ? 300 : 140) * gib
      })
      await missReplica(world)
    },
    cause: 'disk_watermark',
    says: /^es-node02, es-node03 are too full for copies/,
    first: 'move',
    heals: 1,
  },
  {
    when: 'a disk is past flood stage',
    breakIt: async world => {
      world.cluster.change(({ nodes, indices }) => {
        for (const node of nodes) if (node.name === 'es-node02') node.availableBytes = 1024 ** 3
        for (const one of indices) if (one.name === index) one.blocks = ['read_only_allow_delete']
      })
      await ms(world, minuteMs)
    },
    cause: 'disk_full',
    says: /^the disk of es-node02 is past flood stage, and 1 indices take no more writes$/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the block of a full disk was left behind',
    breakIt: ({ cluster }) =>
      cluster.change(({ indices }) => {
        for (const one of indices) one.blocks = ['read_only_allow_delete']
      }),
    cause: 'cluster_block',
    says: /read-only as if a disk were full, and none is$/,
    first: 'clear-index-setting',
    heals: 1,
  },
  {
    when: 'the whole cluster was made read-only',
    breakIt: world => setCluster(world, 'cluster.blocks.read_only', 'true'),
    cause: 'cluster_block',
    says: /^cluster\.blocks\.read_only is set/,
    first: 'clear-cluster-setting',
    heals: 1,
  },
  {
    when: 'copies have failed too often at a lock',
    breakIt: async world => {
      world.cluster.set({ failing: [{ index, details: lockFailure }] })
      await missReplica(world)
      world.cluster.set({ failing: [] })
    },
    cause: 'retries_exhausted',
    says: /failed 5 times, and the cluster has given up: an earlier copy on the node held its lock$/,
    first: 'retry-failed',
    heals: 1,
  },
  {
    when: 'the only copy is corrupt',
    breakIt: async world => {
      world.cluster.act({ do: 'corrupt-copy', node: 'es-node03', index: single, shard: 0 })
      await ms(world, 2 * minuteMs)
    },
    cause: 'copy_corrupt',
    says: /^the only copy of erp-2025\.04\.09\/0 on es-node03 cannot be read$/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the disk with the only copy is lost',
    breakIt: loseDisk,
    cause: 'no_valid_copy',
    says: /^the last copy with every acknowledged write of erp-2025\.04\.09\/0 is gone/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the disk with the only copy is lost, and a snapshot has all of it',
    breakIt: async world => {
      setIndex(world, 'index.blocks.write', 'true', single)
      await keepSnapshot(world)
      await loseDisk(world)
    },
    cause: 'no_valid_copy',
    says: /erp-2025\.04\.09\/0 is gone/,
    first: 'restore',
    heals: 1,
  },
  {
    when: 'a node is announced to leave, and takes nothing',
    breakIt: async world => {
      world.cluster.set({
        capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false },
      })
      for (const id of ['id-es-node02', 'id-es-node03'])
        await world.cluster.membership.announceRemoval({ id, reason: 'old hardware' })
      await missReplica(world)
    },
    cause: 'shutting_down',
    says: /es-node02 \(remove: old hardware\)/,
    first: 'withdraw-shutdown',
    heals: 1,
  },
  {
    when: 'an upgrade was left half way',
    breakIt: async world => {
      world.cluster.change(({ nodes }) => {
        for (const node of nodes) if (node.name !== 'es-node01') node.version = '8.9.2'
      })
      await missReplica(world)
    },
    cause: 'version_mixed',
    says: /cannot go to an older node: the cluster runs 8\.10\.4 and 8\.9\.2$/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'a zone is missing',
    options: {
      nodes: ['a', 'a', 'a'].map((zone, at) => ({
        name: `es-node0${at + 1}`,
        roles: ['master', 'data_hot', 'data_content', 'ingest'],
        attributes: { zone },
      })),
    },
    breakIt: async world => {
      setCluster(world, 'cluster.routing.allocation.awareness.attributes', 'zone')
      setCluster(world, 'cluster.routing.allocation.awareness.force.zone.values', 'a,b')
      await missReplica(world)
    },
    cause: 'awareness',
    says: /^awareness of zone \(cluster\.routing\.allocation\.awareness\.force\.zone\.values\) leaves no place/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'an index lies on a disk that the cluster does not know',
    breakIt: ({ cluster, clock }) =>
      cluster.set({
        dangling: [
          {
            name: 'crm-2025.04.08',
            uuid: 'uuid-of-crm',
            createdAtMs: clock.now().getTime() - dayMs,
            nodes: ['es-node01'],
            tier: 'data_hot',
          },
        ],
      }),
    cause: 'dangling',
    says: /^crm-2025\.04\.08 lies on the disk of es-node01/,
    first: 'import-dangling',
    heals: 1,
  },
  {
    when: 'a dangling index has a name that is taken',
    breakIt: ({ cluster, clock }) =>
      cluster.set({
        dangling: [
          {
            name: index,
            uuid: 'uuid-of-old',
            createdAtMs: clock.now().getTime() - dayMs,
            nodes: ['es-node01'],
            tier: 'data_hot',
          },
        ],
      }),
    cause: 'dangling',
    says: /lies on the disk of es-node01/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the lifecycle of an index stands still',
    breakIt: ({ cluster }) =>
      cluster.set({
        capabilities: { nodeShutdown: false, slm: false, ilm: true, machineLearning: false },
        ilm: { mode: 'RUNNING', busy: [], errors: [{ index, step: 'migrate', message: 'no such tier' }] },
      }),
    cause: 'lifecycle_error',
    says: /^the lifecycle of nginx-2025\.04\.09 stands still/,
    first: 'retry-lifecycle',
    heals: 1,
  },
  {
    when: 'indices are kept for longer than they may be',
    breakIt: world => ms(world, 92 * dayMs),
    cause: 'lifecycle_overdue',
    says: /^2 daily indices are older than 90 days/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the source of a shrink is not in one place',
    breakIt: forced('resize', 'source primary is allocated on another node'),
    cause: 'resize_source',
    says: /of which no node has a copy of every shard$/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'the repository of a searchable snapshot is gone',
    breakIt: forced('searchable_snapshot_repository_exists', 'the repository [s3] is not registered'),
    cause: 'repository_missing',
    says: /in a repository that is not registered/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'a follower cannot begin',
    breakIt: forced('ccr_primary_follower', 'shard is a primary follower and is being bootstrapped'),
    cause: 'follower_bootstrap',
    says: /cannot begin to follow/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'frozen indices have no node of their own',
    breakIt: forced('has_frozen_cache', 'there is no frozen cache on this node'),
    cause: 'frozen_role',
    says: /no node for frozen indices/,
    first: 'advise',
    heals: null,
  },
  {
    when: 'nodes write as much as they can',
    breakIt: forced('write_load', 'node is above the write load threshold'),
    cause: 'write_load',
    says: /write as much as they can/,
    first: 'wait',
    heals: null,
  },
  {
    when: 'a decider that nobody knows says no',
    breakIt: forced('moon_phase', 'the moon is full'),
    cause: 'unknown_decider',
    says: /^moon_phase keeps copies of nginx-2025\.04\.09 off .*: the moon is full$/,
    first: 'advise',
    heals: null,
  },
]

describe('triage', () => {
  it('finds nothing wrong with a cluster that is well, and sees all of it', async () => {
    const diagnosis = await diagnoseIn(begin())
    expect(diagnosis).to.include({ cluster: 'ovh-prod-elk', status: 'green' })
    expect(diagnosis.causes).to.deep.equal([])
    expect(diagnosis.blind).to.deep.equal([])
    expect(diagnosis.copies).to.deep.equal({ total: 3, unassigned: 0 })
  })

  for (const { when, breakIt, cause, says, first, heals, options } of worlds) {
    it(`names ${cause} first when ${when}${heals === null ? '' : ', and its first remedy heals'}`, async () => {
      const world = begin(options)
      await breakIt(world)
      const before = JSON.stringify(world.cluster.toJSON().indices)
      const found = await diagnoseIn(world)
      expect(JSON.stringify(world.cluster.toJSON().indices)).to.equal(before)
      const top = firstOf(found)
      expect(top.id, JSON.stringify(found.causes)).to.equal(cause)
      expect(top.sentence).to.match(says)
      const [remedy] = top.remedies
      expect(remedy?.do, JSON.stringify(top.remedies)).to.equal(first)
      for (const one of found.causes) {
        expect(one.remedies, one.id).not.to.deep.equal([])
        const losing = one.remedies.map(({ risk }) => risk === 'loses-data')
        expect(losing, one.id).to.deep.equal([...losing].sort((a, b) => Number(a) - Number(b)))
      }
      // Every copy has one cause, and only one.
      expect(found.causes.reduce((sum, { copyCount }) => sum + copyCount, 0)).to.equal(
        found.copies.unassigned,
      )
      if (heals === null) return
      for (let turn = 0; turn < heals; turn++) {
        const [next] = firstOf(await diagnoseIn(world)).remedies
        if (next !== undefined) await carryOut(world, next)
      }
      const after = await diagnoseIn(world)
      expect(after.causes.map(({ id }) => id)).not.to.include(cause)
      expect(after.status, JSON.stringify(after.causes)).to.equal('green')
    })
  }
})
