// Rolling restart of three real nodes, killed with SIGKILL at five moments of one run, and with a node that does not start.
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { refuse, stopRefusing } from '../../src/lab/faults/refusals.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsProcess, type OpsRecord, opsOn } from './support/ops.ts'

const net = '127.0.21'
const talk = () => {}
/** The machine runs other suites beside this one; how busy it is is no matter of this test. */
const calm = ['--waive', 'remaining_nodes_can_carry_the_load=test machine', '--soak', '1s']

/** Each kills the process that is at work; the next one carries on from there. */
const moments: readonly { readonly name: string; readonly at: (record: OpsRecord) => boolean }[] = [
  { name: 'temporary settings have just been changed', at: ({ type }) => type === 'setting.changed' },
  {
    name: 'a node is about to be stopped',
    at: ({ type, step }) => type === 'step.intent' && ends(step, '.stop'),
  },
  { name: 'a node is down', at: ({ type }) => type === 'node.stopped' },
  { name: 'a node has joined and recovers', at: ({ type }) => type === 'node.back' },
  { name: 'a node is done', at: ({ type }) => type === 'member.done' },
]

const ends = (step: unknown, suffix: string): boolean => String(step).endsWith(suffix)

describe('rolling-restart on three real nodes', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  let lab: Lab
  let witness: Witness
  let ops: OpsProcess

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    witness = witnessOf(lab)
    ops = opsOn(directory.path)
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  it('ends in the same world when it is killed five times, and restarts no node twice', async () => {
    const [nodesBefore, settingsBefore, indicesBefore] = await look()
    await witness.atRest()
    let args: readonly string[] = ['--json', 'run', 'rolling-restart', '--yes', ...calm]
    let run = ''
    const seen: OpsRecord[] = []
    for (const { name, at } of moments) {
      const end = await ops(args, at)
      expect(end.signal, `${name}: ${end.stderr}`).to.equal('SIGKILL')
      run ||= end.records[0]?.run ?? ''
      seen.push(...end.records)
      const doctor = await ops(['--json', 'doctor'])
      expect(doctor.exitCode, name).to.equal(1)
      expect(doctor.stdout, name).to.include(`ops resume ${run}`)
      args = ['--json', 'resume', run]
    }
    const last = await ops(args)
    seen.push(...last.records)
    expect(last.exitCode, last.stderr).to.equal(0)
    expect(last.records.at(-1)).to.include({ type: 'run.ended', outcome: 'succeeded' })

    const [nodes, settings, indices] = await look()
    for (const [name, before] of nodesBefore) {
      expect(nodes.get(name)?.id, name).to.equal(before.id)
      expect(nodes.get(name)?.ephemeralId, name).to.not.equal(before.ephemeralId)
    }
    const backs = seen.filter(({ type }) => type === 'node.back')
    expect(backs.map(({ ephemeralId }) => ephemeralId)).to.have.members(
      [...nodes.values()].map(one => one.ephemeralId),
    )
    expect(settings).to.deep.equal(settingsBefore)
    expect(indices).to.deep.equal(indicesBefore)
    expect(await witness.status()).to.equal('green')
    expect((await ops(['doctor'])).exitCode).to.equal(0)
  })

  it('stops with a node that does not start, touches no other, and goes on when it is mended', async () => {
    const [nodesBefore, settingsBefore] = await look()
    await witness.atRest()
    const { waves } = JSON.parse((await ops(['--json', 'plan', 'rolling-restart'])).stdout)
    const victim: string = waves[0][0]
    refuse(lab.paths, victim)
    const failed = await ops(['--json', 'run', 'rolling-restart', '--yes', ...calm])
    expect(failed.exitCode, failed.stderr).to.equal(4)
    const ended = failed.records.at(-1)
    expect(ended).to.include({ type: 'run.ended', outcome: 'failed', code: 'NODE_NOT_BACK' })
    expect(ended?.hint).to.include('ops resume')
    // Where a gate holds the first of the plan for a moment, another goes before it, by right; nobody may after it.
    const stopped = failed.records.filter(({ type }) => type === 'node.stopped').map(({ node }) => node)
    expect(stopped.at(-1), `stopped: ${stopped.join(', ')}`).to.equal(victim)
    const during = await witness.nodes()
    expect([...during.keys()].sort()).to.deep.equal(
      [...nodesBefore.keys()].filter(name => name !== victim).sort(),
    )
    const isUntouched = (name: string) => during.get(name)?.ephemeralId === nodesBefore.get(name)?.ephemeralId
    expect([...during.keys()].filter(name => !isUntouched(name))).to.have.members(stopped.slice(0, -1))

    stopRefusing(lab.paths, victim)
    const resumed = await ops(['--json', 'resume', 'last'])
    expect(resumed.exitCode, resumed.stderr).to.equal(0)
    const [nodes, settings] = await look()
    for (const [name, { ephemeralId }] of nodes)
      expect(ephemeralId).to.not.equal(nodesBefore.get(name)?.ephemeralId)
    expect(settings).to.deep.equal(settingsBefore)
  })

  it('refuses, and touches nothing, when somebody has switched allocation off', async () => {
    const nodesBefore = await witness.nodes()
    const { connect } = await import('../../src/lab/elasticsearch/http.ts')
    using elastic = connect(lab, 'elastic')
    const name = 'cluster.routing.allocation.enable'
    await elastic.ask('PUT', '/_cluster/settings', { persistent: { [name]: 'none' } })
    try {
      const refused = await ops(['--json', 'run', 'rolling-restart', '--yes', ...calm])
      expect(refused.exitCode).to.equal(2)
      const gates = refused.records.filter(({ type }) => type === 'gate.refused').map(({ gate }) => gate)
      expect(gates).to.include('allocation_is_enabled')
    } finally {
      await elastic.ask('PUT', '/_cluster/settings', { persistent: { [name]: null } })
    }
    expect(await witness.nodes()).to.deep.equal(nodesBefore)
  })

  const look = () => Promise.all([witness.nodes(), witness.settings(), witness.indices()])
})
