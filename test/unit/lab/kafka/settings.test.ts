import { expect } from 'chai'
import { makeClusterId } from '../../../../src/lab/kafka/nodes.ts'
import { renderBrokerSettings } from '../../../../src/lab/kafka/settings.ts'
import { type KafkaSecurity, type LabNode, labNodes } from '../../../../src/lab/layout.ts'

const nodes = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9' })

function render(security: KafkaSecurity, replicationFactor = 2): ReadonlyMap<string, string> {
  return renderFor('kafka02', nodes, security, replicationFactor)
}

function renderFor(
  name: string,
  among: readonly LabNode[],
  security: KafkaSecurity,
  replicationFactor = 2,
): ReadonlyMap<string, string> {
  const node = among.find(one => one.name === name)
  if (!node) throw new Error(`there is no ${name}`)
  const of = { node, nodes: among, dataDir: '/data', configDir: '/config', security, replicationFactor }
  const lines = renderBrokerSettings(of).trim().split('\n')
  return new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

describe('the settings of a broker', () => {
  it('make it a broker and a controller that knows the other two, in a rack of its own', () => {
    const settings = render('plaintext')
    expect(settings.get('process.roles')).to.equal('broker,controller')
    expect(settings.get('node.id')).to.equal('2')
    expect(settings.get('broker.rack')).to.equal('az-2')
    expect(settings.get('controller.quorum.voters')).to.equal(
      '1@127.0.9.61:9093,2@127.0.9.62:9093,3@127.0.9.63:9093',
    )
  })

  it('make a fourth one a broker only, in the rack of the first, and keep the copies at one a rack', () => {
    const six = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9', kafka: { brokers: 6 } })
    const settings = renderFor('kafka04', six, 'plaintext')
    expect(settings.get('process.roles')).to.equal('broker')
    expect(settings.get('broker.rack')).to.equal('az-1')
    expect(settings.get('listeners')).to.equal('CLIENT://127.0.9.64:9092')
    expect(settings.get('controller.listener.names')).to.equal('CONTROLLER')
    expect(settings.get('controller.quorum.voters')).to.equal(
      '1@127.0.9.61:9093,2@127.0.9.62:9093,3@127.0.9.63:9093',
    )
    expect(settings.get('offsets.topic.replication.factor')).to.equal('3')
    expect(renderFor('kafka03', six, 'plaintext').get('broker.rack')).to.equal('az-3')
  })

  it("keep the platform's numbers, and lose nothing in silence", () => {
    const settings = render('plaintext')
    expect(settings.get('default.replication.factor')).to.equal('2')
    expect(settings.get('min.insync.replicas')).to.equal('2')
    expect(settings.get('unclean.leader.election.enable')).to.equal('false')
    expect(settings.get('auto.create.topics.enable')).to.equal('false')
    expect(settings.get('offsets.topic.replication.factor')).to.equal('3')
    expect(render('plaintext', 3).get('default.replication.factor')).to.equal('3')
  })

  it('leave the leader of the controllers alone while its disk takes its time', () => {
    expect(Number(render('plaintext').get('controller.quorum.fetch.timeout.ms'))).to.be.at.least(5000)
  })

  it('fit a small heap', () => {
    expect(render('plaintext').get('log.cleaner.dedupe.buffer.size')).to.equal('4194304')
  })

  it('advertise everything but the controller', () => {
    expect(render('plaintext').get('advertised.listeners')).to.equal('CLIENT://127.0.9.62:9092')
    expect(render('tls').get('advertised.listeners')).to.equal(
      'CLIENT://127.0.9.62:9092,INTERNAL://127.0.9.62:9094',
    )
  })

  it('let brokers and controllers know each other by certificates where clients meet TLS', () => {
    const settings = render('tls')
    expect(settings.get('listener.security.protocol.map')).to.equal('CLIENT:SSL,INTERNAL:SSL,CONTROLLER:SSL')
    expect(settings.get('listener.name.controller.ssl.client.auth')).to.equal('required')
    expect(settings.has('authorizer.class.name')).to.equal(false)
  })

  it('ask clients for a password, and let only the named ones do anything', () => {
    const settings = render('sasl_tls')
    expect(settings.get('listener.security.protocol.map')).to.include('CLIENT:SASL_SSL')
    expect(settings.get('super.users')).to.equal(
      'User:CN=kafka01;User:CN=kafka02;User:CN=kafka03;User:CN=ops-lab;User:ops;User:loader',
    )
    expect(settings.get('allow.everyone.if.no.acl.found')).to.equal('false')
    expect([...settings.values()].join(' ')).not.to.include('password')
  })

  it('belong to a cluster with an id as Kafka makes them', () => {
    for (let number = 0; number < 200; number++) expect(makeClusterId()).to.match(/^[A-Za-z0-9_][\w-]{21}$/)
  })
})
