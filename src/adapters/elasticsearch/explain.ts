// Why one copy of a shard is where it is, in the cluster's own words. Reads only.
import { z } from 'zod'
import type { AllocationExplanation } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const decider = z.object({ decider: z.string(), decision: z.string() })
const explainAnswer = z.object({
  index: z.string(),
  shard: z.number(),
  primary: z.boolean(),
  current_state: z.string(),
  current_node: z.object({ name: z.string() }).optional(),
  can_allocate: z.string().optional(),
  allocate_explanation: z.string().optional(),
  node_allocation_decisions: z.array(z.object({ deciders: z.array(decider).default([]) })).default([]),
})

/** A copy that has been assigned meanwhile can be allocated: it is. */
export async function explainCopy(
  pool: Pool,
  copy: { readonly index: string; readonly shard: number; readonly primary: boolean },
): Promise<AllocationExplanation> {
  const { index, shard, primary } = copy
  const found = parse(
    explainAnswer,
    await pool.read({
      method: 'POST',
      path: '/_cluster/allocation/explain',
      viaMaster: 'read',
      body: { index, shard, primary },
    }),
  )
  const assigned = `the copy is ${found.current_state} on ${found.current_node?.name ?? 'a node'}`
  const against = found.node_allocation_decisions.flatMap(({ deciders }) =>
    deciders.filter(one => one.decision === 'NO').map(one => one.decider),
  )
  return {
    index,
    shard,
    primary,
    canAllocate: found.can_allocate ?? 'yes',
    explanation: found.allocate_explanation ?? assigned,
    deciders: found.can_allocate === undefined ? [] : [...new Set(against)].sort(),
  }
}
