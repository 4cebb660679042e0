// The kinds of settings that a run may change for a while. Only ever one setting by its name (IncrementalAlterConfigs): the
// older AlterConfigs, which is what kafkajs has, replaces all the others by their defaults.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Json } from '../../ports/json.ts'
import type { Broker } from '../../ports/kafka.ts'
import type { SettingAddress, SettingsPort } from '../../ports/settings.ts'
import type { Call } from './call.ts'
import { describeCall, pick, type ResourceType, resourceTypes, toConfigs, unknownTopic } from './configs.ts'
import { nameCode, refused, unknownOutcome } from './errors.ts'
import type { Pool } from './pool.ts'
import { until } from './until.ts'
import { loadWires } from './vendor.ts'

type Values = ReadonlyMap<string, Json>

export function openSettings(pool: Pool): SettingsPort {
  return {
    async read(address, targets) {
      const { read } = choose(address)
      return targets.length === 0 ? new Map() : read(pool, address.name, targets)
    },
    async write(address, targets, value) {
      const { write } = choose(address)
      if (targets.length > 0) await write(pool, address.name, targets, value === null ? null : String(value))
    },
  }
}

interface Kind {
  readonly read: (pool: Pool, name: string, targets: readonly string[]) => Promise<Values>
  readonly write: (
    pool: Pool,
    name: string,
    targets: readonly string[],
    value: string | null,
  ) => Promise<void>
}

const kinds = {
  /** Targets: topics. */
  'kafka.topic': { read: readTopics, write: writeTopics },
  /** Targets: broker ids. One that is away makes an error: only it knows its settings, and it will be back with them. */
  'kafka.broker': { read: readBrokers, write: writeBrokers },
} as const satisfies Record<string, Kind>

function choose({ kind }: SettingAddress): Kind {
  if (kind in kinds) return kinds[kind as keyof typeof kinds]
  throw new OpsError('BUG', { message: `Kafka has no settings of the kind ${kind}` })
}

async function readTopics(pool: Pool, name: string, topics: readonly string[]): Promise<Values> {
  const found = await toConfigs(await pool.read(describeCall('topic', topics, name)), { skipUnknown: true })
  return ownValues(found, name, 'topic')
}

/** What is set at this level and no other; `null` where nothing is. */
function ownValues(
  found: Awaited<ReturnType<typeof toConfigs>>,
  name: string,
  level: 'topic' | 'dynamic-broker',
): Values {
  const values = [...found].map(([target, configs]): [string, Json] => {
    const entry = configs.get(name)
    return [target, entry?.source === level ? entry.value : null]
  })
  return new Map(values)
}

async function readBrokers(pool: Pool, name: string, targets: readonly string[]): Promise<Values> {
  const found = await Promise.all(
    (await listBrokers(pool, targets)).map(broker => readBroker(pool, broker, name)),
  )
  return new Map(found.flatMap(values => [...values]))
}

async function readBroker(pool: Pool, broker: Broker, name: string): Promise<Values> {
  const answered = await pool.ask(broker, describeCall('broker', [String(broker.id)], name))
  if (answered === null) throw away(broker.id)
  return ownValues(await toConfigs(answered), name, 'dynamic-broker')
}

/** @throws OpsError CLUSTER_UNREACHABLE where one of them is away and the inventory has it */
async function listBrokers(pool: Pool, targets: readonly string[]): Promise<readonly Broker[]> {
  const ids = targets.map(toId)
  const there = await pick(pool, ids)
  const expected = pool.options.endpoints.map(({ nodeId }) => nodeId)
  const missing = ids.find(id => expected.includes(id) && !there.some(broker => broker.id === id))
  if (missing !== undefined) throw away(missing)
  return there
}

/** The empty name would change the default of every broker. */
function toId(target: string): number {
  if (/^\d+$/.test(target)) return Number(target)
  throw new OpsError('BUG', { message: `"${target}" is no broker id` })
}

const away = (id: number): OpsError =>
  new OpsError('CLUSTER_UNREACHABLE', {
    message: `broker ${id} is away, and only it knows and takes its settings`,
    hint: 'start it, or take it out of the inventory where it is gone for good',
  })

const alterAnswer = z.object({
  responses: z.array(
    z.object({ errorCode: z.number(), errorMessage: z.string().nullable(), resourceName: z.string() }),
  ),
})
const operations = { set: 0, delete: 1 } as const

function alterCall(
  type: ResourceType,
  resources: readonly string[],
  name: string,
  value: string | null,
): Call<typeof alterAnswer> {
  const configOperation = value === null ? operations.delete : operations.set
  return {
    name: 'IncrementalAlterConfigs',
    api: wires => wires.incrementalAlterConfigsV1.api,
    args: [
      resources.map(resourceName => ({
        resourceType: resourceTypes[type],
        resourceName,
        configs: [{ name, configOperation, value }],
      })),
      false,
    ],
    schema: alterAnswer,
    slow: true,
  }
}

/** @throws OpsError that names what was refused; what the answer accepts is set */
async function checkAltered(
  { responses }: z.output<typeof alterAnswer>,
  what: string,
): Promise<readonly string[]> {
  const bad = responses.filter(({ errorCode }) => errorCode !== 0 && errorCode !== unknownTopic)
  const [first] = bad
  if (first !== undefined) {
    const names = bad.map(({ resourceName }) => resourceName).join(', ')
    const code = nameCode(await loadWires(), first.errorCode)
    throw refused(`${what} of ${names} was left as it is`, code, first.errorMessage)
  }
  return responses.filter(({ errorCode }) => errorCode === 0).map(({ resourceName }) => resourceName)
}

async function writeTopics(
  pool: Pool,
  name: string,
  topics: readonly string[],
  value: string | null,
): Promise<void> {
  const set = await checkAltered(await pool.write(alterCall('topic', topics, name, value)), name)
  if (set.length === 0) return
  // Every broker that answers must have heard of it: throttles are kept by each of them.
  for (const broker of (await pool.brokers()).brokers) {
    await confirm(name, value, async () => {
      const answered = await pool.ask(broker, describeCall('topic', set, name))
      return answered === null
        ? null
        : ownValues(await toConfigs(answered, { skipUnknown: true }), name, 'topic')
    })
  }
}

async function writeBrokers(
  pool: Pool,
  name: string,
  targets: readonly string[],
  value: string | null,
): Promise<void> {
  for (const broker of await listBrokers(pool, targets)) {
    const answered = await pool.tell(broker, alterCall('broker', [String(broker.id)], name, value))
    await checkAltered(answered, name)
    await confirm(name, value, () => readBroker(pool, broker, name))
  }
}

/** Brokers hear of a change a moment after the controllers have taken it. `null`: there is nobody to ask. */
async function confirm(
  name: string,
  value: string | null,
  read: () => Promise<Values | null>,
): Promise<void> {
  const isSet = (found: Json): boolean =>
    value === null ? found === null : String(found).replaceAll(' ', '') === value.replaceAll(' ', '')
  const done = await until(async () => {
    const found = await read()
    return found === null || [...found.values()].every(isSet)
  })
  if (!done) throw unknownOutcome(`${name} = ${value}`, 'the controllers', 'a broker has not heard of it yet')
}
