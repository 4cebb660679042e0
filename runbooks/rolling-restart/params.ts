// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { countOrPercent, duration, hostPattern } from '#sdk'

export const params = z.strictObject({
  service: z.enum(['elasticsearch', 'kafka']).default('elasticsearch').describe('Whose nodes are restarted'),
  limit: hostPattern.optional().describe('Only these hosts, as an Ansible host pattern'),
  serial: z.boolean().default(false).describe('One node at a time, whatever the planner allows'),
  maxUnavailable: countOrPercent
    .optional()
    .describe('Nodes of one data or coordinating tier that may be down at once (default: hot 1, others 34%)'),
  soak: duration.default('3s').describe('How long a restarted node is watched before it counts as done'),
  giveUp: duration.default('15m').describe('How long a node may take to come back before the run stops'),
  stall: duration.default('10m').describe('How long a recovery may show no progress before the run stops'),
  protectZeroReplicas: z
    .boolean()
    .default(false)
    .describe('Give indices without replicas one replica for the length of the run'),
  critical: z
    .string()
    .optional()
    .describe('Comma list of index patterns whose shards keep two copies up where they have three'),
  hold: z
    .enum(['auto', 'shutdown-api', 'index-delay', 'primaries'])
    .default('auto')
    .describe('How the cluster is kept from copying shards of a node that is away'),
  during: z
    .enum(['min-insync=1'])
    .optional()
    .describe('Kafka: topics that would refuse writes accept them with one copy for the length of the run'),
  acceptStall: z
    .boolean()
    .default(false)
    .describe('Kafka: partitions may refuse writes while one of their brokers is away'),
})

export type RestartParams = z.infer<typeof params>
