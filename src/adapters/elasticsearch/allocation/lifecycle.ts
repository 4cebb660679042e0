// Lifecycle steps that have failed, begun again. Nothing else about a lifecycle is changed.
import { z } from 'zod'
import { OpsError } from '#errors'
import { chunkNames } from '../chunks.ts'
import { acknowledged } from '../cluster-settings.ts'
import { rejected } from '../errors.ts'
import { isMissing, missingApi, parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

export async function retryLifecycle(pool: Pool, indices: readonly string[]): Promise<void> {
  for (const { path } of chunkNames(indices)) {
    const answer = await pool.write({
      method: 'POST',
      path: `/${path}/_ilm/retry`,
      viaMaster: 'change',
      accept: missingApi,
    })
    if (isMissing(answer))
      throw new OpsError('UNSUPPORTED', {
        message: 'this cluster has no index lifecycle management',
        hint: 'nothing there ages indices: see what deletes them',
      })
    if (answer.status >= 400) throw rejected(answer.request, answer.status, answer.body)
    acknowledged(parse(z.object({ acknowledged: z.boolean() }), answer).acknowledged, 'the lifecycle')
  }
}
