// Everything that gates and plan look at, read once. Reads only.
import {
  type Configs,
  type KafkaEndpointAnswer,
  type KafkaIdentity,
  type Leftover,
  type LogDir,
  type Look,
  OpsError,
  type PartitionState,
  type Reassignment,
} from '#sdk'
import { type NamedBroker, readBrokers } from './brokers.ts'
import { namesIn, type ReassignParams } from './params.ts'

export interface ReassignFacts {
  readonly inventory: { readonly clusterId: string | null; readonly brokers: readonly NamedBroker[] }
  readonly identity: KafkaIdentity
  readonly endpoints: readonly KafkaEndpointAnswer[]
  readonly partitions: readonly PartitionState[]
  readonly reassignments: readonly Reassignment[]
  /** Two readings, `gapMs` apart, so that growth can be told. */
  readonly logDirs: readonly [readonly LogDir[], readonly LogDir[]]
  readonly gapMs: number
  readonly topicConfigs: ReadonlyMap<string, Configs>
  readonly brokerConfigs: ReadonlyMap<number, Configs>
  readonly leftovers: readonly Leftover[]
}

const readingGapMs = 5000

export async function lookAtKafka(look: Look, params: ReassignParams): Promise<ReassignFacts> {
  const { kafka, clock } = look
  const { hosts } = await look.ansible.inventory()
  const brokers = readBrokers(hosts)
  checkNames(brokers, [...namesIn(params.add), ...namesIn(params.drain)])
  const identity = await kafka.identity()
  const ids = identity.brokers.map(({ id }) => id)
  const first = await kafka.logDirs(ids)
  const readMs = clock.monotonicMs()
  const [endpoints, partitions, reassignments, brokerConfigs] = await Promise.all([
    kafka.endpoints(),
    kafka.partitions(),
    kafka.reassignments(),
    kafka.brokerConfigs(ids),
  ])
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const topicConfigs = await kafka.topicConfigs(topics)
  const leftMs = readingGapMs - (clock.monotonicMs() - readMs)
  if (leftMs > 0) await clock.sleep(leftMs)
  const second = await kafka.logDirs(ids)
  return {
    inventory: { clusterId: clusterIdOf(hosts), brokers },
    ...{ identity, endpoints, partitions, reassignments, topicConfigs, brokerConfigs },
    logDirs: [first, second],
    gapMs: clock.monotonicMs() - readMs,
    leftovers: await look.leftovers(),
  }
}

function checkNames(brokers: readonly NamedBroker[], wanted: readonly string[]): void {
  const known = brokers.map(({ name }) => name)
  const unknown = wanted.filter(name => !known.includes(name))
  if (unknown.length === 0) return
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: `no broker of the inventory is called ${unknown.join(' or ')}`,
    hint: `brokers: ${known.join(', ')}`,
  })
}

function clusterIdOf(hosts: Awaited<ReturnType<Look['ansible']['inventory']>>['hosts']): string | null {
  const id = hosts.find(({ groups }) => groups.includes('kafka'))?.vars.kafka_cluster_id
  return typeof id === 'string' && id !== '' ? id : null
}
