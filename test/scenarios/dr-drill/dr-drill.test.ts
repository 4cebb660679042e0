// Drills on fakes: every scenario from loss to proof, what is found when something is missing, and a SIGKILL at every record.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import { reportMarkdown } from '../../../src/report/index.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  backUp,
  begin,
  carryOn,
  type DrillWorld,
  evidenceOf,
  expectSteady,
  planOn,
  remarksOf,
  repository,
  run,
} from './world.ts'

const names = ['crm.app-2025.04.08', 'crm.app-2025.04.09', 'nginx.access-2025.04.09']
const whole = { scenario: 'whole-cluster' }

/** A world with a snapshot that is two hours old. */
async function backedUp(): Promise<DrillWorld> {
  const world = begin()
  await backUp(world)
  world.world.clock.pass(2 * 3_600_000)
  return world
}

const repositories = ({ world }: DrillWorld) => world.cluster.snapshots.repositories()

describe('dr-drill --scenario whole-cluster', () => {
  it('rebuilds everything from the repository, proves every index, and reports RTO and RPO', async () => {
    const drill = await backedUp()
    const { cluster } = drill.world
    const [before, uuid] = [await repositories(drill), cluster.state.clusterUuid]
    const end = await run(drill.world.begin(), whole)
    expect(end, JSON.stringify(end)).to.include({ outcome: 'succeeded' })

    expect(cluster.state.clusterUuid).to.not.equal(uuid)
    const content = await cluster.indices.content(names)
    expect(content.map(({ docs }) => docs)).to.deep.equal([10_000, 20_000, 5000])
    expect(await repositories(drill)).to.deep.equal(before)
    await expectSteady(drill)
    expect(drill.disks.history).to.have.members([
      ...[1, 2, 3].flatMap(number => [`kill es-node0${number}`, `wipe es-node0${number}`]),
      'form a new cluster',
    ])
    const remarks = (await remarksOf(drill)).join('\n')
    expect(remarks).to.match(
      /^proven: RTO [\d.]+ s, target 3600 s: met; RPO 72\d\d[\d.]* s, target 93600 s: met$/m,
    )
    expect(remarks).to.match(/^crm\.app-2025\.04\.09: 20,000 documents, .* as the manifest says$/m)
    expect(remarks).to.include('7 indices and 35,400 documents are back; 0 were written after the snapshot')
    expect(await evidenceOf(drill)).to.include({ scenario: 'whole-cluster', verdict: 'proven' })
    const { journal } = drill.world
    const [{ run: id } = { run: '' }] = await journal.runs()
    const report = reportMarkdown(await journal.read(id), [])
    expect(report).to.include('Succeeded: all 3 nodes are done').and.to.not.include('Left over')
    expect(report).to.match(/RTO [\d.]+ s, target 3600 s: met; RPO/)
  })

  it('registers the repository read-only until everything is compared', async () => {
    const drill = await backedUp()
    const seen: (boolean | undefined)[] = []
    const { snapshots } = drill.world.cluster
    const restore = snapshots.restore.bind(snapshots)
    Object.assign(snapshots, {
      restore: async (request: Parameters<typeof restore>[0]) => {
        seen.push((await repositories(drill)).find(({ name }) => name === repository)?.readOnly)
        return restore(request)
      },
    })
    expect(await run(drill.world.begin(), whole)).to.include({ outcome: 'succeeded' })
    expect(seen).to.deep.equal([true])
  })

  it('says how many documents were written after the snapshot and are gone', async () => {
    const drill = await backedUp()
    drill.world.cluster.change(state => {
      for (const index of state.indices) if (index.name === names[0]) index.docs += 7
    })
    expect(await run(drill.world.begin(), whole)).to.include({ outcome: 'succeeded' })
    expect((await remarksOf(drill)).join('\n')).to.include('35,400 documents are back; 7 were written after')
  })

  it('fails, and names the index, when a document comes back as another one', async () => {
    const drill = await backedUp()
    const [snapshot] = await drill.world.cluster.snapshots.list(repository)
    for (let document = 0; document < 5000; document += 1)
      drill.world.cluster.act({
        ...{ do: 'spoil-snapshot', repository, snapshot: snapshot?.name ?? '', index: names[2] ?? '' },
        ...{ document, how: 'changed' },
      })
    const before = await repositories(drill)
    const failure = failureOf(await run(drill.world.begin(), whole))
    expect(failure).to.include({ code: 'DATA_LOST', exitCode: 1 })
    expect(failure.message).to.match(/nginx\.access-2025\.04\.09 differs from the manifest/)
    expect(await evidenceOf(drill)).to.include({ verdict: 'failed' })
    expect(await repositories(drill)).to.deep.equal(before)
    await expectSteady(drill)
  })

  it('fails when a shard cannot be restored, and goes the way back: cluster and repository are there', async () => {
    const drill = await backedUp()
    const [snapshot] = await drill.world.cluster.snapshots.list(repository)
    const corrupt = { do: 'corrupt', repository, index: names[1] ?? '', shard: 1 } as const
    drill.world.cluster.act({ ...corrupt, snapshot: snapshot?.name ?? '' })
    const before = await repositories(drill)
    const failure = failureOf(await run(drill.world.begin(), { ...whole, stall: '30s' }))
    expect(failure.message).to.match(/crm\.app-2025\.04\.09\[1\]/)
    // A cluster with a lost shard is not steady, and says so.
    expect(failure).to.include({ exitCode: 4 })
    expect(await evidenceOf(drill)).to.include({ verdict: 'failed', rtoSeconds: null })
    expect(await repositories(drill)).to.deep.equal(before)
  })

  it('goes the way back when no new cluster can be formed at first', async () => {
    const drill = await backedUp()
    drill.world.ansible.trouble('es-node01', 'fails', { playbook: 'drill_rebuild.yml', times: 2 })
    const failure = failureOf(await run(drill.world.begin(), whole))
    expect(failure).to.include({ code: 'STEP_FAILED', exitCode: 1 })
    expect(failure.message).to.include('drill_rebuild.yml')
    await expectSteady(drill)
    expect((await repositories(drill)).map(({ name }) => name)).to.deep.equal([repository])
  })

  it('misses its target, says by how much, and leaves everything as it should be', async () => {
    const drill = await backedUp()
    const failure = failureOf(await run(drill.world.begin(), { ...whole, rpoTarget: '1h' }))
    expect(failure).to.include({ code: 'TARGET_MISSED', exitCode: 1 })
    expect(failure.message).to.match(/RPO 72\d\d[\d.]* s, the target is 3600 s/)
    expect(await evidenceOf(drill)).to.include({ verdict: 'missed' })
    await expectSteady(drill)
  })

  it('ends before anything is lost when it is aborted in time', async () => {
    const drill = await backedUp()
    const process = drill.world.begin()
    process.control.halt('interrupt')
    expect(await run(process, whole)).to.include({ outcome: 'interrupted' })
    expect(drill.disks.history).to.deep.equal([])
    await expectSteady(drill)
    expect(await carryOn(drill, { mode: 'resume' })).to.include({ outcome: 'succeeded' })
  })

  it('shows the last drills in the plan, and takes its expected time from them', async () => {
    const drill = await backedUp()
    expect(await run(drill.world.begin(), whole)).to.include({ outcome: 'succeeded' })
    const { mark } = await import('./world.ts')
    mark(drill)
    await backUp(drill)
    const { body } = await planOn(drill.world.begin(), whole)
    expect(body.notes.join('\n')).to.match(/of the last 1 drills of this kind 1 proved everything/)
    const { rtoSeconds } = await evidenceOf(drill)
    expect(body.expectedSeconds).to.equal(Math.round(Number(rtoSeconds)))
  })
})

describe('dr-drill --scenario hot-node', () => {
  const params = { scenario: 'hot-node' }

  it('loses a node with its disk and no document, and takes its own documents away', async () => {
    const drill = begin()
    const end = await run(drill.world.begin(), params)
    expect(end, JSON.stringify(end)).to.include({ outcome: 'succeeded' })
    const remarks = (await remarksOf(drill)).join('\n')
    expect(remarks).to.match(/180 documents were acknowledged before, while and after; all of them are there/)
    expect(remarks).to.match(/RPO 0 s, target 93600 s: met/)
    expect(drill.disks.history).to.deep.equal(['kill es-node03', 'wipe es-node03'])
    const node = drill.world.cluster.state.nodes.find(({ name }) => name === 'es-node03')
    expect(node?.id).to.equal('id-es-node03-new1')
    expect(drill.world.cluster.lostWrites()).to.equal(0)
    await expectSteady(drill)
  })

  it('loses the node that is named', async () => {
    const drill = begin()
    expect(await run(drill.world.begin(), { ...params, host: 'es-node02' })).to.include({
      outcome: 'succeeded',
    })
    expect(drill.disks.history).to.deep.equal(['kill es-node02', 'wipe es-node02'])
  })

  it('finds a document that is gone', async () => {
    const drill = begin()
    drill.world.cluster.when({ joined: 'es-node03' }, spoil(0, 'gone'))
    const failure = failureOf(await run(drill.world.begin(), params))
    expect(failure).to.include({ code: 'DATA_LOST', exitCode: 1 })
    expect(failure.message).to.match(/crm\.app-2025\.04\.08 has 9,999 documents, 10,000 before/)
    await expectSteady(drill)
  })

  it('goes on waiting for a person when the node does not come back, and a resume goes the way back again', async () => {
    const drill = begin()
    drill.world.cluster.when(
      { stopped: 'es-node03' },
      { do: 'trouble', node: 'es-node03', trouble: 'refuses' },
    )
    drill.world.ansible.trouble('es-node03', 'fails', { playbook: 'service_start.yml', times: 4 })
    const failure = failureOf(await run(drill.world.begin(), { ...params, stall: '1m' }))
    expect(failure).to.include({ code: 'STALLED', exitCode: 4 })
    expect(failure.message).to.include('what was lost has not come back')
    expect(failure.hint).to.include('ops resume run-1')
    const end = failureOf(await carryOn(drill))
    expect(end).to.include({ code: 'STEP_FAILED', exitCode: 1 })
    await expectSteady(drill)
  })

  const spoil = (document: number, how: 'gone' | 'changed') =>
    ({ do: 'spoil-document', index: names[0] ?? '', document, how }) as const
})

describe('dr-drill --scenario kafka-broker', () => {
  const params = { scenario: 'kafka-broker' }

  it('kills a broker, and no log ends before where it ended', async () => {
    const drill = begin()
    const end = await run(drill.world.begin(), params)
    expect(end, JSON.stringify(end)).to.include({ outcome: 'succeeded' })
    const remarks = (await remarksOf(drill)).join('\n')
    expect(remarks).to.match(/6 logs end where they ended, or later/)
    expect(remarks).to.match(/^every partition is led again: [\d.]+ s$/m)
    expect(drill.disks.history).to.have.length(1)
    expect(drill.kafka.lostWrites()).to.equal(0)
    await expectSteady(drill)
  })

  it('finds records that are gone', async () => {
    const drill = begin()
    const start = drill.kafka.startBroker.bind(drill.kafka)
    drill.kafka.startBroker = name => {
      start(name)
      drill.kafka.change(state => {
        const [partition] = state.topics[0]?.partitions ?? []
        if (partition) partition.end -= 5000
      })
    }
    const failure = failureOf(await run(drill.world.begin(), params))
    expect(failure).to.include({ code: 'DATA_LOST' })
    expect(failure.message).to.match(/raw-logs-0 ends at .* records are gone/)
  })
})

describe('dr-drill --scenario ops', () => {
  it('kills a snapshot half way, resumes it, and finds one whole snapshot and nothing else', async () => {
    for (let time = 0; time < 5; time += 1) {
      const drill = begin()
      const end = await run(drill.world.begin(), { scenario: 'ops' })
      expect(end, JSON.stringify(end)).to.include({ outcome: 'succeeded' })
      const taken = await drill.world.cluster.snapshots.list(repository)
      expect(taken.map(({ state }) => state)).to.deep.equal(['SUCCESS'])
      expect((await remarksOf(drill)).join('\n')).to.match(
        /resumed, it took one whole snapshot and left nothing/,
      )
      await expectSteady(drill)
    }
  })
})

describe('dr-drill, killed with SIGKILL at every record and resumed', function () {
  this.timeout(120_000)
  const scenarios: readonly { readonly params: JsonObject; readonly make: () => Promise<DrillWorld> }[] = [
    { params: whole, make: backedUp },
    { params: { scenario: 'hot-node' }, make: async () => begin() },
    { params: { scenario: 'kafka-broker' }, make: async () => begin() },
  ]
  for (const { params, make } of scenarios)
    it(`ends in the same world: ${params.scenario}`, async () => {
      const { records, evidence } = await uninterrupted(params, make)
      const failures: string[] = []
      for (let record = 1; record <= records; record += 1)
        for (const when of ['before', 'after'] as const)
          await killedAt(params, make, { record, when }, evidence).catch(thrown =>
            failures.push(`killed ${when} record ${record}: ${thrown.message}`),
          )
      expect(failures).to.deep.equal([])
    })
})

describe('dr-drill, killed and aborted', () => {
  it('goes on to its end once something is lost: that is the shortest way back', async () => {
    for (const [scenario, make] of [
      ['whole-cluster', backedUp],
      ['hot-node', async () => begin()],
    ] as const) {
      const drill = await make()
      const { cluster } = drill.world
      const { records } = await uninterrupted({ scenario }, make)
      expect(
        await run(drill.world.begin({ cut: { record: records - 20, when: 'after' } }), { scenario }),
      ).to.equal('killed')
      expect(drill.disks.history).to.not.deep.equal([])
      expect(await carryOn(drill, { mode: 'abort' })).to.include({ exitCode: 0 })
      const content = await cluster.indices.content(names)
      expect(content.map(({ docs }) => docs)).to.deep.equal([10_000, 20_000, 5000])
      await expectSteady(drill)
    }
  })

  it('carries on from every record of a drill that loses ops itself', async () => {
    const { records } = await uninterrupted({ scenario: 'ops' }, async () => begin())
    for (let record = 18; record <= records; record += 1) {
      const drill = begin()
      let end = await run(drill.world.begin({ cut: { record, when: 'after' } }), { scenario: 'ops' })
      if (end === 'killed' && (await evidenceOf(drill)).verdict === undefined) end = await carryOn(drill)
      if (end !== 'killed') expect(end, `record ${record}`).to.include({ outcome: 'succeeded' })
      const taken = await drill.world.cluster.snapshots.list(repository)
      expect(taken.map(({ state }) => state)).to.deep.equal(['SUCCESS'])
    }
  })
})

async function uninterrupted(params: JsonObject, make: () => Promise<DrillWorld>) {
  const drill = await make()
  const process = drill.world.begin()
  expect(await run(process, params)).to.include({ outcome: 'succeeded' })
  return { records: process.life.appends, evidence: factsOf(await evidenceOf(drill)) }
}

/** What does not depend on how long things took. */
const factsOf = ({ verdict, proven, troubles, scenario }: Record<string, Json>) => ({
  ...{ verdict, proven, troubles, scenario },
})

async function killedAt(
  params: JsonObject,
  make: () => Promise<DrillWorld>,
  cut: { record: number; when: 'before' | 'after' },
  evidence: ReturnType<typeof factsOf>,
): Promise<void> {
  const drill = await make()
  let end = await run(drill.world.begin({ cut }), params)
  expect(end).to.equal('killed')
  const [last] = await drill.world.journal.runs()
  if (last?.runbook !== 'dr-drill') end = await run(drill.world.begin(), params)
  else if (last.outcome !== 'succeeded') end = await carryOn(drill)
  if (end !== 'killed') expect(end).to.include({ outcome: 'succeeded', exitCode: 0 })
  expect(factsOf(await evidenceOf(drill))).to.deep.equal(evidence)
  await expectSteady(drill)
  expect(drill.world.cluster.lostWrites()).to.equal(0)
  for (const line of new Set(drill.disks.history.filter(one => one.startsWith('wipe'))))
    expect(drill.disks.history.filter(one => one === line)).to.have.length(1)
}
