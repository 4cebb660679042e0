// What a member of the shipper is told, in its files: member.json, which the lab writes, settings.json and, in a lab with Vault,
// credentials.json, which an operator or a playbook may change; all are read at every start.
import { z } from 'zod'
import { kafkaAccess } from '../kafka/access.ts'
import { offsetResets } from '../state.ts'

export const consumerGroup = 'logstash'
export const consumerThreads = 8

const elasticsearchSink = z.object({
  kind: z.literal('elasticsearch'),
  urls: z.array(z.string()),
  caFile: z.string(),
  login: z.union([
    z.object({ username: z.string(), passwordFile: z.string() }),
    z.object({ credentialsFile: z.string() }),
  ]),
})
const fileSink = z.object({ kind: z.literal('file'), file: z.string() })

export const memberConfig = z.object({
  name: z.string(),
  access: kafkaAccess,
  topic: z.string(),
  group: z.string(),
  sink: z.discriminatedUnion('kind', [elasticsearchSink, fileSink]),
  /** Where the statistics are served. */
  address: z.string(),
  port: z.number(),
})
export type MemberConfig = z.infer<typeof memberConfig>
export type SinkConfig = MemberConfig['sink']

/** credentials.json */
export const shipperCredentials = z.object({ username: z.string().min(1), password: z.string().min(1) })
export type ShipperCredentials = z.infer<typeof shipperCredentials>

/** By the names that Logstash's Kafka input has for them; `sink_delay_ms` makes the sink slow. */
export const shipperSettings = z.object({
  consumer_threads: z.number().int().min(1).max(64).default(consumerThreads),
  auto_offset_reset: z.enum(offsetResets).default('latest'),
  metadata_max_age_ms: z.number().int().positive().default(300_000),
  session_timeout_ms: z.number().int().positive().default(10_000),
  max_poll_records: z.number().int().positive().default(1000),
  sink_delay_ms: z.number().int().nonnegative().default(0),
})
export type ShipperSettings = z.infer<typeof shipperSettings>
