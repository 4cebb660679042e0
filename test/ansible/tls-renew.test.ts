// playbooks/tls_renew.yml as `ops` plays it, for real in a temporary directory, and what a server shows that has read its files again.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { expect } from 'chai'
import { isSameSerial } from '../../runbooks/renew-certificates/renew.ts'
import { createAnsible } from '../../src/adapters/ansible/index.ts'
import { systemServedCertificates } from '../../src/adapters/system/served-certificates.ts'
import type { AnsiblePort } from '../../src/ports/ansible.ts'
import { checkout, localInventory } from './roles/play-role.ts'

describe('the playbook that renews a certificate', function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), 'ops-tls-renew-'))
  const at = (...parts: string[]): string => join(folder, ...parts)
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  let ansible: AnsiblePort & { close(): Promise<void> }
  let server: Server | null = null

  before(() => {
    const hosts = { node01: { ansible_host: '127.0.0.1' } }
    const vars = {
      ...{ tls_ca_dir: at('ca'), es_config_dir: at('es'), kafka_config_dir: at('kafka') },
      ...{ kafka_cluster_id: 'none', kafka_user: group },
    }
    writeFileSync(
      at('hosts.yml'),
      JSON.stringify(localInventory({ elasticsearch: hosts, kafka: hosts }, vars)),
    )
    ansible = createAnsible({
      ...{ checkout, inventory: at('hosts.yml'), stateDir: folder, runDir: at('run') },
      ...{ run: `tls-renew-${process.pid}`, redact: (text: string) => text },
    })
  })
  after(async () => {
    server?.close()
    await ansible.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function play(service: string, days: number, goodForDays = 825) {
    const { outcomes, results } = await ansible.play({
      ...{ playbook: 'tls_renew.yml', hosts: ['node01'], stallMs: 60_000 },
      vars: {
        ...{ ops_service: service, ops_renew_days: days, ops_tls_replace: [] },
        ...{ tls_group: group, tls_days: goodForDays },
      },
    })
    const outcome = outcomes.get('node01')
    if (outcome?.state !== 'ok') throw new Error(JSON.stringify(outcome))
    return { changed: outcome.changed, ...(results.get('node01') as { serial: string; not_after: string }) }
  }

  const files = () => ({
    cert: readFileSync(at('es', 'certs', 'host.crt')),
    key: readFileSync(at('es', 'certs', 'host.key')),
  })
  const served = async () => {
    if (server === null) throw new Error('nobody serves yet')
    const { port } = server.address() as AddressInfo
    return systemServedCertificates().look({ address: '127.0.0.1', port, caFile: at('ca', 'ca.crt') })
  }

  it('makes nothing where the certificate is good for longer, and hands back the serial that is served', async () => {
    const made = await play('elasticsearch', 30)
    const again = await play('elasticsearch', 30)
    expect([made.changed, again.changed]).to.deep.equal([true, false])
    server = createServer(files())
    await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
    const { certificate, problem } = await served()
    expect(problem).to.equal(null)
    expect(isSameSerial(certificate?.serial ?? '', again.serial)).to.equal(true)
    expect(Date.parse(again.not_after)).to.equal(certificate?.notAfterMs)
  })

  it('makes a new one of the same key where it ends before long, and that is what clients are shown', async () => {
    const before = { ...files(), serial: (await served()).certificate?.serial }
    const renewed = await play('elasticsearch', 900, 1000)
    expect(renewed.changed).to.equal(true)
    expect((await served()).certificate?.serial).to.equal(before.serial)
    server?.setSecureContext(files())
    const { certificate, problem } = await served()
    expect(problem).to.equal(null)
    expect(isSameSerial(certificate?.serial ?? '', renewed.serial)).to.equal(true)
    expect(certificate?.serial).not.to.equal(before.serial)
    expect(files().key.equals(before.key)).to.equal(true)
  })

  it('puts the new one where Kafka will read it', async () => {
    const made = await play('kafka', 30)
    const pem = (): string => readFileSync(at('kafka', 'certs', 'keystore.pem'), 'utf8')
    const before = pem()
    const renewed = await play('kafka', 900, 1000)
    expect(isSameSerial(renewed.serial, made.serial)).to.equal(false)
    expect(pem()).not.to.equal(before)
    expect(pem()).to.include('PRIVATE KEY')
  })
})
