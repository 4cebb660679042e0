// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

/** One pattern for each source of the platform; each has one index a day. */
export const platformPatterns = 'crm.app-*,erp.app-*,eks.payment-*,eks.order-*,nginx.access-*,mysql.log-*'

export const params = z.strictObject({
  repository: z
    .string()
    .min(1)
    .default('elk_backup')
    .meta({ title: 'name' })
    .describe('The repository that takes it'),
  indices: z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be names or patterns with commas between them')
    .default(platformPatterns)
    .meta({ title: 'patterns' })
    .describe('Indices to take, * allowed (default: those of every source of the platform)'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be of small letters, digits, dots, dashes and underscores')
    .optional()
    .meta({ title: 'name' })
    .describe('Of the snapshot (default: daily_ and the day, with the time where the day has one already)'),
  reason: z
    .string()
    .min(1)
    .default('asked for by hand')
    .meta({ title: 'text' })
    .describe('Why it is taken; kept with the snapshot'),
  globalState: z
    .boolean()
    .default(false)
    .describe('Take cluster settings and templates too; restoring them replaces those that are there'),
  readBack: z
    .boolean()
    .default(false)
    .describe('Read every file of the snapshot afterwards and compare its checksum, not only its length'),
  stall: duration
    .default('15m')
    .describe('How long no byte and no shard may come nearer before the run stops'),
})

export type SnapshotParams = z.infer<typeof params>

export const patternsIn = ({ indices }: Pick<SnapshotParams, 'indices'>): readonly string[] =>
  indices.split(',')
