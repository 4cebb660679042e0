// Three nodes, a broker and a Vault with certificates, in memory. The playbook keeps its promises here: a second run makes nothing, and
// who serves the new one when is up to the service.

import renew from '../../../runbooks/renew-certificates/runbook.ts'
import type { InventoryHost } from '../../../src/ports/ansible.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeServedCertificates } from '../../support/fake-world/fake-served-certificates.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'

export { renew }

export const dayMs = 86_400_000
/** Elasticsearch looks at its files every five seconds. */
const noticedAfterMs = 5000

export interface CertificateFile {
  serial: string
  notAfterMs: number
}

export interface RenewWorld {
  readonly world: FakeWorld
  readonly certificates: FakeServedCertificates
  /** By `address:port`: what lies on the host, which is not always what is served. */
  readonly files: Map<string, CertificateFile>
  /** Servers that never notice. */
  readonly deaf: Set<string>
  /** `address:port` whose certificates were made anew, in order. */
  readonly made: string[]
  /** After a certificate was made, before anybody notices. */
  onMade: (where: string) => void
}

const portOf = { elasticsearch: 9200, kafka: 9092, vault: 8200 } as const
const whereOf = ({ name, vars }: InventoryHost, service: string): string =>
  `${vars.ansible_host ?? name}:${portOf[service as keyof typeof portOf]}`

/** `days`: how long the certificates that are served are still good for. */
export async function begin(days = 20, vars: JsonObject = {}): Promise<RenewWorld> {
  const certificates = new FakeServedCertificates()
  const self: RenewWorld = {
    ...{ world: null as never, certificates, files: new Map(), deaf: new Set(), made: [], onMade: () => {} },
  }
  const world = new FakeWorld({
    layout: 'small',
    servedCertificates: certificates,
    hosts: [
      { name: 'kafka01', groups: ['kafka'], vars: { ansible_host: '10.0.0.71', kafka_security: 'tls' } },
      { name: 'vault01', groups: ['vault'], vars: { ansible_host: '10.0.0.91' } },
    ],
    playbooks: (_cluster, clock) => ({
      'tls_renew.yml': async (host, { vars: given }) => {
        const where = whereOf(host, String(given.ops_service))
        const file = self.files.get(where)
        if (file === undefined) throw new Error(`${host.name} has no certificate`)
        await clock.sleep(2000)
        const left = (file.notAfterMs - clock.now().getTime()) / dayMs
        if (left < 0 && !(given.ops_tls_replace as string[]).includes('expired'))
          throw new Error('the certificate has ended')
        const isDue = left < Number(given.ops_renew_days)
        if (isDue) {
          file.serial = `F${self.made.length}`
          file.notAfterMs = clock.now().getTime() + 825 * dayMs
          self.made.push(where)
          self.onMade(where)
          if (given.ops_service !== 'kafka' && !self.deaf.has(where))
            void clock.sleep(noticedAfterMs).then(() => certificates.serve(where, file.notAfterMs, file))
        }
        const { serial, notAfterMs } = file
        return { changed: isDue, result: { serial, not_after: new Date(notAfterMs).toISOString() } }
      },
    }),
  })
  Object.assign(self, { world })
  const { hosts } = await world.ansible.inventory()
  world.ansible.setHosts(
    hosts.map(host => ({ ...host, vars: { tls_ca_dir: '/etc/ops/ca', ...host.vars, ...vars } })),
  )
  const notAfterMs = world.clock.now().getTime() + (days + 0.5) * dayMs
  for (const host of hosts)
    for (const service of Object.keys(portOf))
      if (host.groups.includes(service)) {
        const where = whereOf(host, service)
        self.files.set(where, { serial: certificates.serve(where, notAfterMs), notAfterMs })
      }
  return self
}

/** Who serves what lies in its files. */
export const isServed = ({ certificates, files }: RenewWorld, where: string): boolean =>
  certificates.serialOf(where) === files.get(where)?.serial

export const { planOn, run, carryOn } = commandsOf(renew)
