// Every answer passes through a schema here before anything else sees it. Unknown fields are dropped, never an error:
// newer versions add some.
import type { z } from 'zod'
import { OpsError } from '#errors'
import { nameRequest } from './errors.ts'
import type { Answer } from './pool.ts'

export function parse<S extends z.ZodType>(schema: S, { request, body }: Answer): z.output<S> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new OpsError('CLUSTER_REJECTED', {
    message: `${nameRequest(request)} was answered in a form that ops does not know: ${issue?.path.join('.')}: ${issue?.message}`,
    hint: 'ops is made for Elasticsearch 8.10 to 8.19; check the version of the cluster and what stands before it',
  })
}

/** The server has no such API: the module is missing, or another handler took the path. */
export function isMissing({ status, body }: Answer): boolean {
  return status === 405 || (status === 400 && JSON.stringify(body).includes('no handler found'))
}

/** Statuses by which a server says that it lacks an API. */
export const missingApi = [400, 405] as const
