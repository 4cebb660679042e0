// Every port of the inventory that speaks TLS, and whom its clients trust. Pure.
import type { InventoryHost, TlsEndpoint } from '#sdk'

export interface NamedEndpoint extends TlsEndpoint {
  readonly host: string
  readonly service: 'elasticsearch' | 'kafka' | 'vault' | 'kibana'
}

interface Rule {
  readonly service: NamedEndpoint['service']
  readonly speaksTls: (host: InventoryHost) => boolean
  /** Variables of the address, the first that is there; the name of the host without. */
  readonly address: readonly string[]
  readonly port: { readonly variable: string; readonly usual: number }
  readonly ca: readonly string[]
}

const rules: readonly Rule[] = [
  {
    service: 'elasticsearch',
    speaksTls: host => (textOf(host, 'es_http_scheme') ?? 'https') === 'https',
    address: ['es_http_host', 'ansible_host'],
    port: { variable: 'es_http_port', usual: 9200 },
    ca: ['es_ca_file'],
  },
  {
    service: 'kafka',
    speaksTls: host => (textOf(host, 'kafka_security') ?? 'plaintext') !== 'plaintext',
    address: ['kafka_host', 'ansible_host'],
    port: { variable: 'kafka_port', usual: 9092 },
    ca: ['kafka_ca_file', 'es_ca_file'],
  },
  {
    service: 'vault',
    speaksTls: () => true,
    address: ['vault_host', 'ansible_host'],
    port: { variable: 'vault_port', usual: 8200 },
    ca: ['vault_ca_file', 'es_ca_file'],
  },
  {
    service: 'kibana',
    speaksTls: host => textOf(host, 'kibana_scheme') === 'https',
    address: ['kibana_host', 'ansible_host'],
    port: { variable: 'kibana_port', usual: 5601 },
    ca: ['kibana_ca_file', 'es_ca_file'],
  },
]

export function findEndpoints(hosts: readonly InventoryHost[]): readonly NamedEndpoint[] {
  return rules.flatMap(rule =>
    hosts
      .filter(host => host.groups.includes(rule.service) && rule.speaksTls(host))
      .map(host => ({
        host: host.name,
        service: rule.service,
        address: firstOf(host, rule.address) ?? host.name,
        port: Number(host.vars[rule.port.variable] ?? rule.port.usual),
        caFile: firstOf(host, rule.ca),
      })),
  )
}

const firstOf = (host: InventoryHost, names: readonly string[]): string | null =>
  names.map(name => textOf(host, name)).find(text => text !== null) ?? null

/** A template that only Ansible could fill in says nothing here. */
function textOf({ vars }: InventoryHost, name: string): string | null {
  const value = vars[name]
  return typeof value === 'string' && value !== '' && !value.includes('{{') ? value : null
}

export const sayEndpoint = ({ host, port }: Pick<NamedEndpoint, 'host' | 'port'>): string => `${host}:${port}`
