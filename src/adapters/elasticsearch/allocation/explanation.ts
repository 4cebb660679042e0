// Why one copy is where it is, node by node, in the cluster's own words. Reads only.
import { z } from 'zod'
import type { AllocationPort, Explanation, NodeDecision } from '../../../ports/allocation.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { against, decisions } from './decisions.ts'
import { problem, readProblem } from './problem.ts'

const nodeDecision = z.object({
  node_id: z.string(),
  node_name: z.string(),
  node_decision: z.string(),
  store: z
    .object({
      in_sync: z.boolean().default(false),
      allocation_id: z.string().optional(),
      store_exception: problem.optional(),
      found: z.boolean().optional(),
    })
    .optional(),
  deciders: decisions,
})
const explainAnswer = z.object({
  index: z.string(),
  shard: z.number(),
  primary: z.boolean(),
  current_state: z.string(),
  current_node: z.object({ name: z.string() }).optional(),
  can_allocate: z.string().optional(),
  allocate_explanation: z.string().optional(),
  remaining_delay_in_millis: z.number().optional(),
  can_remain_on_current_node: z.string().optional(),
  can_remain_decisions: decisions,
  move_explanation: z.string().optional(),
  rebalance_explanation: z.string().optional(),
  explanation: z.string().optional(),
  node_allocation_decisions: z.array(nodeDecision).default([]),
})

export async function explainInFull(
  pool: Pool,
  { index, shard, primary, currentNode }: Parameters<AllocationPort['explain']>[0],
): Promise<Explanation> {
  const answer = await pool.read({
    method: 'POST',
    path: '/_cluster/allocation/explain',
    viaMaster: 'read',
    body: { index, shard, primary, ...(currentNode !== undefined && { current_node: currentNode }) },
  })
  const found = parse(explainAnswer, answer)
  return {
    index: found.index,
    shard: found.shard,
    primary: found.primary,
    state: found.current_state,
    currentNode: found.current_node?.name ?? null,
    canAllocate: found.can_allocate ?? null,
    canRemain: found.can_remain_on_current_node ?? null,
    againstRemaining: against(found.can_remain_decisions),
    explanation:
      found.allocate_explanation ??
      found.move_explanation ??
      found.rebalance_explanation ??
      found.explanation ??
      '',
    remainingDelayMs: found.remaining_delay_in_millis ?? null,
    nodes: found.node_allocation_decisions.map(toNode),
  }
}

const toNode = ({
  node_id,
  node_name,
  node_decision,
  store,
  deciders,
}: z.output<typeof nodeDecision>): NodeDecision => ({
  node: node_name,
  nodeId: node_id,
  decision: node_decision,
  deciders: against(deciders),
  store:
    store === undefined || store.found === false
      ? null
      : {
          inSync: store.in_sync,
          allocationId: store.allocation_id ?? null,
          problem: readProblem(store.store_exception),
        },
})
