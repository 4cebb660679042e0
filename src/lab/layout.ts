// The two labs that can be brought up, node by node. Names, groups and roles are the platform's own; nothing else in the
// lab may know a node that is not in this table.

export const layoutNames = ['full', 'small'] as const
export type LayoutName = (typeof layoutNames)[number]

/** One node of the embedded lab. */
export interface LabNode {
  readonly name: string
  /** Ansible groups, the first one being the node's tier. */
  readonly groups: readonly string[]
  readonly address: string
  readonly roles: readonly string[]
  readonly heapMiB: number
}

export const clusterName = 'ovh-prod-elk'
export const httpPort = 9200
export const transportPort = 9300

/** The children of the inventory group `elasticsearch`; each is there in every layout, if empty. */
export const groupNames = ['es_master', 'es_data_hot', 'es_data_warm', 'es_coord'] as const

const hotRoles = ['data_hot', 'data_content', 'ingest']

interface Tier {
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly heapMiB: number
  /** Node name to the last number of its address. */
  readonly hosts: Readonly<Record<string, number>>
}

const tiers: Readonly<Record<LayoutName, readonly Tier[]>> = {
  full: [
    {
      groups: ['es_master'],
      roles: ['master'],
      heapMiB: 192,
      hosts: { 'es-master01': 11, 'es-master02': 12, 'es-master03': 13 },
    },
    { groups: ['es_data_hot'], roles: hotRoles, heapMiB: 256, hosts: { 'es-data01': 21, 'es-data02': 22 } },
    {
      groups: ['es_data_warm'],
      roles: ['data_warm'],
      heapMiB: 224,
      hosts: { 'es-data03': 31, 'es-data04': 32, 'es-data05': 33 },
    },
    { groups: ['es_coord'], roles: [], heapMiB: 192, hosts: { 'es-coord01': 41, 'es-coord02': 42 } },
  ],
  small: [
    {
      groups: ['es_master', 'es_data_hot'],
      roles: ['master', ...hotRoles],
      heapMiB: 256,
      hosts: { 'es-node01': 51, 'es-node02': 52, 'es-node03': 53 },
    },
  ],
}

/** The nodes of a layout on a loopback network such as `127.0.1`. */
export function nodesOf(layout: LayoutName, net: string): readonly LabNode[] {
  return tiers[layout].flatMap(({ hosts, groups, roles, heapMiB }) =>
    Object.entries(hosts).map(([name, last]) => ({
      name,
      groups,
      roles,
      heapMiB,
      address: `${net}.${last}`,
    })),
  )
}

export const isMaster = (node: LabNode): boolean => node.roles.includes('master')

/** The nodes that clients talk to: the coordinating ones, or all where there are none. */
export function clientNodes(nodes: readonly LabNode[]): readonly LabNode[] {
  const coordinating = nodes.filter(node => node.roles.length === 0)
  return coordinating.length > 0 ? coordinating : nodes
}

export const urlOf = (node: LabNode): string => `https://${node.address}:${httpPort}`
