// Is this the cluster that the inventory means? Shared by every runbook that works on Elasticsearch. Pure.
import { type ClusterIdentity, type Gate, type Inventory, type Json, pass, refuse } from '#sdk'

/** As the inventory has it; `null` where it does not say. */
export interface NamedCluster {
  readonly clusterName: string | null
  readonly clusterUuid: string | null
}

export function nameCluster({ hosts }: Inventory): NamedCluster {
  const vars = hosts.find(({ groups }) => groups.includes('elasticsearch'))?.vars ?? {}
  return { clusterName: textOrNull(vars.es_cluster_name), clusterUuid: textOrNull(vars.es_cluster_uuid) }
}

const textOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

interface ClusterFacts {
  readonly identity: ClusterIdentity
  readonly inventory: NamedCluster
}

export const rightCluster = (prevents: string): Gate<ClusterFacts, unknown> => ({
  name: 'cluster_is_the_one_in_the_inventory',
  prevents,
  waivable: 'never',
  check: ({ identity, inventory: { clusterName, clusterUuid } }) => {
    if (clusterName !== null && identity.clusterName !== clusterName)
      return refuse(`the cluster is called ${identity.clusterName}, the inventory says ${clusterName}`)
    if (clusterUuid !== null && identity.clusterUuid !== clusterUuid)
      return refuse(`the cluster's uuid is ${identity.clusterUuid}, the inventory says ${clusterUuid}`)
    return pass(`${identity.clusterName} (${identity.clusterUuid}), ${identity.version}`)
  },
})
