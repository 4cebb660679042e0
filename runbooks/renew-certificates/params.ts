// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration, hostPattern } from '#sdk'

export const params = z.strictObject({
  hosts: hostPattern.optional().describe('Only these hosts (Ansible host pattern)'),
  days: z
    .number()
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe('Certificates that end within so many days are renewed'),
  giveUp: duration.default('2m').describe('How long a server may take to serve its new certificate'),
})

export type RenewParams = z.infer<typeof params>
