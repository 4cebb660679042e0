// A host that comes and goes: set up over ssh beside the others, a member when it is proven, and gone at the end with its entry. Nobody
// else is restarted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newHost } from '../../../src/lab/hosts/new-host.ts'
import { runOnHost } from '../../../src/lab/hosts/on-host.ts'
import { removeHost } from '../../../src/lab/hosts/remove-host.ts'
import { runLoadCommand } from '../../../src/lab/load/command.ts'
import type { Verdict } from '../../../src/lab/load/verdict.ts'
import { type HostsUnderTest, untilHealthy } from '../support/hosts.ts'
import { itLong } from '../support/long.ts'
import { type OpsEnd, tellEnd } from '../support/ops.ts'

const talk = () => {}

export function describeMembership(under: () => HostsUnderTest): void {
  const hostsFile = () => readFileSync(join(under().inventory, 'hosts.yml'), 'utf8')
  const looks = async () => [...(await under().witness.nodes())].sort()
  const clusterSettings = async () => ((await under().witness.settings()) as { cluster: unknown }).cluster

  /** While documents are written, of which none may be lost. */
  async function underLoad(name: string, args: readonly string[]): Promise<OpsEnd> {
    const { stateDir, ops, witness } = under()
    const load = { stateDir, rate: 20, name, talk }
    await runLoadCommand({ ...load, detach: true })
    let end: OpsEnd
    try {
      await witness.atRest()
      end = await ops(['--json', 'run', ...args, '--yes'])
    } finally {
      await runLoadCommand({ ...load, stop: true })
    }
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const { value } = await runLoadCommand({ ...load, verify: true })
    const verdict = value as Verdict
    expect(verdict).to.include({ lost: 0, partlyLost: 0, phantom: 0, failed: 0, copiesAgree: true })
    expect(verdict.acked).to.be.greaterThan(100)
    return end
  }

  /** Everything of the way there and back; `meanwhile` looks while it is a member. */
  async function comeAndGo(
    name: string,
    { like, group, waived = [] }: { like: string; group: string; waived?: readonly string[] },
    meanwhile: (added: OpsEnd) => Promise<void>,
  ): Promise<void> {
    const { ops, stateDir, lab, witness, members } = under()
    // Indices of today are made by the first write, and have to be green before anybody comes.
    await runLoadCommand({ stateDir, rate: 20, seconds: 2, name: `first-${name}`, talk })
    expect(await witness.status()).to.equal('green')
    const [file, others, settings] = [hostsFile(), await looks(), await clusterSettings()]
    const { address } = await newHost(stateDir, { name, like }, talk)
    await witness.atRest()
    const args = ['add-node', '--name', name, '--group', group, '--address', address, ...waived]
    const plan = await ops(['--json', 'plan', ...args])
    expect(plan.exitCode, tellEnd(plan)).to.equal(0)
    expect(plan.stdout).to.include(`+ ${name}: { ansible_host: ${address} }`)
    expect(hostsFile(), 'a plan writes nothing').to.equal(file)

    const added = await underLoad(`add-${name}`, args)
    expect(hostsFile()).to.include(`${name}: { ansible_host: ${address} }`)
    const nodes = await looks()
    expect(nodes).to.have.length(members + 1)
    const rest = nodes.filter(([one]) => one !== name)
    expect(rest, 'nobody else was restarted').to.deep.equal(others)
    expect(await witness.status()).to.equal('green')
    expect(await clusterSettings()).to.deep.equal(settings)
    await meanwhile(added)

    await underLoad(`remove-${name}`, ['remove-node', '--name', name, '--soak', '5s'])
    expect(hostsFile(), 'the inventory is as it was').to.equal(file)
    expect(await looks()).to.deep.equal(others)
    expect(await witness.status()).to.equal('green')
    expect(await clusterSettings()).to.deep.equal(settings)
    const unit = await runOnHost(lab, name, 'systemctl is-active elasticsearch || true')
    expect(unit).to.equal('inactive')
    await untilHealthy(ops)
    expect(await removeHost(stateDir, name)).to.deep.equal({ name, changed: true })
  }

  it('a host that comes is set up alone, takes its share when it is proven, and goes without a trace', async () => {
    const name = 'es-data06'
    await comeAndGo(name, { like: 'es-data01', group: 'es_data_hot' }, async ({ records }) => {
      const deployed = records.filter(
        ({ type, step }) => type === 'step.done' && String(step).includes('.deploy.'),
      )
      expect(deployed.map(({ step }) => String(step).split('.')[0])).to.deep.equal([name])
      expect(records.find(({ type }) => type === 'setting.changed')).to.not.equal(undefined)
    })
  })

  itLong('a master that comes is named to everybody, and to nobody when it has gone', async () => {
    const seeds = () =>
      runOnHost(under().lab, 'es-data01', 'grep ^discovery.seed_hosts: /etc/elasticsearch/elasticsearch.yml')
    const before = await seeds()
    const waived = ['--waive', 'masters_stay_odd=a test']
    await comeAndGo('es-master04', { like: 'es-master01', group: 'es_master', waived }, async () => {
      expect(await seeds()).to.not.equal(before)
    })
    expect(await seeds()).to.equal(before)
  })
}
