// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

const mostPartitions = 10_000
const mostThreads = 256

export const params = z.strictObject({
  topic: z.string().min(1).meta({ title: 'topic' }).describe('The topic that gets more partitions'),
  to: z.number().int().min(2).max(mostPartitions).describe('How many partitions it has afterwards'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(mostThreads)
    .optional()
    .describe('Consumer threads of each instance afterwards (default: as many more as there are partitions)'),
  earliest: z
    .string()
    .optional()
    .meta({ title: 'groups' })
    .describe('Comma list of groups that are known to run with auto.offset.reset=earliest'),
  settle: duration
    .default('10m')
    .describe('How long producers may take to write to every partition, and consumers to catch up'),
  giveUp: duration.default('5m').describe('How long a group may take to be stable before the run stops'),
})

export type ExpandParams = z.infer<typeof params>
