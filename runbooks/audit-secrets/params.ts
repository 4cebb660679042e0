// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'

export const params = z.strictObject({
  days: z
    .number()
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('Certificates that end within so many days are named'),
})

export type AuditParams = z.infer<typeof params>
