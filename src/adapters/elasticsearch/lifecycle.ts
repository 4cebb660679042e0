// Snapshot and index lifecycle management: what they are about to do to indices and repositories. Reads only; where the
// cluster lacks a module its part is null.
import { z } from 'zod'
import type { LifecycleState } from '../../ports/elasticsearch.ts'
import { isMissing, missingApi, parse } from './parse.ts'
import type { Pool } from './pool.ts'

type Slm = NonNullable<LifecycleState['slm']>
type Ilm = NonNullable<LifecycleState['ilm']>

export async function readLifecycle(pool: Pool): Promise<LifecycleState> {
  const [slm, ilm] = await Promise.all([readSlm(pool), readIlm(pool)])
  return { slm, ilm }
}

const mode = z.object({ operation_mode: z.string() })

/** The operation mode of a lifecycle module, `null` where the module is missing. */
export async function readMode(pool: Pool, module: 'slm' | 'ilm'): Promise<string | null> {
  const answer = await pool.read({ method: 'GET', path: `/_${module}/status`, accept: missingApi })
  return isMissing(answer) ? null : parse(mode, answer).operation_mode
}

const policies = z.record(
  z.string(),
  z.object({ policy: z.object({ repository: z.string() }), next_execution_millis: z.number() }),
)

async function readSlm(pool: Pool): Promise<Slm | null> {
  const found = await readMode(pool, 'slm')
  if (found === null) return null
  const query = { filter_path: '*.policy.repository,*.next_execution_millis' }
  const answer = await pool.read({ method: 'GET', path: '/_slm/policy', query })
  const nextRuns = Object.entries(parse(policies, answer)).map(([policy, one]) => ({
    policy,
    repository: one.policy.repository,
    atMs: one.next_execution_millis,
  }))
  return { mode: found, nextRuns: nextRuns.sort((a, b) => a.atMs - b.atMs) }
}

const stepInfo = z.object({ reason: z.string().optional(), message: z.string().optional() })
const explained = z.object({
  indices: z
    .record(
      z.string(),
      z.object({
        action: z.string().optional(),
        step: z.string().optional(),
        failed_step: z.string().optional(),
        step_info: stepInfo.optional(),
      }),
    )
    .default({}),
})

/** Actions that move or rewrite whole shards while they run. */
const heavyActions = new Set([
  'shrink',
  'forcemerge',
  'searchable_snapshot',
  'migrate',
  'allocate',
  'downsample',
])

async function readIlm(pool: Pool): Promise<Ilm | null> {
  const found = await readMode(pool, 'ilm')
  if (found === null) return null
  const fields = ['action', 'step', 'failed_step', 'step_info.reason', 'step_info.message']
  const query = { only_managed: 'true', filter_path: fields.map(field => `indices.*.${field}`).join(',') }
  const answer = await pool.read({ method: 'GET', path: '/*/_ilm/explain', query })
  const indices = Object.entries(parse(explained, answer).indices)
  return {
    mode: found,
    busy: indices.flatMap(([index, { action = '', step = '' }]) =>
      heavyActions.has(action) && step !== 'ERROR' && step !== 'complete' ? [{ index, action, step }] : [],
    ),
    errors: indices.flatMap(([index, { step, failed_step, step_info }]) => {
      if (step !== 'ERROR') return []
      return [{ index, step: failed_step ?? step, message: step_info?.reason ?? step_info?.message ?? '' }]
    }),
  }
}
