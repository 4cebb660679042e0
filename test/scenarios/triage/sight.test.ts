// What a triage makes of a cluster that answers half of its questions, or none; how many it asks; and what it says of what is left.
import { expect } from 'chai'
import { decideDiagnosis, diagnoseCluster } from '../../../runbooks/triage/diagnose.ts'
import { lookAtTriage } from '../../../runbooks/triage/facts.ts'
import { sayHeadline } from '../../../runbooks/triage/say.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { Look } from '../../../src/sdk/index.ts'
import { FakeKafka } from '../../support/fake-kafka/fake-kafka.ts'
import type { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  begin,
  dayMs,
  deafLook,
  diagnoseIn,
  firstOf,
  index,
  lookIn,
  minuteMs,
  setCluster,
  setIndex,
  single,
} from './world.ts'

const timeOut = (): never => {
  throw new OpsError('CLUSTER_UNREACHABLE', { message: 'no answer within 10 s' })
}

/** Questions of these names are never answered. */
const deaf = (look: Look, isDeaf: (method: string) => boolean): Look => ({
  ...look,
  elasticsearch: deafLook(look.elasticsearch, isDeaf, timeOut),
  allocation: deafLook(look.allocation, isDeaf, timeOut),
  indices: deafLook(look.indices, isDeaf, timeOut),
  snapshots: deafLook(look.snapshots, isDeaf, timeOut),
})

const questions = [
  ...[
    'identity',
    'endpoints',
    'master',
    'health',
    'members',
    'nodes',
    'shardMap',
    'clusterSettings',
    'watermarks',
  ],
  ...['shutdowns', 'coordination', 'lifecycle', 'blocks', 'unassigned', 'copies', 'pendingTasks', 'dangling'],
  ...['runningSnapshots', 'shardBudget', 'explain', 'settings', 'stores', 'glimpse', 'repositories'],
]

async function lose(world: FakeWorld): Promise<void> {
  world.cluster.stopNode('es-node03')
  await world.clock.sleep(2 * minuteMs)
}

async function loseDisk(world: FakeWorld): Promise<void> {
  world.cluster.stopNode('es-node03')
  world.cluster.act({ do: 'wipe-node', node: 'es-node03' })
  world.cluster.startNode('es-node03')
  await world.clock.sleep(2 * minuteMs)
}

describe('the sight of a triage', () => {
  for (const question of questions)
    it(`goes on without an answer to ${question}, and says so`, async () => {
      const world = begin()
      await lose(world)
      const found = await diagnoseCluster(deaf(lookIn(world), method => method === question))
      expect(found.blind.join('\n')).to.match(/no answer within 10 s \(CLUSTER_UNREACHABLE\)/)
      // Who is a member, and whether copies are missing, is told by one question each.
      if (question !== 'members') expect(found.causes.map(({ id }) => id)).to.include('node_missing')
      if (question !== 'members') expect(firstOf(found).id).to.equal('node_missing')
    })

  it('does not say that a copy is gone for good where it could not see who is away', async () => {
    const world = begin()
    await lose(world)
    const found = await diagnoseCluster(deaf(lookIn(world), method => method === 'members'))
    const { sentence, remedies } = firstOf(found)
    expect(sentence).to.match(/^no member has a copy .*, and who is away could not be seen$/)
    expect(remedies[0]?.text).to.match(/^see who is a member before anything is given up/)
  })

  it('does not say that nothing is on a disk where nobody said what is there', async () => {
    const world = begin()
    await loseDisk(world)
    const found = await diagnoseCluster(deaf(lookIn(world), method => method === 'stores'))
    expect(found.recoverable[0]?.because[0]).to.equal(
      'node: not known, since nobody said what is on the disks',
    )
  })

  it('calls no restore one without loss where newer documents can be read', async () => {
    const world = begin()
    setIndex(world, 'index.blocks.write', 'true', single)
    await world.cluster.snapshots.create({
      ...{ repository: 'elk_backup', name: 'nightly', indices: [single], globalState: false, metadata: {} },
    })
    await world.clock.sleep(10 * minuteMs)
    await loseDisk(world)
    const facts = await lookAtTriage(lookIn(world))
    const seen = (untilMs: number) =>
      firstOf(
        decideDiagnosis({
          ...facts,
          glimpses: [{ index: single, docs: 1, fromMs: 0, untilMs, shardsAnswered: 1, shardsTotal: 2 }],
        }),
      ).remedies
    const hourMs = 60 * minuteMs
    expect(seen(facts.nowMs - hourMs)[0]).to.include({ do: 'restore', risk: 'moves-data' })
    expect(seen(facts.nowMs - hourMs)[0]?.text).to.match(/nothing is lost if nothing was written/)
    const [first, second] = seen(facts.nowMs)
    expect(first?.text).to.match(/^nothing without loss of data can heal this/)
    expect(second).to.include({ do: 'restore', risk: 'loses-data' })
  })

  it('says as the next command one that does something', async () => {
    const world = begin()
    const createdAtMs = world.clock.now().getTime() - dayMs
    const lost = { name: 'crm', uuid: 'u-1', createdAtMs, nodes: ['es-node01'], tier: 'data_hot' }
    world.cluster.set({ dangling: [lost] })
    expect(sayHeadline(await diagnoseIn(world)).at(-1)).to.match(
      /^next: take crm into the cluster.*: ops run reroute --import-dangling u-1$/,
    )
  })

  it('finds the cause with every second question unanswered', async () => {
    const world = begin()
    setCluster(world, 'cluster.routing.allocation.enable', 'none')
    setIndex(world, 'index.number_of_replicas', '2')
    await world.clock.sleep(minuteMs)
    const answered = ['master', 'unassigned', 'clusterSettings', 'members', 'explain']
    const found = await diagnoseCluster(deaf(lookIn(world), method => !answered.includes(method)))
    expect(found.blind.length).to.be.greaterThan(questions.length / 2)
    expect(found.status).to.equal('yellow')
    expect(firstOf(found)).to.include({ id: 'allocation_disabled', copyCount: 1 })
  })

  it('tells by the copies alone why they are missing where no explanation is given', async () => {
    const world = begin()
    setCluster(world, 'cluster.routing.allocation.enable', 'none')
    setIndex(world, 'index.number_of_replicas', '2')
    await world.clock.sleep(minuteMs)
    const found = await diagnoseCluster(deaf(lookIn(world), method => method === 'explain'))
    expect(firstOf(found).id).to.equal('allocation_disabled')
  })

  it('says of a cluster where nothing answers that nothing answers', async () => {
    const world = begin()
    world.cluster.spoil('unreachable')
    const found = await diagnoseIn(world)
    expect(found).to.include({ status: 'unknown' })
    expect(firstOf(found)).to.include({ id: 'no_master' })
    expect(sayHeadline(found).slice(0, 3)).to.deep.equal([
      'ovh-prod-elk is unknown',
      'no node of the inventory answers: es-node01, es-node02, es-node03',
      'next: ops run reroute --only no_master (start es-node01, es-node02, es-node03)',
    ])
  })

  it('asks nothing that only a master can answer where there is none', async () => {
    const world = begin()
    world.cluster.spoil('noMaster')
    const found = await diagnoseIn(world)
    expect(found.status).to.equal('red')
    expect(found.requests).to.be.lessThan(12)
    expect(found.blind.join('\n')).to.match(/only an elected master can say/)
  })

  it('names a member that does not answer', async () => {
    const world = begin()
    const look = lookIn(world)
    const { elasticsearch: es } = look
    const nodes = async () => (await es.nodes()).filter(({ name }) => name !== 'es-node02')
    const hung = { ...look, elasticsearch: Object.assign(Object.create(es), { nodes }) as typeof es }
    const found = await diagnoseCluster(hung)
    expect(firstOf(found).id).to.equal('node_hung')
    expect(firstOf(found).sentence).to.equal('es-node02 is in the cluster and does not answer')
  })

  it('makes nothing of answers that are empty', async () => {
    const world = begin()
    const empty = async () => []
    const look = lookIn(world)
    const allocation = {
      ...{ unassigned: empty, copies: empty, nodes: empty, dangling: empty, stores: empty, glimpse: empty },
      blocks: async () => ({ cluster: [] }),
      pendingTasks: async () => ({ count: 0, oldestMs: 0, sources: [] }),
    } as unknown as Look['allocation']
    const found = await diagnoseCluster({ ...look, allocation })
    expect(found.causes).to.deep.equal([])
    expect(found.blind).to.deep.equal([])
  })

  it('asks fewer than 200 times whatever is missing, and takes what is alike for alike', async () => {
    const look = lookIn(begin())
    const names = Array.from(
      { length: 100 },
      (_, at) =>
        `${String.fromCharCode(97 + (at % 26))}${String.fromCharCode(97 + Math.floor(at / 26))}-2025.04.09`,
    )
    const unassigned = names.flatMap(name =>
      Array.from({ length: 20 }, (_, shard) => ({
        ...{ index: name, shard, primary: false, reason: 'REPLICA_ADDED', sinceMs: 0, failedAttempts: 0 },
        ...{
          delayed: false,
          lastStatus: 'no_attempt',
          details: null,
          recoverySource: 'PEER',
          lastNode: null,
        },
      })),
    )
    const enable = { decider: 'enable', decision: 'no' as const, explanation: 'no allocations are allowed' }
    let asked = 0
    const allocation: Look['allocation'] = Object.assign(Object.create(look.allocation), {
      unassigned: async () => unassigned,
      explain: async (copy: object) => {
        asked += 1
        return {
          ...copy,
          ...{
            state: 'unassigned',
            currentNode: null,
            canAllocate: 'no',
            canRemain: null,
            againstRemaining: [],
          },
          ...{ explanation: '', remainingDelayMs: null },
          nodes: [{ node: 'es-node01', nodeId: 'x', decision: 'no', deciders: [enable], store: null }],
        }
      },
    })
    const found = await diagnoseCluster({ ...look, allocation })
    expect(asked).to.equal(50)
    expect(found.requests).to.be.greaterThan(80).and.lessThan(200)
    expect(found.blind).to.deep.equal([])
    const top = firstOf(found)
    expect(top).to.include({ id: 'allocation_disabled', copyCount: 2000 })
    expect(top.copies).to.have.length(1000)
  })

  it('stops asking for explanations where none comes', async () => {
    const world = begin({
      indices: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'].map(name => ({
        ...{ name, shards: 1, replicas: 5, tier: 'data_hot' },
      })),
    })
    let asked = 0
    const look = deaf(lookIn(world), method => {
      if (method === 'explain') asked++
      return method === 'explain'
    })
    const found = await diagnoseCluster(look)
    expect(asked).to.be.lessThan(8)
    expect(found.blind.join('\n')).to.match(/not asked any more after \d without an answer/)
  })
})

describe('the ways back that a triage names', () => {
  const loseDisk = async (world: FakeWorld): Promise<void> => {
    world.cluster.stopNode('es-node03')
    world.cluster.act({ do: 'wipe-node', node: 'es-node03' })
    world.cluster.startNode('es-node03')
    await world.clock.sleep(2 * minuteMs)
  }

  it('are the node that is away', async () => {
    const world = begin()
    await lose(world)
    const [red] = (await diagnoseIn(world)).recoverable
    expect(red).to.deep.include({ index: single, from: ['node'], snapshot: null })
    expect(red?.because.join('\n')).to.match(/^node: es-node03 is away and had it\n/)
  })

  it('are a snapshot, with its age, and what would be lost', async () => {
    const world = begin()
    await world.cluster.snapshots.create({
      ...{ repository: 'elk_backup', name: 'nightly', indices: [single], globalState: false, metadata: {} },
    })
    await world.clock.sleep(7 * 3_600_000)
    await loseDisk(world)
    const found = await diagnoseIn(world)
    const [red] = found.recoverable
    expect(red).to.deep.include({ from: ['snapshot'] })
    expect(red?.snapshot).to.include({ repository: 'elk_backup', name: 'nightly' })
    expect(red?.because).to.include('snapshot: elk_backup:nightly, 7 h old')
    const { remedies } = firstOf(found)
    expect(remedies.map(({ do: what }) => what)).to.deep.equal(['advise', 'restore', 'allocate-empty'])
    expect(remedies[0]?.text).to.match(
      /^nothing without loss of data can heal this: .*a snapshot has an older state$/,
    )
    expect(remedies[1]).to.include({ risk: 'loses-data' })
  })

  it('are Kafka, where it still holds all since the index began', async () => {
    const world = begin({
      kafka: clock => FakeKafka.create(clock),
      hosts: [{ name: 'kafka01', groups: ['kafka'] }],
    })
    await loseDisk(world)
    const [red] = (await diagnoseIn(world)).recoverable
    expect(red?.from).to.deep.equal(['kafka'])
    expect(red?.because.join('\n')).to.match(/kafka: raw-logs still holds everything since /)
  })

  it('are nothing', async () => {
    const world = begin()
    await loseDisk(world)
    const [red] = (await diagnoseIn(world)).recoverable
    expect(red?.from).to.deep.equal([])
  })

  it('are a stale copy, by its allocation id, before an empty one, and both last', async () => {
    const world = begin({
      indices: [
        { name: index, replicas: 1, tier: 'data_hot', written: true, nodes: ['es-node01', 'es-node02'] },
      ],
    })
    world.cluster.stopNode('es-node02')
    await world.clock.sleep(minuteMs / 2)
    world.cluster.stopNode('es-node01')
    world.cluster.startNode('es-node02')
    await world.clock.sleep(2 * minuteMs)
    const top = firstOf(await diagnoseIn(world))
    expect(top.id).to.equal('node_missing')
    const { remedies } = top
    expect(remedies[0]).to.include({ do: 'start-node' })
    const losing = remedies.filter(({ risk }) => risk === 'loses-data')
    expect(losing).to.deep.equal(remedies.slice(-losing.length))
    const [stale] = losing
    expect(stale).to.include({
      do: 'allocate-stale',
      index,
      shard: 0,
      node: 'es-node02',
      nodeId: 'id-es-node02',
    })
    expect(stale).to.have.property('allocationId').that.is.a('string')
  })
})

describe('the order of causes', () => {
  it('has a primary before replicas, and what waits for it last', async () => {
    const world = begin({
      indices: [
        { name: index, replicas: 1, tier: 'data_hot', docs: 10, nodes: ['es-node01', 'es-node02'] },
        { name: single, replicas: 1, tier: 'data_hot', docs: 10, nodes: ['es-node03', 'es-node02'] },
      ],
    })
    // Both disks with copies of one index are lost, and the other index lacks places for its replicas.
    for (const node of ['es-node02', 'es-node03']) {
      world.cluster.stopNode(node)
      world.cluster.act({ do: 'wipe-node', node })
    }
    for (const node of ['es-node02', 'es-node03']) world.cluster.startNode(node)
    await world.clock.sleep(minuteMs)
    setIndex(world, 'index.number_of_replicas', '7')
    await world.clock.sleep(2 * minuteMs)
    const { causes } = await diagnoseIn(world)
    expect(causes.map(({ id }) => id)).to.deep.equal(['no_valid_copy', 'too_many_copies', 'primary_first'])
  })

  it('has a node that is away but had nothing after what keeps copies from their places', async () => {
    const world = begin({ layout: 'full' })
    world.cluster.stopNode('es-coord01')
    setIndex(world, 'index.number_of_replicas', '7', index)
    await world.clock.sleep(2 * minuteMs)
    const { causes } = await diagnoseIn(world)
    expect(causes.map(({ id }) => id)).to.deep.equal(['too_many_copies', 'node_missing'])
  })

  it('names the dead run that has left a setting behind, and to end it first', async () => {
    const world = begin()
    setCluster(world, 'cluster.routing.allocation.enable', 'none')
    setIndex(world, 'index.number_of_replicas', '2')
    await world.clock.sleep(dayMs / 24)
    const leftovers: Look['leftovers'] = async () => [
      {
        run: '20250410-080000-abc',
        kind: 'elasticsearch.cluster',
        name: 'cluster.routing.allocation.enable',
        targets: ['persistent'],
      },
    ]
    const top = firstOf(await diagnoseCluster({ ...lookIn(world), leftovers }))
    expect(top.sentence).to.match(/is none, left behind by run 20250410-080000-abc:/)
    expect(top.remedies.map(({ do: what }) => what)).to.deep.equal(['advise', 'clear-cluster-setting'])
    expect(top.remedies[0]?.command).to.match(/ops abort 20250410-080000-abc$/)
  })
})
