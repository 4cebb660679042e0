// Settings of topics and brokers with the level each value comes from. A broker's own are known to that broker alone.
import { z } from 'zod'
import type { Broker, ConfigEntry, ConfigSource, Configs } from '../../ports/kafka.ts'
import type { Call } from './call.ts'
import { refusedWith } from './errors.ts'
import type { Pool } from './pool.ts'

const answer = z.object({
  results: z.array(
    z.object({
      errorCode: z.number(),
      errorMessage: z.string().nullable(),
      resourceName: z.string(),
      configs: z.array(
        z.object({
          name: z.string(),
          value: z.string().nullable(),
          configSource: z.number(),
          isSensitive: z.boolean(),
        }),
      ),
    }),
  ),
})

export const resourceTypes = { topic: 2, broker: 4 } as const
export type ResourceType = keyof typeof resourceTypes

const sources: Readonly<Record<number, ConfigSource>> = {
  1: 'topic',
  2: 'dynamic-broker',
  3: 'dynamic-default',
  4: 'static',
  5: 'default',
}
export const unknownTopic = 3

/** `name: null` for all settings. */
export function describeCall(
  type: ResourceType,
  resources: readonly string[],
  name: string | null,
): Call<typeof answer> {
  return {
    name: 'DescribeConfigs',
    api: wires => wires.describeConfigsV4.api,
    args: [
      resources.map(resourceName => ({
        resourceType: resourceTypes[type],
        resourceName,
        configurationKeys: name === null ? null : [name],
      })),
      false,
      false,
    ],
    schema: answer,
  }
}

/** By resource; topics that are not there are left out where `skipUnknown`. */
export async function toConfigs(
  { results }: z.output<typeof answer>,
  { skipUnknown = false } = {},
): Promise<ReadonlyMap<string, Configs>> {
  const found = new Map<string, Configs>()
  for (const { errorCode, errorMessage, resourceName, configs } of results) {
    if (errorCode === unknownTopic && skipUnknown) continue
    if (errorCode !== 0)
      throw await refusedWith(`the settings of ${resourceName}`, { code: errorCode, text: errorMessage })
    const entries = configs.map(({ name, value, configSource, isSensitive }): [string, ConfigEntry] => [
      name,
      { value: isSensitive ? null : value, source: sources[configSource] ?? 'other' },
    ])
    found.set(resourceName, new Map(entries))
  }
  return found
}

/** Names in one request: an answer holds some forty settings a topic. */
const mostTopics = 200

export async function readTopicConfigs(
  pool: Pool,
  topics: readonly string[],
): Promise<ReadonlyMap<string, Configs>> {
  const found = new Map<string, Configs>()
  for (let at = 0; at < topics.length; at += mostTopics) {
    const call = describeCall('topic', topics.slice(at, at + mostTopics), null)
    for (const [name, configs] of await toConfigs(await pool.read(call))) found.set(name, configs)
  }
  return found
}

export async function readBrokerConfigs(
  pool: Pool,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Configs>> {
  const found = await Promise.all(
    (await pick(pool, ids)).map(async broker => {
      const answered = await pool.ask(broker, describeCall('broker', [String(broker.id)], null))
      const configs = answered === null ? undefined : (await toConfigs(answered)).get(String(broker.id))
      return configs === undefined ? [] : [[broker.id, configs] as const]
    }),
  )
  return new Map(found.flat())
}

/** Those of these brokers that are registered. */
export async function pick(pool: Pool, ids: readonly number[]): Promise<readonly Broker[]> {
  if (ids.length === 0) return []
  return (await pool.brokers()).brokers.filter(({ id }) => ids.includes(id))
}
