// Everything that gates and plan of a Kafka restart look at, read once. Reads only.
import {
  type Configs,
  type ConsumerGroup,
  type KafkaEndpointAnswer,
  type KafkaIdentity,
  type Leftover,
  type LogDir,
  type Look,
  OpsError,
  type PartitionState,
  type Quorum,
  type Reassignment,
  sayOutcome,
} from '#sdk'
import { beginLagReading, dependsOnGap, type LagReadings } from '../consumer-lag.ts'
import type { RestartParams } from '../params.ts'
import { brokersOf, type InventoryBroker } from './brokers.ts'

/** What `kafka_lint.yml` found on one host. */
export interface BrokerLint {
  readonly host: string
  readonly errors: readonly string[]
  /** Process of the service; `null` where it does not run, or is not known. */
  readonly pid: number | null
}

export interface KafkaFacts {
  readonly inventory: { readonly clusterId: string | null; readonly brokers: readonly InventoryBroker[] }
  /** Names of the brokers to restart. */
  readonly targets: readonly string[]
  readonly identity: KafkaIdentity
  readonly endpoints: readonly KafkaEndpointAnswer[]
  readonly quorum: Quorum
  readonly partitions: readonly PartitionState[]
  /** By topic. */
  readonly topics: ReadonlyMap<string, Configs>
  /** By broker id. */
  readonly brokers: ReadonlyMap<number, Configs>
  readonly logDirs: readonly LogDir[]
  readonly groups: readonly ConsumerGroup[]
  readonly reassignments: readonly Reassignment[]
  /** `gapMs` apart, where that matters. */
  readonly lags: LagReadings
  readonly lint: readonly BrokerLint[]
  readonly leftovers: readonly Leftover[]
  readonly secondsPerBroker: number | null
}

const gapMs = 3000
const lintStallMs = 120_000

export async function lookAtKafka(look: Look, params: RestartParams): Promise<KafkaFacts> {
  const { kafka } = look
  const { inventory, targets } = await chooseTargets(look, params)
  // Takes longest, so it goes on beside everything else.
  const linting = lintHosts(look, targets)
  linting.catch(() => {})
  const readingLags = readLagsTwice(look)
  readingLags.catch(() => {})
  const identity = await kafka.identity()
  const ids = identity.brokers.map(({ id }) => id)
  const readingTopics = async () => {
    const partitions = await kafka.partitions()
    const topics = await kafka.topicConfigs([...new Set(partitions.map(({ topic }) => topic))])
    return { partitions, topics }
  }
  const [endpoints, quorum, { partitions, topics }, groups, reassignments, brokers, logDirs] =
    await Promise.all([
      kafka.endpoints(),
      kafka.quorum(),
      readingTopics(),
      kafka.groups(),
      kafka.reassignments(),
      kafka.brokerConfigs(ids),
      kafka.logDirs(ids),
    ])
  const [lags, lint, leftovers, secondsPerBroker] = await Promise.all([
    readingLags,
    linting,
    look.leftovers(),
    look.history('.recovered'),
  ])
  return {
    inventory,
    targets,
    identity,
    endpoints,
    quorum,
    partitions,
    topics,
    brokers,
    logDirs,
    groups,
    reassignments,
    lags,
    lint,
    leftovers,
    secondsPerBroker,
  }
}

/** Apart by `gapMs` only where a group is so far behind that the time between them could matter. */
async function readLagsTwice(look: Look): Promise<LagReadings> {
  const readAgain = await beginLagReading(look)
  const readMs = look.clock.monotonicMs()
  const lags = await readAgain()
  const gapLeftMs = gapMs - (look.clock.monotonicMs() - readMs)
  if (gapLeftMs <= 0 || !dependsOnGap(lags)) return lags
  await look.clock.sleep(gapLeftMs)
  return readAgain()
}

async function chooseTargets({ ansible }: Look, { limit }: RestartParams) {
  const { hosts, source } = await ansible.inventory()
  const brokers = brokersOf(hosts)
  if (brokers.length === 0) {
    throw new OpsError('INVENTORY_INVALID', {
      message: `inventory ${source} has no host in the group kafka`,
      hint: 'put the brokers into that group, or choose another inventory with -i',
    })
  }
  const chosen = limit === undefined ? null : new Set(await ansible.matchHosts(limit))
  const targets = brokers.map(({ name }) => name).filter(name => chosen?.has(name) ?? true)
  if (targets.length === 0) {
    throw new OpsError('NO_HOSTS_MATCHED', {
      message: `no host of the group kafka matches ${limit}`,
      hint: `hosts: ${brokers.map(({ name }) => name).join(', ')}`,
    })
  }
  const given = hosts.find(({ groups }) => groups.includes('kafka'))?.vars.kafka_cluster_id
  return { inventory: { clusterId: typeof given === 'string' ? given : null, brokers }, targets }
}

async function lintHosts({ ansible }: Look, hosts: readonly string[]): Promise<readonly BrokerLint[]> {
  const { outcomes, results } = await ansible.play({
    playbook: 'kafka_lint.yml',
    hosts,
    vars: {},
    stallMs: lintStallMs,
  })
  return hosts.map(host => {
    const result = results.get(host) as { errors?: string[]; pid?: unknown } | undefined
    if (outcomes.get(host)?.state === 'ok' && result !== undefined)
      return { host, errors: result.errors ?? [], pid: Number(result.pid) || null }
    return { host, errors: [sayOutcome(outcomes.get(host))], pid: null }
  })
}
