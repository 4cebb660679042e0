// What this cluster can do, found out by asking it rather than by its version. Reads only.
import type { Capabilities } from '../../ports/elasticsearch.ts'
import { readMode } from './lifecycle.ts'
import { missingApi } from './parse.ts'
import type { Pool } from './pool.ts'
import { hasShutdownApi } from './shutdown.ts'

export async function readCapabilities(pool: Pool): Promise<Capabilities> {
  const [nodeShutdown, slm, ilm, machineLearning, healthReport] = await Promise.all([
    hasShutdownApi(pool),
    readMode(pool, 'slm'),
    readMode(pool, 'ilm'),
    answers(pool, '/_ml/info'),
    answers(pool, '/_health_report/master_is_stable', { verbose: 'false' }),
  ])
  return { nodeShutdown, slm: slm !== null, ilm: ilm !== null, machineLearning, healthReport }
}

/** 403 counts as missing: a licence without machine learning is answered like that. */
async function answers(pool: Pool, path: string, query: Record<string, string> = {}): Promise<boolean> {
  const { status } = await pool.read({ method: 'GET', path, query, accept: [...missingApi, 403, 404] })
  return status < 400
}
