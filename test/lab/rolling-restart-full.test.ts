// The ten real nodes under write load: a rolling restart, the promise that everything else is for, and a snapshot.
import { expect } from 'chai'
import type { Manifest } from '../../runbooks/snapshot/manifest.ts'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteEvidence } from '../../src/adapters/sqlite/evidence.ts'
import { takeDown } from '../../src/lab/down.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsRecord, opsOn } from './support/ops.ts'

interface SnapshotAnswer {
  readonly snapshots: readonly {
    readonly uuid: string
    readonly state: string
    readonly indices: readonly string[]
    readonly shards: { readonly total: number; readonly successful: number; readonly failed: number }
  }[]
}

const net = '127.0.22'
const talk = () => {}

describe('ten real nodes under write load', function () {
  this.timeout(1_200_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let witness: Witness

  before(async () => {
    lab = await bringUp({ stateDir, layout: 'full', net, talk })
    witness = witnessOf(lab)
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('rolling-restart restarts every node once, several at a time, loses no write and leaves no setting', async () => {
    const nodesBefore = await witness.nodes()
    const settingsBefore = await witness.settings()
    await runLoadCommand({ stateDir, rate: 50, name: 'restart', talk, detach: true })
    await witness.atRest()
    const end = await opsOn(stateDir)([
      '--json',
      'run',
      'rolling-restart',
      '--yes',
      '--waive',
      'remaining_nodes_can_carry_the_load=test machine',
    ])
    await runLoadCommand({ stateDir, name: 'restart', talk, rate: 50, stop: true })
    expect(end.exitCode, end.stderr).to.equal(0)
    expect(end.records.at(-1)).to.include({ type: 'run.ended', outcome: 'succeeded' })

    const nodes = await witness.nodes()
    expect(nodes.size).to.equal(10)
    for (const [name, before] of nodesBefore) {
      expect(nodes.get(name)?.id, name).to.equal(before.id)
      expect(nodes.get(name)?.ephemeralId, name).to.not.equal(before.ephemeralId)
    }
    expect(end.records.filter(({ type }) => type === 'node.back')).to.have.length(10)
    expect(mostDownAtOnce(end.records)).to.be.greaterThan(1)
    expect(await witness.status()).to.equal('green')
    expect(await witness.settings()).to.deep.equal(settingsBefore)

    const { value, failure } = await runLoadCommand({
      stateDir,
      name: 'restart',
      talk,
      rate: 50,
      verify: true,
    })
    expect(failure, JSON.stringify(value)).to.equal(undefined)
    const verdict = value as Verdict
    expect(verdict.acked).to.be.greaterThan(1000)
    expect(verdict).to.include({ lost: 0, partlyLost: 0, phantom: 0, failed: 0, copiesAgree: true })
    expect(verdict.unknown).to.deep.equal({ found: 0, notFound: 0 })
  })

  it('snapshot takes every shard of every index of the platform while they are written, and keeps a manifest', async () => {
    const load = { stateDir, name: 'snapshot', talk, rate: 50 }
    await runLoadCommand({ ...load, detach: true })
    const end = await opsOn(stateDir)(['--json', 'run', 'snapshot', '--yes'])
    await runLoadCommand({ ...load, stop: true })
    expect(end.exitCode, end.stderr).to.equal(0)
    expect(end.records.at(-1)).to.include({ type: 'run.ended', outcome: 'succeeded' })

    const state = openState(stateDir)
    const evidence = new SqliteEvidence(stateDir, state)
    const [entry] = await evidence.list('manifest')
    const manifest = (await evidence.get('manifest', entry?.key ?? '')) as unknown as Manifest
    state.database.close()
    using elastic = connect(lab, 'elastic')
    const { snapshots } = (await elastic.ask(
      'GET',
      `/_snapshot/elk_backup/${manifest.snapshot}`,
    )) as SnapshotAnswer
    const [snapshot] = snapshots
    expect(snapshot).to.include({ state: 'SUCCESS', uuid: manifest.snapshotUuid })
    expect(snapshot?.shards).to.deep.include({ failed: 0, successful: snapshot?.shards.total })
    expect(manifest.indices.map(({ index }) => index).sort()).to.deep.equal(snapshot?.indices.toSorted())
    const written = manifest.indices.filter(({ docs }) => docs.most > docs.least)
    expect(written, 'indices that were written meanwhile').to.not.deep.equal([])
    for (const { index, docs, samples } of manifest.indices) {
      expect(samples.length, index).to.equal(Math.min(200, docs.least))
      expect((await elastic.ask('GET', `/${index}/_count`)).count, index).to.be.at.least(docs.most)
    }
    const { failure } = await runLoadCommand({ ...load, verify: true })
    expect(failure).to.equal(undefined)
  })
})

function mostDownAtOnce(records: readonly OpsRecord[]): number {
  let down = 0
  let most = 0
  for (const { type } of records) {
    if (type === 'node.stopped') down++
    if (type === 'node.back') down--
    most = Math.max(most, down)
  }
  return most
}
