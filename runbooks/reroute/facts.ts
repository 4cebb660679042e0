// Everything that gates and plan look at, read once. Reads only. What a sick cluster does not answer is a fact, not an error.
import {
  type ClusterIdentity,
  type DanglingIndex,
  type Leftover,
  type Look,
  type MasterState,
  toOpsError,
  type UnassignedCopy,
} from '#sdk'
import { type NamedCluster, nameCluster } from '../rolling-restart/right-cluster.ts'
import type { Diagnosis } from '../triage/diagnosis.ts'
import { danglingIn, goneIn, type RerouteParams } from './params.ts'

/** Looks at the whole cluster and says what is wrong. */
export type Diagnose = (look: Look) => Promise<Diagnosis>

export interface RerouteFacts {
  readonly nowMs: number
  readonly inventory: NamedCluster
  readonly hosts: readonly string[]
  readonly identity: ClusterIdentity
  readonly master: MasterState
  readonly diagnosis: Diagnosis
  readonly leftovers: readonly Leftover[]
  readonly unassigned: readonly UnassignedCopy[]
  /** Names of those that are in the cluster. */
  readonly members: readonly string[]
  /** Names of the cluster state. */
  readonly indices: readonly string[]
  /** Only where some are to be imported. */
  readonly dangling: readonly DanglingIndex[]
}

export async function lookAtCluster(
  look: Look,
  params: RerouteParams,
  diagnose: Diagnose,
): Promise<RerouteFacts> {
  const { elasticsearch: es } = look
  const inventory = await look.ansible.inventory()
  const identity = await readIdentity(look)
  return {
    nowMs: look.clock.now().getTime(),
    inventory: nameCluster(inventory),
    hosts: elasticsearchHosts(inventory.hosts),
    identity,
    master: await es.master(),
    leftovers: await look.leftovers(),
    members: (await orNone(() => es.members())).map(({ name }) => name),
    unassigned: await orNone(() => look.allocation.unassigned()),
    indices: await orNone(async () => (await es.shardMap()).indices.map(({ name }) => name)),
    dangling: danglingIn(params).length === 0 ? [] : await look.allocation.dangling(),
    diagnosis: await diagnose(withoutGone(look, params)),
  }
}

/** A node that does not come back is none of the inventory for a triage: nothing is waited for that it had. */
export function withoutGone(look: Look, params: RerouteParams): Look {
  const gone = goneIn(params)
  if (gone.length === 0) return look
  const inventory = async () => {
    const known = await look.ansible.inventory()
    return { ...known, hosts: known.hosts.filter(({ name }) => !gone.includes(name)) }
  }
  return { ...look, ansible: { ...look.ansible, inventory } }
}

/** Every node that answers knows it, with a master or without. */
export async function readIdentity({
  elasticsearch: es,
}: Pick<Look, 'elasticsearch'>): Promise<ClusterIdentity> {
  try {
    return await es.identity()
  } catch (thrown) {
    if (toOpsError(thrown).next !== 'wait') throw thrown
    const found = (await es.endpoints()).find(({ identity }) => identity !== null)?.identity
    if (found === undefined || found === null) throw thrown
    return found
  }
}

export const elasticsearchHosts = (
  hosts: readonly { readonly name: string; readonly groups: readonly string[] }[],
): readonly string[] => hosts.filter(({ groups }) => groups.includes('elasticsearch')).map(({ name }) => name)

/** Nothing where the cluster has no master: then there is nothing that may be done to a shard either. */
export async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read()
  } catch (thrown) {
    if (toOpsError(thrown).next === 'wait') return []
    throw thrown
  }
}
