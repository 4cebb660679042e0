// A run is carried on in the cluster that it was planned for, or not at all.
import { OpsError, type Run } from '#sdk'

export async function checkCluster({ elasticsearch, id }: Run, clusterUuid: string): Promise<void> {
  const identity = await elasticsearch.identity()
  if (identity.clusterUuid === clusterUuid) return
  throw new OpsError('CLUSTER_OTHER', {
    message: `the plan was made for cluster ${clusterUuid}, this one is ${identity.clusterUuid}`,
    hint: `choose the inventory of that cluster with -i, then: ops resume ${id}`,
  })
}
