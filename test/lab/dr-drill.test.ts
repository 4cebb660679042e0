// Drills on three real nodes: all of Elasticsearch is lost with its disks and comes back from the repository by one command; a
// process that is killed half way; a broker under load; an inventory that is no drill.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { findLab, type Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { witnessOf } from './support/nodes.ts'
import { type OpsProcess, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.29'
const talk = () => {}
const load = ['lab', 'load', '--rate', '200', '--seconds']

describe('dr-drill on three real nodes', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  let lab: Lab
  let ops: OpsProcess

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    ops = opsOn(directory.path)
  })
  after(async () => {
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  const uuidOf = (): string => findLab(directory.path)?.state.clusterUuid ?? ''

  /** Documents by index, asked past `ops`. */
  const count = async (): Promise<Record<string, number>> => {
    using elastic = connect(lab, 'elastic')
    await elastic.ask('POST', '/*/_refresh')
    const rows: { index: string; 'docs.count': string }[] = await elastic.ask(
      'GET',
      '/_cat/indices?format=json&h=index,docs.count',
    )
    const own = rows.filter(({ index }) => !index.startsWith('.') && !index.startsWith('ops-'))
    return Object.fromEntries(own.map(row => [row.index, Number(row['docs.count'])]))
  }

  const takeSnapshot = async () => {
    const taken = await ops(['--json', 'run', 'snapshot', '--yes'])
    expect(taken.exitCode, tellEnd(taken)).to.equal(0)
  }

  /** A drill is refused while a copy moves, and they move in rounds. */
  const comeToRest = async () => {
    using witness = witnessOf(lab)
    await witness.atRest()
  }

  it('refuses where the inventory is not marked, and touches nothing', async () => {
    const text = readFileSync(join(directory.path, 'lab', 'inventory.json'), 'utf8')
    const unmarked = { ...JSON.parse(text) }
    unmarked.all = {
      ...unmarked.all,
      vars: { ...unmarked.all.vars, ops_drill: false, ops_drill_clusters: [] },
    }
    const inventory = join(directory.path, 'production')
    writeFileSync(inventory, `#!/bin/sh\ncat <<'END'\n${JSON.stringify(unmarked)}\nEND\n`, { mode: 0o755 })
    const [before, uuid] = [await count(), uuidOf()]
    const refused = await opsOn(
      directory.path,
      inventory,
    )([...['--json', 'run', 'dr-drill', '--scenario', 'whole-cluster', '--yes']])
    expect(refused.exitCode, tellEnd(refused)).to.equal(2)
    const gates = refused.records.filter(({ type }) => type === 'gate.refused').map(({ gate }) => gate)
    expect(gates).to.include.members(['inventory_is_marked_as_drill', 'cluster_is_on_the_list_of_drills'])
    expect([await count(), uuidOf()]).to.deep.equal([before, uuid])
  })

  it('rebuilds the whole cluster from the repository, killed on its way, with RTO and RPO in the report', async () => {
    expect((await ops([...load, '5'])).exitCode).to.equal(0)
    await takeSnapshot()
    const [held, lost] = [await count(), uuidOf()]
    expect((await ops([...load, '3', '--name', 'later'])).exitCode).to.equal(0)

    await comeToRest()
    const drill = ['--json', 'run', 'dr-drill', '--scenario', 'whole-cluster', '--yes']
    // Half way: nothing is left of the old cluster, and the new one is about to be formed.
    const killed = await ops(drill, ({ type, step }) => type === 'step.done' && step === 'cluster.wipe')
    expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
    const end = await ops(['--json', 'resume', 'last'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)

    expect(uuidOf()).to.not.equal(lost)
    expect(await count()).to.deep.equal(held)
    using elastic = connect(lab, 'elastic')
    const { elk_backup: registered } = await elastic.ask('GET', '/_snapshot/elk_backup')
    expect(registered.settings).to.not.have.property('readonly')
    const report = (await ops(['report', 'last'])).stdout
    expect(report).to.match(/proven: RTO [\d.]+ s, target 3600 s: met; RPO [\d.]+ s, target 93600 s: met/)
    for (const index of Object.keys(held)) expect(report).to.include(`${index}: `)
    expect(report).to.include('as the manifest says')
    expect((await ops(['doctor'])).exitCode).to.equal(0)
  })

  it('loses a hot node with its disk, and no document that was acknowledged', async () => {
    await comeToRest()
    const before = await count()
    const end = await ops(['--json', 'run', 'dr-drill', '--scenario', 'hot-node', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const remarks = end.records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
    expect(remarks.join('\n')).to.match(/proven: RTO [\d.]+ s.*RPO 0 s/)
    expect(remarks.join('\n')).to.include('all of them are there')
    expect(await count()).to.deep.equal(before)
  })

  it('loses ops itself half way through a snapshot, and the run ends as if nothing had happened', async () => {
    await comeToRest()
    const end = await ops(['--json', 'run', 'dr-drill', '--scenario', 'ops', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(end.records.some(({ text }) => String(text).includes('it took one whole snapshot'))).to.equal(true)
  })
})

describe('dr-drill on three real brokers', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  let ops: OpsProcess

  before(async () => {
    await bringUp({ stateDir: directory.path, services: ['kafka'], net, kafkaCopies: 3, talk })
    ops = opsOn(directory.path)
  })
  after(async () => {
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  it('loses a broker under load, and no message that was acknowledged', async () => {
    const messages = ['lab', 'load', '--kafka']
    expect((await ops([...messages, '--rate', '100', '--detach'])).exitCode).to.equal(0)
    const end = await ops(['--json', 'run', 'dr-drill', '--scenario', 'kafka-broker', '--yes'])
    expect((await ops([...messages, '--stop'])).exitCode).to.equal(0)
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const remarks = end.records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
    expect(remarks.join('\n')).to.match(/proven: RTO [\d.]+ s.*RPO 0 s/)
    expect(remarks.join('\n')).to.include('logs end where they ended, or later')
    const verified = await ops([...messages, '--verify'])
    expect(verified.exitCode, verified.stdout + verified.stderr).to.equal(0)
  })
})
