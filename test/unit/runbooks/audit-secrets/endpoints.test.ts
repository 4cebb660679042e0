// Which ports are asked for their certificate, and whom their clients trust.
import { expect } from 'chai'
import { findEndpoints } from '../../../../runbooks/audit-secrets/endpoints.ts'
import type { JsonObject } from '../../../../src/ports/json.ts'

const found = (group: string, vars: JsonObject) =>
  findEndpoints([{ name: 'host01', groups: [group], vars }]).map(
    ({ address, port, caFile }) => `${address}:${port} ${caFile}`,
  )

describe('the ports that an audit asks for their certificate', () => {
  const cases: readonly [string, string, JsonObject, readonly string[]][] = [
    [
      'Elasticsearch with TLS, as it is by default',
      'elasticsearch',
      { ansible_host: '10.0.0.1', es_ca_file: '/ca.crt' },
      ['10.0.0.1:9200 /ca.crt'],
    ],
    [
      'its address for HTTP before any other',
      'elasticsearch',
      { ansible_host: '10.0.0.1', es_http_host: 'es.example.org', es_http_port: 9201 },
      ['es.example.org:9201 null'],
    ],
    ['no Elasticsearch without TLS', 'elasticsearch', { es_http_scheme: 'http' }, []],
    [
      'Kafka with TLS, and the authority of the platform where it names none',
      'kafka',
      { kafka_security: 'sasl_tls', es_ca_file: '/ca.crt' },
      ['host01:9092 /ca.crt'],
    ],
    ['no Kafka in plain text, as it is by default', 'kafka', {}, []],
    [
      'Vault, which has no plain text',
      'vault',
      { vault_ca_file: '/vault.crt', vault_port: '8201' },
      ['host01:8201 /vault.crt'],
    ],
    [
      'no file name that only Ansible could fill in',
      'vault',
      { vault_ca_file: '{{ tls_ca_dir }}/ca.crt' },
      ['host01:8200 null'],
    ],
    [
      'Kibana where it says that it has TLS',
      'kibana',
      { kibana_scheme: 'https', es_ca_file: '/ca.crt' },
      ['host01:5601 /ca.crt'],
    ],
    ['no other Kibana', 'kibana', {}, []],
    ['nothing of other hosts', 'logstash', { es_http_scheme: 'https' }, []],
  ]
  for (const [what, group, vars, endpoints] of cases)
    it(`are ${what}`, () => {
      expect(found(group, vars)).to.deep.equal(endpoints)
    })
})
