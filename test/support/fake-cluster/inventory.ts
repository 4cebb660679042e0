// The inventory that goes with a fake cluster: what a FakeAnsible needs to know its hosts. It must never differ from the
// groups of a real inventory.
import type { FakeState } from './state.ts'

interface InventoryEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly vars: Readonly<Record<string, string>>
}

/** Call it while all nodes are well: an inventory does not change because a node does. */
export function inventoryOf({ nodes, clusterName, clusterUuid }: FakeState): InventoryEntry[] {
  return nodes.map(({ name, roles, address }) => ({
    name,
    groups: ['elasticsearch', ...groupsOf(roles)],
    vars: { ansible_host: address, es_cluster_name: clusterName, es_cluster_uuid: clusterUuid },
  }))
}

function groupsOf(roles: readonly string[]): string[] {
  const groups: string[] = []
  if (roles.includes('master')) groups.push('es_master')
  if (roles.includes('data_hot')) groups.push('es_data_hot')
  if (roles.includes('data_warm')) groups.push('es_data_warm')
  return groups.length > 0 ? groups : ['es_coord']
}
