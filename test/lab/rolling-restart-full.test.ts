// Rolling restart of the ten real nodes under write load: the promise that everything else is for.
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsRecord, opsOn } from './support/ops.ts'

const net = '127.0.22'
const talk = () => {}

describe('rolling-restart on ten real nodes under write load', function () {
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

  it('restarts every node once, several at a time, loses no write and leaves no setting', async () => {
    const nodesBefore = await witness.nodes()
    const settingsBefore = await witness.settings()
    await runLoadCommand({ stateDir, rate: 50, name: 'restart', talk, detach: true })
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
