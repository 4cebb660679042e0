// A run of the triage: what it prints first, what it keeps, how it ends, and that it holds no lock and takes up after a kill.
import { expect } from 'chai'
import { gates } from '../../../runbooks/triage/gates/index.ts'
import { renderPlan } from '../../../src/cli/render/plan.ts'
import { planJson } from '../../../src/engine/plan.ts'
import { resumeRun } from '../../../src/engine/run.ts'
import { reportHtml } from '../../../src/report/index.ts'
import { FakeEvidence } from '../../support/fake-world/fake-evidence.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { untilItEnds } from '../../support/fake-world/until-it-ends.ts'
import type { Draft } from '../../support/gate-table.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { begin, minuteMs, plan, run, setIndex, triage } from './world.ts'

const sick = async (evidence = new FakeEvidence()) => {
  const world = begin({ evidence })
  world.cluster.stopNode('es-node03')
  await world.clock.sleep(2 * minuteMs)
  return { world, evidence }
}

describe('a run of triage', () => {
  it('says in its first lines how it stands, what is wrong, and what to type', async () => {
    const { world } = await sick()
    const made = await plan(world.begin())
    const lines = renderPlan(planJson(made), { colour: false }).split('\n')
    expect(lines.slice(0, 3)).to.deep.equal([
      'ovh-prod-elk is red, 1 of 3 copies unassigned',
      'es-node03 is not in the cluster, and with it 1 primary of erp-2025.04.09',
      'next: ops run reroute --only node_missing (start es-node03)',
    ])
    expect(made.body.shown).to.have.nested.property('diagnosis.causes[0].id', 'node_missing')
    expect(made.locks).to.deep.equal([])
  })

  it('ends well, whatever it has found, and keeps the diagnosis', async () => {
    const { world, evidence } = await sick()
    expect(await run(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    const kept = (await evidence.get('triage', 'triage')) as { causes: { id: string }[] }
    expect(kept.causes[0]?.id).to.equal('node_missing')
    const [{ run: id } = { run: '' }] = await world.journal.runs()
    const records = await world.journal.read(id)
    expect(reportHtml(records, [])).to.include('es-node03 is not in the cluster')
  })

  for (const [failOn, breakIt, exitCode] of [
    ['red', 'red', 1],
    ['yellow', 'red', 1],
    ['yellow', 'yellow', 1],
    ['red', 'yellow', 0],
    ['yellow', 'green', 0],
    ['never', 'red', 0],
  ] as const)
    it(`ends with ${exitCode} where it is ${breakIt} and must not be ${failOn}`, async () => {
      const world = begin()
      if (breakIt === 'red') world.cluster.stopNode('es-node03')
      if (breakIt === 'yellow') setIndex(world, 'index.number_of_replicas', '7')
      await world.clock.sleep(2 * minuteMs)
      const end = await run(world.begin(), { failOn })
      expect(end).to.include({ exitCode })
      if (exitCode === 1) expect(failureOf(end)).to.include({ code: 'CLUSTER_SICK' })
    })

  it('ends failed where nothing answers, and still says so', async () => {
    const world = begin()
    world.cluster.spoil('unreachable')
    expect(failureOf(await run(world.begin()))).to.include({
      code: 'CLUSTER_UNREACHABLE',
      message: 'no node of the inventory answers: es-node01, es-node02, es-node03',
    })
  })

  it('writes everything that was read to the file that was named', async () => {
    const { world, evidence } = await sick()
    expect(await run(world.begin(), { evidence: 'outage.json' })).to.include({ outcome: 'succeeded' })
    const written = JSON.parse(evidence.files.get('outage.json') ?? '{}')
    expect(written).to.have.nested.property('diagnosis.causes[0].id', 'node_missing')
    expect(written.facts).to.include.keys(
      'shardMap',
      'unassigned',
      'stores',
      'settings',
      'endpoints',
      'groups',
    )
  })

  it('writes over no file', async () => {
    const { world } = await sick()
    await run(world.begin(), { evidence: 'outage.json' })
    expect(await run(world.begin(), { evidence: 'outage.json' })).to.include({
      outcome: 'refused',
      exitCode: 2,
    })
  })

  for (const when of ['before', 'after'] as const)
    it(`carries on after a kill ${when} any record, and writes the file once`, async () => {
      for (let record = 1; ; record++) {
        const { world, evidence } = await sick()
        const end = await run(world.begin({ cut: { record, when } }), { evidence: 'outage.json' })
        if (end !== 'killed') {
          expect(record).to.be.greaterThan(8)
          return
        }
        // Killed before its first record it has never been.
        if ((await world.journal.runs()).length === 0) continue
        const process = world.begin()
        const carried = await untilItEnds(process, () =>
          resumeRun(process.engine, triage, 'run-1', 'resume', { acceptChanged: false }, process.control),
        ).catch(thrown => thrown.code)
        if (carried !== 'RUN_ENDED') expect(carried, `cut at ${record}`).to.include({ outcome: 'succeeded' })
        expect([...evidence.files.keys()]).to.deep.equal(['outage.json'])
      }
    })
})

const calm = {
  hosts: [{ name: 'es-node01', groups: ['elasticsearch'] }],
  identity: { clusterName: 'elk', clusterUuid: 'uuid-1', version: '8.10.4', answeredBy: 'es-node01' },
  inventory: { clusterName: 'elk', clusterUuid: 'uuid-1' },
  evidenceFile: { path: 'outage.json', isThere: false },
}
type Facts = Parameters<(typeof gates)[number]['check']>[0]

describe('the gates of triage', () => {
  itWalksTheTable<Facts, Parameters<(typeof gates)[number]['check']>[1], Draft<Facts>>({
    gates,
    paramsOf: given => triage.params.parse(given),
    factsOf: change => {
      const facts = structuredClone(calm) as Draft<Facts>
      change?.(facts)
      return facts as Facts
    },
    cases: [
      { gate: 'there_is_a_cluster_to_look_at', says: 'pass', when: 'there is a host', evidence: /^1 hosts/ },
      {
        ...{
          gate: 'there_is_a_cluster_to_look_at',
          says: 'refuse',
          when: 'there is none',
          evidence: /no host/,
        },
        change: facts => {
          facts.hosts = []
        },
      },
      {
        gate: 'cluster_is_not_another_one',
        says: 'pass',
        when: 'it is the one',
        evidence: /^elk \(uuid-1\)/,
      },
      {
        ...{
          gate: 'cluster_is_not_another_one',
          says: 'pass',
          when: 'nobody says',
          evidence: /^nobody has said/,
        },
        change: facts => {
          facts.identity = null
        },
      },
      {
        ...{
          gate: 'cluster_is_not_another_one',
          says: 'refuse',
          when: 'its name is another',
          evidence: /is called elk, the inventory says other/,
        },
        change: facts => {
          facts.inventory.clusterName = 'other'
        },
      },
      {
        ...{
          gate: 'cluster_is_not_another_one',
          says: 'refuse',
          when: 'its uuid is another',
          evidence: /uuid is uuid-1, the inventory says uuid-2/,
        },
        change: facts => {
          facts.inventory.clusterUuid = 'uuid-2'
        },
      },
      {
        gate: 'evidence_file_is_a_new_one',
        says: 'pass',
        when: 'it is not there',
        evidence: /outage\.json is not there/,
      },
      {
        ...{
          gate: 'evidence_file_is_a_new_one',
          says: 'refuse',
          when: 'it is there',
          evidence: /is there already/,
        },
        change: facts => {
          facts.evidenceFile = { path: 'outage.json', isThere: true }
        },
      },
    ],
  })
})
