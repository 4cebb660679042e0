// Every answer passes through a schema here before anything else sees it. Unknown fields are dropped, never an error: newer versions add
// some. What does not fit is told by its place and never by its content, which may be a secret.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Call } from './client.ts'
import { nameCall } from './errors.ts'

export function parse<S extends z.ZodType>(schema: S, call: Call, body: unknown): z.output<S> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new OpsError('VAULT_REJECTED', {
    message: `${nameCall(call)} was answered in a form that ops does not know, at ${issue?.path.join('.') || 'its top'} (${issue?.code})`,
    hint: 'ops is made for Vault 1.12 and newer; check what stands before it',
  })
}

/** As Vault writes them, with nine digits of a second. */
export const time = z.string().transform((text, context) => {
  const ms = Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  context.addIssue({ code: 'custom', message: 'no time' })
  return z.NEVER
})

/** `''` and the first day of the first year say that there is none. */
export const timeOrNone = z
  .string()
  .nullish()
  .transform(text => (text == null || text === '' || text.startsWith('0001-') ? null : Date.parse(text)))
