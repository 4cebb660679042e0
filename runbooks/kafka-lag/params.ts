// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

const mostThreads = 256

export const params = z.strictObject({
  group: z.string().optional().meta({ title: 'group' }).describe('Only this consumer group'),
  topic: z.string().optional().meta({ title: 'topic' }).describe('Only this topic'),
  window: duration.default('20s').describe('How long lag is watched: two looks and one in the middle'),
  alert: z
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe('Records of lag from which on a group is looked into; fewer are looked into where they grow'),
  fix: z.boolean().default(false).describe('Take the step that would help, once somebody else has agreed'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(mostThreads)
    .optional()
    .describe(
      'Where threads would help: how many each instance gets (default: up to one for each partition)',
    ),
  giveUp: duration.default('5m').describe('How long a group may take to be stable after the step'),
})

export type LagParams = z.infer<typeof params>
