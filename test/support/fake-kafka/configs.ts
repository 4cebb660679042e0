// Settings of topics and brokers with their sources, and the kinds that a run may change for a while. Incremental only: what
// is not named stays.
import { OpsError } from '../../../src/errors/index.ts'
import type { Json } from '../../../src/ports/json.ts'
import type { ConfigEntry, Configs } from '../../../src/ports/kafka.ts'
import type { SettingAddress } from '../../../src/ports/settings.ts'
import { setValue } from './actions.ts'
import { rejected } from './refuse.ts'
import type { FakeBroker, FakeState, FakeTopic } from './state.ts'

const topicDefaults: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'min.insync.replicas': '1',
  'unclean.leader.election.enable': 'false',
  'max.message.bytes': '1048588',
  'segment.bytes': '1073741824',
  'leader.replication.throttled.replicas': '',
  'follower.replication.throttled.replicas': '',
}

const brokerDefaults: Readonly<Record<string, string>> = {
  'controlled.shutdown.enable': 'true',
  'unclean.leader.election.enable': 'false',
  'auto.leader.rebalance.enable': 'true',
  'min.insync.replicas': '1',
  'num.partitions': '1',
  'default.replication.factor': '1',
  'replica.lag.time.max.ms': '30000',
  'num.recovery.threads.per.data.dir': '1',
}

/** Broker settings that can be changed while it runs, beside those that topics inherit. */
const dynamicNames = [
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'num.io.threads',
  'log.retention.ms',
]

const all = (source: ConfigEntry['source'], values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]): [string, ConfigEntry] => [name, { value, source }])

export function readTopicConfigs({ brokers }: FakeState, { configs }: FakeTopic): Configs {
  const inherited = Object.entries(brokers[0]?.static ?? {}).filter(([name]) => name in topicDefaults)
  return new Map([
    ...all('default', topicDefaults),
    ...all('static', Object.fromEntries(inherited)),
    ...all('topic', configs),
  ])
}

export function readBrokerConfigs(broker: FakeBroker): Configs {
  return new Map([
    ...all('default', { ...brokerDefaults, 'broker.id': String(broker.id) }),
    ...all('static', { ...broker.static, 'log.dirs': broker.dirs.map(({ path }) => path).join(',') }),
    ...all('dynamic-broker', broker.dynamic),
  ])
}

export function readSetting(
  state: FakeState,
  { kind, name }: SettingAddress,
  targets: readonly string[],
): ReadonlyMap<string, Json> {
  const found = targets.flatMap((target): [string, Json][] => {
    const values = valuesOf(state, kind, target)
    return values === null ? [] : [[target, values[name] ?? null]]
  })
  return new Map(found)
}

export function writeSetting(
  state: FakeState,
  { kind, name }: SettingAddress,
  targets: readonly string[],
  value: Json,
): void {
  const found = targets.map(target => valuesOf(state, kind, target)).filter(values => values !== null)
  const known = kind === 'kafka.topic' ? name in topicDefaults : dynamicNames.includes(name)
  if (!known && found.length > 0)
    throw rejected(
      `${name} is no ${kind === 'kafka.topic' ? 'topic' : 'dynamic broker'} setting (INVALID_CONFIG)`,
    )
  for (const values of found) setValue(values, name, value === null ? null : String(value))
}

/** `null` where there is no such target. */
function valuesOf(state: FakeState, kind: string, target: string): Record<string, string> | null {
  if (kind === 'kafka.topic') return state.topics.find(({ name }) => name === target)?.configs ?? null
  if (kind !== 'kafka.broker')
    throw new OpsError('BUG', { message: `Kafka has no settings of the kind ${kind}` })
  if (!/^\d+$/.test(target)) throw new OpsError('BUG', { message: `"${target}" is no broker id` })
  const broker = state.brokers.find(({ id }) => id === Number(target))
  if (broker === undefined) return null
  if (broker.registered && broker.running) return broker.dynamic
  // Only the broker itself tells and takes its settings, and it will be back with what it has.
  throw new OpsError('CLUSTER_UNREACHABLE', { message: `broker ${target} is away, and only it knows` })
}
