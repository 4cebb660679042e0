// The whole removal: a node is stopped only when it holds nothing, and is gone from everywhere before the next one is. However it ends,
// nobody is left excluded, announced or without a vote.
import { type Run, toOpsError } from '#sdk'
import { checkCluster } from '../snapshot/check-cluster.ts'
import { drainNodes, giveDrainBack } from './drain.ts'
import { letGo } from './let-go.ts'
import type { RemoveParams } from './params.ts'
import type { PlannedNode, RemoveDetails } from './plan.ts'
import { soakEmpty } from './soak.ts'
import { forgetNode, writeSeeds } from './tidy.ts'

/**
 * 1. Whoever wipes data has the word of another person before anything is touched.
 * 2. All data nodes are drained together, and hold nothing for a while.
 * 3. One node after the other: its vote is taken, it is stopped, has left, is wiped where that was asked for, and is no host any more.
 * 4. The others are told who the members are.
 */
export async function applyRemoval(run: Run, details: RemoveDetails, params: RemoveParams): Promise<void> {
  await run.safePoint()
  if (params.wipe) await run.approval(wipeText(details))
  await checkCluster(run, details.clusterUuid)
  await orGiveBack(run, details, async () => {
    const draining = await stillThere(run, details.nodes)
    if (draining.some(({ data }) => data)) {
      await drainNodes(run, details, draining, params)
      await soakEmpty(run, details, draining, params)
    }
    for (const node of details.nodes) {
      await run.safePoint()
      await letGo(run, details, node, params)
      await forgetNode(run, node, params)
    }
  })
  await giveDrainBack(run, details)
  await writeSeeds(run, details, 'seeds')
  await run.mark('removed', 'remark', {
    text: `${details.nodes.map(({ name }) => name).join(', ')} left the cluster with nothing on it`,
  })
}

export const wipeText = ({ nodes }: Pick<RemoveDetails, 'nodes'>): string =>
  `remove the data of ${nodes.map(({ name, id }) => `${name} (${id ?? 'gone'})`).join(', ')}`

/** Those that are members; a stopped one has been drained. */
export async function stillThere(
  run: Run,
  nodes: readonly PlannedNode[],
): Promise<readonly (PlannedNode & { readonly id: string })[]> {
  const present = new Set((await run.elasticsearch.members()).map(({ id }) => id))
  return nodes.flatMap(node => (node.id !== null && present.has(node.id) ? [{ ...node, id: node.id }] : []))
}

/** The exclusion is temporary, and the engine's to give back; what the shutdown API was told is not. */
async function orGiveBack(run: Run, details: RemoveDetails, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    await giveDrainBack(run, details).catch(also => {
      if (toOpsError(also).code === 'BUG') throw also
    })
    throw thrown
  }
}
