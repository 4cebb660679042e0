// Is it the cluster of the plan? Asked by every process that begins to act: between plan and deed an inventory may have been changed.
import { OpsError, type Run } from '#sdk'

/** @throws OpsError CLUSTER_OTHER */
export async function checkCluster(
  { kafka, id }: Run,
  { clusterId }: { readonly clusterId: string },
): Promise<void> {
  const identity = await kafka.identity()
  if (identity.clusterId === clusterId) return
  throw new OpsError('CLUSTER_OTHER', {
    message: `the plan was made for cluster ${clusterId}, the brokers belong to ${identity.clusterId}`,
    hint: `choose the inventory of that cluster with -i, then: ops resume ${id}`,
  })
}
