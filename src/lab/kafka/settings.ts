// The text of a broker's server.properties. Pure; no secret is in it. The numbers are the platform's where a small machine can
// bear them.
import {
  isController,
  type KafkaSecurity,
  kafkaControllerPort,
  kafkaInternalPort,
  kafkaPort,
  type LabNode,
  numberOf,
} from '../layout.ts'

export interface BrokerSettings {
  readonly node: LabNode
  readonly nodes: readonly LabNode[]
  readonly dataDir: string
  readonly configDir: string
  readonly security: KafkaSecurity
  readonly replicationFactor: number
}

/** The certificate that the lab's own administration shows; it may do everything. */
export const administrator = 'ops-lab'
/** Users with passwords that may do everything; any other user that is known may do nothing. */
export const superUsers = ['ops', 'loader'] as const
const racks = 3
/** The fourth broker stands beside the first, and so on. */
export const rackOf = (node: LabNode): string => `az-${((numberOf(node) - 1) % racks) + 1}`
/** Internal topics have one copy in each rack, like those that Kafka places by itself. */
const internalCopies = racks

export function renderBrokerSettings(of: BrokerSettings): string {
  const settings = {
    ...identity(of),
    ...listeners(of),
    ...numbers(of),
    ...(of.security === 'plaintext' ? {} : certificates(of)),
    ...(of.security === 'sasl_tls' ? users(of) : {}),
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

const identity = ({ node, nodes, dataDir }: BrokerSettings) => ({
  'process.roles': node.roles.join(','),
  'node.id': numberOf(node),
  'broker.rack': rackOf(node),
  'log.dirs': dataDir,
  'controller.quorum.voters': nodes
    .filter(isController)
    .map(one => `${numberOf(one)}@${one.address}:${kafkaControllerPort}`)
    .join(','),
})

const clientProtocol = { plaintext: 'PLAINTEXT', tls: 'SSL', sasl_tls: 'SASL_SSL' } as const

function listeners({ node, security }: BrokerSettings) {
  const { address } = node
  const secure = security !== 'plaintext'
  const served = [
    `CLIENT://${address}:${kafkaPort}`,
    ...(secure ? [`INTERNAL://${address}:${kafkaInternalPort}`] : []),
  ]
  const among = secure ? 'SSL' : 'PLAINTEXT'
  return {
    listeners: [
      ...served,
      ...(isController(node) ? [`CONTROLLER://${address}:${kafkaControllerPort}`] : []),
    ].join(','),
    'advertised.listeners': served.join(','),
    'inter.broker.listener.name': secure ? 'INTERNAL' : 'CLIENT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `CLIENT:${clientProtocol[security]},INTERNAL:${among},CONTROLLER:${among}`,
  }
}

const numbers = ({ replicationFactor }: BrokerSettings) => ({
  'num.partitions': 16,
  'default.replication.factor': replicationFactor,
  'min.insync.replicas': 2,
  'log.retention.hours': 24,
  'message.max.bytes': 10_485_760,
  'replica.fetch.max.bytes': 10_485_760,
  'compression.type': 'gzip',
  'auto.create.topics.enable': false,
  'unclean.leader.election.enable': false,
  // Whoever restarts a broker gives it its leaders back; the broker's own timer would race with that.
  'auto.leader.rebalance.enable': false,
  'offsets.topic.replication.factor': internalCopies,
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.replication.factor': internalCopies,
  'transaction.state.log.min.isr': 2,
  'transaction.state.log.num.partitions': 3,
  // The disk of a small machine keeps a leader of the controllers waiting for seconds, and that is no reason to elect another.
  'controller.quorum.fetch.timeout.ms': 5000,
  'group.initial.rebalance.delay.ms': 500,
  'num.network.threads': 2,
  'num.io.threads': 2,
  'background.threads': 2,
  'num.recovery.threads.per.data.dir': 1,
  // With its usual buffer the cleaner has no room in a small heap, and the broker dies at its start.
  'log.cleaner.dedupe.buffer.size': 4_194_304,
})

const certificates = ({ configDir }: BrokerSettings) => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': `${configDir}/keystore.pem`,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': `${configDir}/ca.crt`,
  'listener.name.internal.ssl.client.auth': 'required',
  'listener.name.controller.ssl.client.auth': 'required',
  'listener.name.client.ssl.client.auth': 'none',
})

const users = ({ nodes }: BrokerSettings) => ({
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  'super.users': [...nodes.map(node => `CN=${node.name}`), `CN=${administrator}`, ...superUsers]
    .map(name => `User:${name}`)
    .join(';'),
})

/** All that a broker says goes to its output, which the service verbs read. */
export const brokerLogging = `log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
# Every setting once more at each start.
log4j.logger.kafka.server.KafkaConfig=WARN
log4j.logger.org.apache.kafka.common.config.AbstractConfig=WARN
`
