// Ten real nodes under write load, of which one comes, one takes its place, and that one goes again: nothing is lost, and at the end nothing
// is left of it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { dailyIndex, sources } from '../../src/lab/elasticsearch/content.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import { type NewNode, type NodeRequest, newNode } from '../../src/lab/nodes/new-node.ts'
import { removeNode } from '../../src/lab/nodes/remove-node.ts'
import { nodePaths } from '../../src/lab/paths.ts'
import { nodeStatus } from '../../src/lab/service.ts'
import { type Lab, requireLab, requireNode } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsEnd, type OpsProcess, type OpsRecord, opsOn, tellEnd } from './support/ops.ts'
import {
  bytesOfShards,
  type Copied,
  copiedSince,
  fillWarmTier,
  holdingsOf,
  spreadOf,
  sumOf,
  writtenIndex,
} from './support/warm-tier.ts'

const net = '127.0.86'
const talk = () => {}
const warm = ['es-data03', 'es-data04', 'es-data05']
const quick = ['--soak', '5s']
/** As a node of another cluster wrote it. */
const foreignCommit = resolve(import.meta.dirname, '../ansible/roles/files/state-commit-8.19.21')
const foreignCluster = 'SC6snTRlStSatccAhBYD-Q'

describe('ten real nodes that become eleven and ten again', function () {
  this.timeout(900_000)
  // Each case goes on where the one before has ended.
  this.bail(true)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let elastic: Connection
  let witness: Witness
  let ops: OpsProcess
  let asItWas: Readonly<Record<string, unknown>>

  before(async () => {
    lab = await bringUp({ stateDir, layout: 'full', net, talk })
    elastic = connect(lab, 'elastic')
    witness = witnessOf(lab)
    ops = opsOn(stateDir)
    await fillWarmTier(elastic)
    asItWas = await whatStays()
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    elastic?.[Symbol.dispose]()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  /** What no runbook may leave another way than it was. */
  const whatStays = async () => ({
    settings: await elastic.ask('GET', '/_cluster/settings?flat_settings=true'),
    votes: await elastic.ask(
      'GET',
      '/_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions',
    ),
    hosts: Object.keys(JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))._meta.hostvars).sort(),
  })

  const machine = (name: string, more: Partial<NodeRequest> = {}): Promise<NewNode> =>
    newNode(stateDir, { name, like: 'es-data03', ...more })

  /** Writes to the indices of today and to one whose shards move, for as long as the work takes; nothing may be lost. */
  async function underLoad<T>(name: string, work: () => Promise<T>): Promise<T> {
    const today = sources.map(source => dailyIndex(source, new Date()))
    const load = { stateDir, name, talk, rate: 40 }
    await runLoadCommand({ ...load, index: [...today, writtenIndex].join(), detach: true })
    let result: T
    try {
      await witness.atRest()
      result = await work()
    } finally {
      await runLoadCommand({ ...load, stop: true })
    }
    const { value, failure } = await runLoadCommand({ ...load, verify: true })
    const verdict = value as Verdict
    expect(failure, JSON.stringify(value)).to.equal(undefined)
    expect(verdict).to.include({ lost: 0, partlyLost: 0, phantom: 0, failed: 0, copiesAgree: true })
    expect(verdict.acked).to.be.greaterThan(100)
    return result
  }

  function expectSuccess(end: OpsEnd): void {
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(end.records.at(-1)).to.include({ type: 'run.ended', outcome: 'succeeded' })
  }

  it('refuses machines that are not what they should be, each for its own fault, and leaves nothing behind', async () => {
    const wrong: readonly (readonly [gate: string, says: RegExp, more: Partial<NodeRequest>])[] = [
      ['seeds_are_our_masters', /10\.9\.9\.9/, { seeds: ['10.9.9.9'] }],
      ['certificate_is_of_our_ca', /not signed/, { foreignCa: true }],
      ['no_initial_master_nodes', /initial_master_nodes/, { initialMasters: ['es-data13'] }],
      ['data_path_is_empty', new RegExp(`another cluster, ${foreignCluster}`), {}],
      ['version_is_that_of_the_cluster', /has 8\.99\.0, newer/, { likeVersion: '8.99.0' }],
      ['config_names_this_cluster', /cluster elsewhere/, { clusterName: 'elsewhere' }],
    ]
    const machines: NewNode[] = []
    for (const [at, [, , more]] of wrong.entries()) machines.push(await machine(`es-data1${at + 1}`, more))
    const state = join(nodePaths(lab.state.nodesRoot, 'es-data14').data, '_state')
    mkdirSync(state)
    copyFileSync(foreignCommit, join(state, 'segments_5'))
    const names = machines.map(({ name }) => name)

    const end = await ops([
      ...['--json', 'run', 'add-node', '--yes', '--name', names.join(), '--group', 'es_data_warm'],
      ...['--address', machines.map(({ address }) => address).join()],
    ])
    expect(end.exitCode, tellEnd(end)).to.equal(2)
    for (const [at, [gate, says]] of wrong.entries()) {
      const refused = end.records.find(one => one.type === 'gate.refused' && one.gate === gate)
      expect(refused?.evidence, gate).to.match(says).and.to.include(names[at])
      const others = names.filter(name => name !== names[at])
      for (const name of others) expect(refused?.evidence, gate).not.to.include(name)
    }
    expect(await whatStays()).to.deep.equal(asItWas)
    const now = requireLab(stateDir)
    for (const name of names)
      expect((await nodeStatus(now, requireNode(now, name))).state).to.equal('stopped')
    expect(readdirSync(state)).to.deep.equal(['segments_5'])
    for (const name of names) await removeNode(stateDir, name)
  })

  it('add-node brings a warm node into this cluster under load, goes on after a SIGKILL, and the tier is even', async () => {
    const { name, address } = await machine('es-data06')
    const args = ['--name', name, '--group', 'es_data_warm', '--address', address]
    await underLoad('add', async () => {
      const killed = await ops(
        ['--json', 'run', 'add-node', '--yes', ...args],
        ({ type, step }) => type === 'step.intent' && String(step).startsWith(`${name}.start`),
      )
      expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
      expectSuccess(await ops(['--json', 'resume', 'last']))
    })
    const { cluster_uuid: own } = (await elastic.send(`https://${address}:9200`, 'GET', '/')).body
    expect(own).to.equal(lab.state.clusterUuid)
    expect([...(await witness.nodes()).keys()])
      .to.have.length(11)
      .and.include(name)
    // Of a copy on its way the server says both nodes in one.
    await witness.atRest()
    const tier = await holdingsOf(elastic, [...warm, name])
    expect(spreadOf(tier), JSON.stringify([...tier])).to.be.at.most(0.1)
    expect(await witness.status()).to.equal('green')
    const after = await whatStays()
    expect(after).to.deep.equal({ ...asItWas, hosts: [...after.hosts] })
    expect(after.hosts).to.include(name)
    // Typed again at any time: it leaves the new one as it is.
    await bringUp({ stateDir, talk })
    expect(await whatStays()).to.deep.equal(after)
    expect((await ops(['doctor'])).exitCode).to.equal(0)
  })

  it('replace-node moves everything of it to another machine, and hardly a byte more', async () => {
    const { name, address } = await machine('es-data07')
    let [held, began] = [0, 0]
    // What was moved for the sake of it is looked at when the old node stops; what the balancer does when it may again is its own, and told.
    const atStop: { readonly ms: number; readonly copied: Promise<readonly Copied[]> }[] = []
    const watch = ({ type }: OpsRecord): boolean => {
      if (type === 'node.stopped') atStop.push({ ms: Date.now(), copied: copiedSince(elastic, began) })
      return false
    }
    const end = await underLoad('replace', () => {
      // Now that all is at rest: what the balancer has moved until here is no matter of the run.
      held = bytesOfShards(nodePaths(lab.state.nodesRoot, 'es-data06').data)
      began = Date.now()
      return ops(
        [
          ...['--json', 'run', 'replace-node', '--yes', '--old', 'es-data06', '--new', name],
          ...['--address', address, ...quick],
        ],
        watch,
      )
    })
    expectSuccess(end)
    expect(held).to.be.greaterThan(1e6)
    const [stop] = atStop
    expect(stop).to.not.equal(undefined)
    const copied = (await stop?.copied) ?? []
    const later = sumOf(await copiedSince(elastic, stop?.ms ?? began))
    console.log(
      `      ${sumOf(copied)} bytes moved of ${held} held; ${later} more by the balancer afterwards`,
    )
    expect(
      copied.filter(({ to }) => to !== name),
      'copies that went elsewhere',
    ).to.deep.equal([])
    expect(sumOf(copied) / held, `of ${held} bytes: ${JSON.stringify(copied)}`).to.be.within(0.5, 1.1)
    const nodes = [...(await witness.nodes()).keys()]
    expect(nodes).to.have.length(11).and.include(name).and.not.include('es-data06')
    expect(await witness.status()).to.equal('green')
    const after = await whatStays()
    expect(after.hosts).to.include(name).and.not.include('es-data06')
    expect(after).to.deep.equal({ ...asItWas, hosts: [...after.hosts] })
    await removeNode(stateDir, 'es-data06')
  })

  it('remove-node stops it only when it is empty, and afterwards everything is as it was', async () => {
    const name = 'es-data07'
    const atStop: Promise<number>[] = []
    const look = async (): Promise<number> => (await holdingsOf(elastic, [name])).get(name)?.shards ?? -1
    const watch = ({ type, step }: OpsRecord): boolean => {
      if (type === 'step.intent' && step === `${name}.stop`) atStop.push(look())
      return false
    }
    const end = await underLoad('remove', () =>
      ops(['--json', 'run', 'remove-node', '--yes', '--name', name, ...quick], watch),
    )
    expectSuccess(end)
    expect(await Promise.all(atStop)).to.deep.equal([0])
    expect([...(await witness.nodes()).keys()])
      .to.have.length(10)
      .and.not.include(name)
    expect(await witness.status()).to.equal('green')
    expect(await whatStays()).to.deep.equal(asItWas)
    expect((await ops(['doctor'])).exitCode).to.equal(0)
    await removeNode(stateDir, name)
    await bringUp({ stateDir, talk })
    expect([...(await witness.nodes()).keys()]).to.have.length(10)
  })
})
