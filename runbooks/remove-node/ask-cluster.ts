// The cluster's own word on the places that were found: every move tried without being made. Changes nothing.
import { type AllocationPort, type Decision, toOpsError } from '#sdk'
import type { Feasibility, FeasibleWorld, PlacedCopy } from './decide-feasible.ts'

export interface AskedCluster {
  readonly tried: number
  readonly of: number
  /** Copies that no node which stays would take, by the cluster's own deciders. */
  readonly refused: readonly { readonly copy: PlacedCopy; readonly against: readonly Decision[] }[]
}

const atOnce = 200
/** The largest first; of more than this the rest is left to the arithmetic. */
const tryAtMost = 2000
const explainAtMost = 50

/** A place that the cluster refuses need not be the only one: what it says of all nodes decides. */
export async function askCluster(
  allocation: AllocationPort,
  { placed }: Feasibility,
  { leaving }: Pick<FeasibleWorld, 'leaving'>,
): Promise<AskedCluster> {
  const chosen = placed
    .filter(({ copy }) => !copy.moving)
    .sort((a, b) => b.copy.bytes - a.copy.bytes)
    .slice(0, tryAtMost)
  const doubtful: { copy: PlacedCopy; against: readonly Decision[] }[] = []
  for (let at = 0; at < chosen.length; at += atOnce)
    doubtful.push(...(await tryMoves(allocation, chosen.slice(at, at + atOnce))))
  const refused: { copy: PlacedCopy; against: readonly Decision[] }[] = []
  for (const one of doubtful.slice(0, explainAtMost))
    if (!(await hasAnotherPlace(allocation, one.copy, leaving))) refused.push(one)
  return { tried: chosen.length, of: placed.length, refused: [...refused, ...doubtful.slice(explainAtMost)] }
}

/** What stands against each move. One that the server cannot even try spoils all, so they are halved until it stands alone. */
async function tryMoves(
  allocation: AllocationPort,
  batch: Feasibility['placed'],
): Promise<readonly { readonly copy: PlacedCopy; readonly against: readonly Decision[] }[]> {
  try {
    const { decisions } = await allocation.tryReroute(
      batch.map(({ copy: { index, shard, node }, to }) => ({ do: 'move', index, shard, from: node, to })),
    )
    return batch.flatMap(({ copy }, at) => {
      const against = (decisions[at]?.against ?? []).filter(({ decision }) => decision === 'no')
      return against.length === 0 ? [] : [{ copy, against }]
    })
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    const [first] = batch
    if (code !== 'CLUSTER_REJECTED' || first === undefined) throw thrown
    if (batch.length === 1)
      return [{ copy: first.copy, against: [{ decider: 'reroute', decision: 'no', explanation: message }] }]
    const half = Math.ceil(batch.length / 2)
    return [
      ...(await tryMoves(allocation, batch.slice(0, half))),
      ...(await tryMoves(allocation, batch.slice(half))),
    ]
  }
}

async function hasAnotherPlace(
  allocation: AllocationPort,
  { index, shard, primary, node }: PlacedCopy,
  leaving: ReadonlySet<string>,
): Promise<boolean> {
  const found = await allocation
    .explain({ index, shard, primary, ...(primary ? {} : { currentNode: node }) })
    .catch((thrown: unknown) => {
      if (toOpsError(thrown).code !== 'CLUSTER_REJECTED') throw thrown
      return null
    })
  // It is no more where it was: nothing is known against it.
  if (found === null || found.currentNode !== node) return true
  return found.nodes.some(
    one =>
      one.node !== node &&
      !leaving.has(one.node) &&
      !one.deciders.some(({ decider, decision }) => decision === 'no' && !onlyAboutRebalancing.has(decider)),
  )
}

/** These say whether the balancer may move, and nothing about a copy that has to go. */
const onlyAboutRebalancing = new Set([
  'cluster_rebalance',
  'rebalance_only_when_active',
  'concurrent_rebalance',
])
