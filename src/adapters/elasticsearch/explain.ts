// Why one copy of a shard is where it is, in short: what the whole explanation says against it. Reads only.
import type { AllocationExplanation } from '../../ports/elasticsearch.ts'
import { explainInFull } from './allocation/explanation.ts'
import type { Pool } from './pool.ts'

/** A copy that has been assigned meanwhile can be allocated: it is. */
export async function explainCopy(
  pool: Pool,
  copy: { readonly index: string; readonly shard: number; readonly primary: boolean },
): Promise<AllocationExplanation> {
  const { canAllocate, explanation, state, currentNode, nodes } = await explainInFull(pool, copy)
  const { index, shard, primary } = copy
  if (canAllocate === null) {
    const assigned = `the copy is ${state} on ${currentNode ?? 'a node'}`
    return { index, shard, primary, canAllocate: 'yes', explanation: assigned, deciders: [] }
  }
  const against = nodes.flatMap(({ deciders }) =>
    deciders.filter(({ decision }) => decision === 'no').map(({ decider }) => decider),
  )
  return { index, shard, primary, canAllocate, explanation, deciders: [...new Set(against)].sort() }
}
