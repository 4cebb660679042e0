import { expect } from 'chai'
import { renderInventory } from '../../../../src/lab/inventory.ts'
import { type KafkaSecurity, labNodes } from '../../../../src/lab/layout.ts'
import { labPaths } from '../../../../src/lab/paths.ts'
import type { Lab, LabState } from '../../../../src/lab/state.ts'

function inventoryOf(services: LabState['services'], security: KafkaSecurity = 'plaintext') {
  const kafka = { home: '/home', clusterId: 'id-1', security, replicationFactor: 2, filled: true }
  const state = {
    services,
    layout: 'full',
    net: '127.0.9',
    nodesRoot: '/nodes',
    kafka,
    offsetReset: 'latest',
  }
  const lab = {
    nodes: labNodes({ services, layout: 'full', net: '127.0.9' }),
    paths: labPaths('/state'),
    state,
  }
  // biome-ignore lint/suspicious/noExplicitAny: Ansible reads it, not TypeScript
  return renderInventory(lab as unknown as Lab, '/state') as any
}

describe('the inventory of a lab with Kafka', () => {
  it('has the brokers with id, rack and port, and says which cluster they are', () => {
    const { kafka, _meta, all } = inventoryOf(['kafka'])
    expect(kafka.hosts).to.deep.equal(['kafka01', 'kafka02', 'kafka03'])
    expect(_meta.hostvars.kafka02).to.deep.equal({
      ansible_host: '127.0.9.62',
      kafka_port: 9092,
      kafka_node_id: 2,
      kafka_rack: 'az-2',
      kafka_config_dir: '/nodes/kafka02/config',
    })
    expect(kafka.vars).to.deep.equal({
      ops_service: 'kafka',
      kafka_home: '/home',
      kafka_cluster_id: 'id-1',
      kafka_security: 'plaintext',
    })
    expect(all.children).to.deep.equal(['kafka'])
  })

  it('says nothing of an Elasticsearch that is not there', () => {
    const inventory = inventoryOf(['kafka'])
    expect(inventory).not.to.have.property('elasticsearch')
    expect(Object.keys(inventory.all.vars).filter(name => name.startsWith('es_'))).to.deep.equal([])
  })

  it('names the files of CA and password where clients need them', () => {
    expect(inventoryOf(['kafka'], 'sasl_tls').kafka.vars).to.include({
      kafka_ca_file: '/state/lab/ca/ca.crt',
      kafka_username: 'ops',
      kafka_password_file: '/state/lab/secrets/ops.password',
    })
    expect(inventoryOf(['kafka'], 'tls').kafka.vars).not.to.have.property('kafka_username')
  })

  it('has the stand-in for Logstash with its threads and the file that changes them', () => {
    const { logstash, _meta } = inventoryOf(['kafka', 'logstash'])
    expect(logstash.hosts).to.deep.equal(['logstash01', 'logstash02'])
    expect(logstash.vars).to.include({ ops_service: 'logstash', logstash_consumer_threads: 8 })
    expect(_meta.hostvars.logstash02).to.deep.equal({
      ansible_host: '127.0.9.72',
      logstash_settings_file: '/nodes/logstash02/config/settings.json',
    })
  })
})
