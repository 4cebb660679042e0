// Certificates that end soon, signed anew over ssh while everything runs: each is seen on its port, nobody is restarted, and a Vault
// that has read its new one is not sealed.
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { createAnsible } from '../../../src/adapters/ansible/index.ts'
import { OpsError } from '../../../src/errors/index.ts'
import { runOnHost } from '../../../src/lab/hosts/on-host.ts'
import { waitFor } from '../../../src/lab/wait.ts'
import { type HostsUnderTest, untilHealthy } from '../support/hosts.ts'
import { tellEnd } from '../support/ops.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const due = [
  { host: 'es-data01', service: 'elasticsearch', file: '/etc/elasticsearch/certs/host.crt' },
  { host: 'vault01', service: 'vault', file: '/etc/vault/certs/host.crt' },
] as const
const hosts = due.map(({ host }) => host)
const runbook = ['renew-certificates', '--hosts', hosts.join()]

export function describeCertificates(under: () => HostsUnderTest): void {
  /** Certificates of twenty days, as the role would have made them in an inventory with `tls_days: 20`. */
  async function shorten(): Promise<void> {
    const { lab, inventory, stateDir } = under()
    const ansible = createAnsible({
      ...{ checkout, inventory, stateDir, redact: text => text },
      run: `certificates-${process.pid}`,
      runDir: join(stateDir, 'certificates'),
    })
    try {
      for (const { host, service, file } of due) {
        await runOnHost(lab, host, `rm ${file}`)
        const { outcomes } = await ansible.play({
          playbook: 'tls_renew.yml',
          hosts: [host],
          vars: { ops_service: service, ops_renew_days: 1, tls_days: 20 },
          stallMs: 120_000,
        })
        expect(outcomes.get(host), host).to.deep.equal({ state: 'ok', changed: true })
      }
    } finally {
      await ansible.close()
    }
  }

  const plan = async (): Promise<readonly string[]> => {
    const { stdout } = await under().ops(['--json', 'plan', ...runbook])
    return (JSON.parse(stdout) as { effects: string[] }).effects
  }

  it('renews certificates that end soon: Elasticsearch reads them by itself, Vault by a reload', async () => {
    const { ops, witness } = under()
    const before = await witness.nodes()
    expect(await plan()).to.deep.equal([])
    await shorten()
    await waitFor({
      stallMs: 60_000,
      look: async () => {
        const effects = (await plan()).join('\n')
        return hosts.every(host => effects.includes(host)) ? { result: true } : { progress: effects }
      },
      onStall: effects =>
        new OpsError('STALLED', { message: `served are others than those on disk: ${effects}` }),
    })
    const end = await ops(['--json', 'run', ...runbook, '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(await plan()).to.deep.equal([])
    expect([...(await witness.nodes())].sort()).to.deep.equal([...before].sort())
    await untilHealthy(ops)
  })
}
