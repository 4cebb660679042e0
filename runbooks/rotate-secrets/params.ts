// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

export const params = z.strictObject({
  secret: z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be ids with commas between them')
    .optional()
    .meta({ title: 'ids' })
    .describe('Secrets of ops.config.ts to rotate (default: those that are older than they may be)'),
  soak: duration
    .optional()
    .describe('For how long nobody may be seen with the old secret (default: what ops.config.ts says)'),
  leaked: z
    .boolean()
    .default(false)
    .describe('Somebody else has the secret: no soak, and the old one ends at once without asking'),
  canary: duration.default('60s').describe('For how long the first consumer is watched before the others'),
  watch: duration.default('10s').describe('For how long every other consumer is watched'),
  giveUp: duration.default('5m').describe('How long a consumer may take to work with the new secret'),
  trace: z
    .enum(['auto', 'never'])
    .default('auto')
    .describe('Let Elasticsearch log its requests during the soak where nothing else names who is refused'),
})

export type RotateParams = z.infer<typeof params>

/** `null`: nobody has named any. */
export const secretsIn = ({ secret }: Pick<RotateParams, 'secret'>): readonly string[] | null =>
  secret === undefined ? null : [...new Set(secret.split(','))]
