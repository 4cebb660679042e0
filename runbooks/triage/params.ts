// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'

export const params = z.strictObject({
  evidence: z
    .string()
    .min(1)
    .meta({ title: 'file' })
    .optional()
    .describe('Write everything that was read to this new file, as JSON, for the post-mortem'),
  failOn: z
    .enum(['never', 'yellow', 'red'])
    .default('never')
    .describe('End with exit 1 where the cluster is as bad as this'),
})

export type TriageParams = z.infer<typeof params>
