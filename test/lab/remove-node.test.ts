// Three real nodes that all hold data and may all be master: one that was stopped comes back when its removal is aborted, and one is wiped
// with the word of another person. Nothing is lost, nobody stays excluded, and nobody is left without a vote.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { dailyIndex, sources } from '../../src/lab/elasticsearch/content.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import { nodePaths } from '../../src/lab/paths.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsProcess, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.84'
const talk = () => {}
const node = 'es-node03'
const args = ['--name', node, '--soak', '3s', '--waive', 'masters_survive_a_loss=a test of two nodes']

describe('remove-node on three real nodes', function () {
  this.timeout(600_000)
  // The second case goes on where the first has ended.
  this.bail(true)
  const directory = makeDirectory()
  let lab: Lab
  let elastic: Connection
  let witness: Witness
  let anna: OpsProcess
  let ben: OpsProcess

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    elastic = connect(lab, 'elastic')
    witness = witnessOf(lab)
    anna = opsOn(directory.path, undefined, 'anna')
    ben = opsOn(directory.path, undefined, 'ben')
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    elastic?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  const whatStays = async () => ({
    settings: await elastic.ask('GET', '/_cluster/settings?flat_settings=true'),
    votes: await elastic.ask(
      'GET',
      '/_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions',
    ),
  })
  const hosts = (): string[] =>
    Object.keys(JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))._meta.hostvars).sort()
  const load = { stateDir: directory.path, talk, rate: 40 }
  const index = sources.map(source => dailyIndex(source, new Date())).join()

  it('starts a node again that was stopped when its run is aborted', async () => {
    const before = await whatStays()
    await witness.atRest()
    const killed = await anna(
      ['--json', 'run', 'remove-node', '--yes', ...args],
      ({ type }) => type === 'node.stopped',
    )
    expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
    const end = await anna(['--json', 'abort', 'last'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect([...(await witness.nodes()).keys()]).to.have.length(3)
    expect(await witness.status()).to.equal('green')
    expect(await whatStays()).to.deep.equal(before)
    expect(hosts()).to.include(node)
    expect((await anna(['doctor'])).exitCode).to.equal(0)
  })

  it('takes it out under load and wipes it, when another person has said so', async () => {
    const before = await whatStays()
    await runLoadCommand({ ...load, name: 'remove', index, detach: true })
    await witness.atRest()
    const asked = await anna(['--json', 'run', 'remove-node', '--yes', '--wipe', ...args])
    expect(asked.exitCode, tellEnd(asked)).to.equal(3)
    expect((await whatStays()).settings).to.deep.equal(before.settings)
    expect((await anna(['approve', 'last'])).exitCode).not.to.equal(0)
    expect((await ben(['approve', 'last'])).exitCode).to.equal(0)
    const end = await anna(['--json', 'resume', 'last'])
    await runLoadCommand({ ...load, name: 'remove', stop: true })
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const { value, failure } = await runLoadCommand({ ...load, name: 'remove', verify: true })
    expect(failure, JSON.stringify(value)).to.equal(undefined)
    expect(value).to.include({ lost: 0, failed: 0, copiesAgree: true })

    expect([...(await witness.nodes()).keys()])
      .to.have.length(2)
      .and.not.include(node)
    expect(await witness.status()).to.equal('green')
    expect(await whatStays()).to.deep.equal(before)
    expect(hosts()).not.to.include(node)
    const { data } = nodePaths(lab.state.nodesRoot, node)
    expect(existsSync(data) ? readdirSync(data) : []).to.deep.equal([])
  })
})
