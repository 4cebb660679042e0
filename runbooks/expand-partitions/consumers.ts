// Consumers that ops can stop and start: the hosts of the inventory's group `logstash`, by the consumer group they read in. Pure.
import { z } from 'zod'
import type { InventoryHost } from '#sdk'
import { parseVars } from './host-vars.ts'

/** Where a group begins in a partition in which it has no offset. */
export type Reset = 'latest' | 'earliest' | 'none'

export interface Fleet {
  /** The consumer group. */
  readonly group: string
  /** Of the service, for service_control. */
  readonly service: string
  readonly hosts: readonly string[]
  /** Threads of each instance as the inventory has them; each is a member of the group. */
  readonly threads: number
  readonly reset: Reset
  /** Topics that it reads; empty where the inventory does not say. */
  readonly topics: readonly string[]
}

/** Defaults are those of the platform. */
const consumerVars = z.object({
  ops_service: z.string().default('logstash'),
  logstash_group_id: z.string().default('logstash'),
  logstash_consumer_threads: z.coerce.number().int().positive().default(8),
  logstash_auto_offset_reset: z.enum(['latest', 'earliest', 'none']).default('latest'),
  logstash_topics: z.array(z.string()).default([]),
})

/** @throws OpsError INVENTORY_INVALID */
export function readFleets(hosts: readonly InventoryHost[]): readonly Fleet[] {
  const own = hosts.filter(({ groups }) => groups.includes('logstash'))
  const read = own.map(host => ({ name: host.name, vars: parseVars(host, consumerVars) }))
  return [...Map.groupBy(read, ({ vars }) => vars.logstash_group_id)].map(([group, members]) => ({
    group,
    service: members[0]?.vars.ops_service ?? 'logstash',
    hosts: members.map(({ name }) => name),
    threads: Math.max(...members.map(({ vars }) => vars.logstash_consumer_threads)),
    // One instance that begins at the end is enough to skip records.
    reset:
      (['none', 'latest', 'earliest'] as const).find(reset =>
        members.some(({ vars }) => vars.logstash_auto_offset_reset === reset),
      ) ?? 'latest',
    topics: [...new Set(members.flatMap(({ vars }) => vars.logstash_topics))].sort(),
  }))
}
