// Everything that the gates of a loss look at, read right before it. Reads only.
import type { Explanation, MasterState, MemberInfo, Run, ShardStore, UnassignedCopy } from '#sdk'
import { toOpsError } from '#sdk'
import { mayHoldData } from '../triage/missing-nodes.ts'
import type { Losing } from './choose.ts'

export interface LossFacts {
  readonly remedy: Losing
  readonly master: MasterState
  readonly members: readonly MemberInfo[]
  /** Of the inventory, that may hold shards. */
  readonly hosts: readonly string[]
  /** Hosts that were said not to come back. */
  readonly gone: readonly string[]
  /** Of the index; `null` where there is none of that name. */
  readonly uuid: string | null
  /** Of the shard: allocation ids that hold every acknowledged write. */
  readonly inSync: readonly string[]
  /** As it was when the loss was stated. */
  readonly statedUuid: string | null
  /** Those of the shard that have no node. */
  readonly copies: readonly UnassignedCopy[]
  /** Of the primary; `null` where the cluster has no such copy. */
  readonly explanation: Explanation | null
  /** Of the shard. */
  readonly stores: readonly ShardStore[]
}

export async function lookAtLoss(
  run: Run,
  remedy: Losing,
  gone: readonly string[],
  statedUuid: string | null,
): Promise<LossFacts> {
  const { elasticsearch: es, allocation } = run
  const { index, shard } = remedy
  const found = (await es.shardMap()).indices.find(({ name }) => name === index)
  const isIts = (one: { readonly index: string; readonly shard: number }): boolean =>
    one.index === index && one.shard === shard
  return {
    ...{ remedy, gone, statedUuid },
    master: await es.master(),
    members: await es.members(),
    hosts: await findHolders(run),
    uuid: found?.uuid ?? null,
    inSync: found?.shards.find(({ number }) => number === shard)?.inSync ?? [],
    copies: (await allocation.unassigned()).filter(isIts),
    explanation: await explainPrimary(run, remedy),
    stores: (await allocation.stores([index])).filter(isIts),
  }
}

async function findHolders({ ansible }: Run): Promise<readonly string[]> {
  const { hosts } = await ansible.inventory()
  return hosts
    .filter(host => host.groups.includes('elasticsearch') && mayHoldData(host))
    .map(({ name }) => name)
}

async function explainPrimary(run: Run, { index, shard }: Losing): Promise<Explanation | null> {
  try {
    return await run.allocation.explain({ index, shard, primary: true })
  } catch (thrown) {
    if (toOpsError(thrown).code === 'CLUSTER_REJECTED') return null
    throw thrown
  }
}
