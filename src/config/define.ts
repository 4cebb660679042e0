// ops.config.ts: policies of one checkout, typed by `defineConfig`. Every field has a default; a missing file is fine.
import { z } from 'zod'
import { OpsError } from '../errors/index.ts'

export const configShape = z.strictObject({
  approvals: z
    .strictObject({
      /** Minutes for which an approval counts once it is given. */
      minutes: z.number().positive().default(30),
      /** Whether a person may approve what he or she asked for. */
      selfApproval: z.boolean().default(false),
    })
    .prefault({}),
})

export type Config = z.output<typeof configShape>

/** Checks the types of a config where it is written. */
export const defineConfig = (config: z.input<typeof configShape>): z.input<typeof configShape> => config

/** @throws OpsError CONFIG_INVALID naming the field */
export function parseConfig(value: unknown, file: string): Config {
  const parsed = configShape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new OpsError('CONFIG_INVALID', {
    message: `${file}: ${issue?.path.join('.') || 'the config'}: ${issue?.message}`,
    hint: 'see src/config/define.ts for every field',
  })
}
