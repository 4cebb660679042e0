// The platform from nothing on real hosts with systemd and ssh, a second deploy that changes nothing, the rolling restart over ssh under
// write load, a host that comes and goes, and hosts that fail meanwhile. One lab for all: the cases follow each other. Fifteen hosts, of
// which every kind is one; the whole table of eighteen with --long.
import { expect } from 'chai'
import { takeHostsDown } from '../../src/lab/hosts/down.ts'
import { runOnHost } from '../../src/lab/hosts/on-host.ts'
import type { HostsLab } from '../../src/lab/hosts/state.ts'
import { bringHostsUp } from '../../src/lab/hosts/up.ts'
import { whyNoDocker } from '../../src/lab/hosts/why-no-docker.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import { requireTarget } from '../../src/lab/load/target.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { describeCertificates } from './hosts-cases/certificates.ts'
import { describeFaults } from './hosts-cases/faults.ts'
import { describeMembership } from './hosts-cases/membership.ts'
import { hostsPlayed, layInventory, membersPlayed, untilHealthy } from './support/hosts.ts'
import { isLong } from './support/long.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { opsOn, tellEnd } from './support/ops.ts'

const talk = () => {}
const countConnections = async (lab: HostsLab, host: string): Promise<number> =>
  Number(await runOnHost(lab, host, 'journalctl -u ssh -o cat | grep -c "^Accepted publickey"'))
/** So many hosts on two processors are busy whatever happens. */
const waived = ['--waive', 'remaining_nodes_can_carry_the_load=test machine']

/** One host of each kind, for what is looked at on every host alike. */
const oneOfEach = ['--limit', 'es-master01,es-data01,es-coord01,kafka01,vault01,logstash02']

describe('deploy and rolling-restart on hosts', function () {
  this.timeout(2_400_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const inventory = layInventory(stateDir)
  const ops = opsOn(stateDir, inventory)
  let lab: HostsLab
  let witness: Witness

  before(async function () {
    const why = whyNoDocker()
    if (why !== null) {
      console.log(`    skipped, the whole suite: ${why}`)
      this.skip()
    }
    lab = await bringHostsUp({ stateDir, only: hostsPlayed, talk })
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    await takeHostsDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('sets up a green cluster with security, three brokers and an unsealed Vault, by one command', async () => {
    const end = await ops(['--json', 'run', 'deploy', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(end.records.at(-1)).to.include({ type: 'run.ended', outcome: 'succeeded' })
    witness = witnessOf(requireTarget(stateDir))
    expect(await witness.status()).to.equal('green')
    expect((await witness.nodes()).size).to.equal(membersPlayed)
    const { stdout } = await ops(['--json', 'lab', 'status'])
    const states = JSON.parse(stdout).nodes as { name: string; service: string; state: string }[]
    const running = states.filter(({ service }) => ['elasticsearch', 'kafka', 'vault'].includes(service))
    expect(running.filter(({ state }) => state !== 'running')).to.deep.equal([])
    // With three brokers and a Vault.
    expect(running).to.have.length(membersPlayed + 4)
  })

  it('finds nothing to change the second time', async () => {
    const { stdout, exitCode, stderr } = await ops(['--json', 'plan', 'deploy', ...(isLong ? [] : oneOfEach)])
    expect(exitCode, stderr).to.equal(0)
    expect(JSON.parse(stdout).effects).to.deep.equal([])
  })

  it('restarts every node over ssh under load, loses no write and leaves no setting', async () => {
    // Today's indices are made by the first write.
    await runLoadCommand({ stateDir, rate: 20, seconds: 2, name: 'first', talk })
    expect(await witness.status()).to.equal('green')
    const nodesBefore = await witness.nodes()
    const settingsBefore = await witness.settings()
    const connectionsBefore = await countConnections(lab, 'es-coord01')
    await runLoadCommand({ stateDir, rate: 20, name: 'hosts', talk, detach: true })
    // The balancer moves copies of an index that has just been made.
    await witness.atRest()
    const end = await ops(['--json', 'run', 'rolling-restart', '--yes', ...waived])
    await runLoadCommand({ stateDir, rate: 20, name: 'hosts', talk, stop: true })
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const nodes = await witness.nodes()
    for (const [name, before] of nodesBefore) {
      expect(nodes.get(name)?.id, name).to.equal(before.id)
      expect(nodes.get(name)?.ephemeralId, name).to.not.equal(before.ephemeralId)
    }
    expect(await witness.settings()).to.deep.equal(settingsBefore)
    expect(await countConnections(lab, 'es-coord01'), 'ssh logins of one run').to.equal(connectionsBefore + 1)
    const { value } = await runLoadCommand({ stateDir, rate: 20, name: 'hosts', talk, verify: true })
    const verdict = value as Verdict
    expect(verdict.acked).to.be.greaterThan(500)
    expect(verdict).to.include({ lost: 0, partlyLost: 0, phantom: 0, failed: 0, copiesAgree: true })
  })

  it('restarts the brokers over ssh under load, loses no message and leaves no setting', async () => {
    const load = { stateDir, rate: 100, name: 'brokers', kafka: true, talk }
    await runLoadCommand({ ...load, detach: true })
    const roll = ['--json', 'run', 'rolling-restart', '--service', 'kafka', '--yes']
    const refused = await ops(roll)
    expect(refused.exitCode, tellEnd(refused)).to.equal(2)
    expect(tellEnd(refused)).to.match(/no_partition_would_refuse_writes: without kafka01: raw-logs-/)
    const end = await ops([...roll, '--during', 'min-insync=1'])
    await runLoadCommand({ ...load, stop: true })
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const stopped = end.records.filter(({ type }) => type === 'node.stopped').map(({ node }) => node)
    expect(stopped).to.have.members(['kafka01', 'kafka02', 'kafka03'])
    const { value } = await runLoadCommand({ ...load, verify: true })
    const verdict = value as KafkaVerdict
    expect(verdict.acked).to.be.greaterThan(500)
    expect(verdict).to.include({ lost: 0, moved: 0 })
    await untilHealthy(ops)
  })

  const under = () => ({ lab, witness, ops, inventory, stateDir, members: membersPlayed })
  describeCertificates(under)
  describeMembership(under)
  describeFaults(under)
})
