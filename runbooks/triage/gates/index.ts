// The table: what must be true for a triage to be worth its name. Everything else that it meets is a cause, or a line in `blind`.
import { type Gate, pass, refuse } from '#sdk'
import type { TriageFacts } from '../facts.ts'
import type { TriageParams } from '../params.ts'

export interface GateFacts extends Pick<TriageFacts, 'hosts' | 'identity' | 'inventory'> {
  /** `null` where no file was named. */
  readonly evidenceFile: { readonly path: string; readonly isThere: boolean } | null
}

export const gates: readonly Gate<GateFacts, TriageParams>[] = [
  {
    name: 'there_is_a_cluster_to_look_at',
    prevents: 'A triage that finds nothing wrong because the inventory has nothing to look at.',
    waivable: 'never',
    check: ({ hosts }) =>
      hosts.length === 0
        ? refuse('the inventory has no host in the group elasticsearch')
        : pass(`${hosts.length} hosts in the group elasticsearch`),
  },
  {
    name: 'cluster_is_not_another_one',
    prevents: 'Advice for one cluster that is carried out on another.',
    waivable: 'never',
    check: ({ identity, inventory: { clusterName, clusterUuid } }) => {
      if (identity === null) return pass('nobody has said which cluster it is')
      const { clusterName: name, clusterUuid: uuid, version } = identity
      if (clusterName !== null && name !== clusterName)
        return refuse(`the cluster is called ${name}, the inventory says ${clusterName}`)
      // A node that has never been in a cluster has no uuid to give.
      if (clusterUuid !== null && uuid !== clusterUuid && uuid !== '_na_')
        return refuse(`the cluster's uuid is ${uuid}, the inventory says ${clusterUuid}`)
      return pass(`${name} (${uuid}), ${version}`)
    },
  },
  {
    name: 'evidence_file_is_a_new_one',
    prevents: 'The evidence of one outage written over that of another.',
    waivable: 'never',
    applies: ({ evidence }) => evidence !== undefined,
    check: ({ evidenceFile }) =>
      evidenceFile?.isThere === true
        ? refuse(`${evidenceFile.path} is there already`)
        : pass(`${evidenceFile?.path ?? 'no file'} is not there yet`),
  },
]
