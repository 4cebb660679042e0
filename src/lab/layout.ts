// The lab, node by node: Elasticsearch in two layouts, and what is beside it. Names, groups and roles are the platform's own;
// nothing else in the lab may know a node that is not in this table.

export const layoutNames = ['full', 'small'] as const
export type LayoutName = (typeof layoutNames)[number]

/** What the lab can have. `logstash` is a stand-in of the lab's own: src/lab/shipper; `s3` is SeaweedFS. The
 * shipper is the last to come up, for it needs others. */
export const serviceNames = ['elasticsearch', 'kafka', 'vault', 's3', 'logstash'] as const
export type LabService = (typeof serviceNames)[number]

/** One node of the embedded lab. */
export interface LabNode {
  readonly name: string
  readonly service: LabService
  /** Ansible groups, the first one being the node's tier or service. */
  readonly groups: readonly string[]
  readonly address: string
  readonly roles: readonly string[]
  readonly heapMiB: number
}

export const clusterName = 'ovh-prod-elk'
export const httpPort = 9200
export const transportPort = 9300
export const kafkaPort = 9092
export const kafkaControllerPort = 9093
/** Where the clients' port wants TLS, brokers talk to each other here. */
export const kafkaInternalPort = 9094
export const logstashApiPort = 9600
export const vaultPort = 8200
export const s3Port = 8333
/** Of the store's own parts. */
export const masterPort = 9333
export const volumePort = 9340
export const filerPort = 9380

/** How many brokers a lab may have. Three are controllers too; the others are brokers and nothing else. */
export const brokerCounts = { fewest: 3, most: 6 } as const

/** What Kafka's clients meet at its port. */
export const kafkaSecurities = ['plaintext', 'tls', 'sasl_tls'] as const
export type KafkaSecurity = (typeof kafkaSecurities)[number]

const ports: Readonly<Record<LabService, readonly [number, ...number[]]>> = {
  elasticsearch: [httpPort, transportPort],
  kafka: [kafkaPort, kafkaControllerPort, kafkaInternalPort],
  logstash: [logstashApiPort],
  vault: [vaultPort],
  s3: [s3Port, masterPort, volumePort, filerPort],
}

/** Every port that a node may listen on. */
export const portsOf = ({ service }: LabNode): readonly number[] => ports[service]
/** The port that its clients use; it is open once the node serves. */
export const clientPort = ({ service }: LabNode): number => ports[service][0]

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

/** The Elasticsearch nodes of a layout on a loopback network such as `127.0.1`. */
export function nodesOf(layout: LayoutName, net: string): readonly LabNode[] {
  return tiers[layout].flatMap(({ hosts, groups, roles, heapMiB }) =>
    Object.entries(hosts).map(([name, last]) => ({
      name,
      service: 'elasticsearch',
      groups,
      roles,
      heapMiB,
      address: `${net}.${last}`,
    })),
  )
}

const beside: Readonly<Record<Exclude<LabService, 'elasticsearch'>, Tier>> = {
  kafka: {
    groups: ['kafka'],
    roles: ['broker', 'controller'],
    heapMiB: 192,
    hosts: { kafka01: 61, kafka02: 62, kafka03: 63 },
  },
  logstash: { groups: ['logstash'], roles: [], heapMiB: 0, hosts: { logstash01: 71, logstash02: 72 } },
  s3: { groups: ['s3'], roles: [], heapMiB: 0, hosts: { store01: 81 } },
  vault: { groups: ['vault'], roles: [], heapMiB: 0, hosts: { vault01: 91 } },
}

/** Where more than three brokers are asked for. */
const moreBrokers: Tier = {
  ...beside.kafka,
  roles: ['broker'],
  hosts: { kafka04: 64, kafka05: 65, kafka06: 66 },
}

interface LabParts {
  readonly services: readonly LabService[]
  readonly layout: LayoutName
  readonly net: string
  readonly kafka?: { readonly brokers: number } | undefined
  readonly strays?: readonly Stray[] | undefined
  readonly newcomers?: readonly Newcomer[] | undefined
  /** Nodes of the layout that were removed for good. */
  readonly gone?: readonly string[] | undefined
}

/** A shipper that no inventory has, and the last number of its address. */
export interface Stray {
  readonly name: string
  readonly last: number
}

/** A machine that came after the lab was made, like one of the layout; no inventory has it until somebody adds it there. */
export interface Newcomer extends Stray {
  readonly like: string
}

/** Every node of a lab with these services. */
export function labNodes(parts: LabParts): readonly LabNode[] {
  const { services, layout, net, kafka, strays = [], newcomers = [], gone = [] } = parts
  const brokers = kafka?.brokers ?? brokerCounts.fewest
  const made = serviceNames
    .filter(service => services.includes(service))
    .flatMap(service => {
      if (service === 'elasticsearch') return nodesOf(layout, net)
      return service === 'kafka' ? brokersOf(brokers, net) : nodesIn(service, beside[service], net)
    })
  return [
    ...made.filter(({ name }) => !gone.includes(name)),
    ...newcomers.flatMap(newcomer => newcomerNode(newcomer, made, net) ?? []),
    ...strays.map(stray => strayNode(stray, net)),
  ]
}

function newcomerNode(
  { name, like, last }: Newcomer,
  made: readonly LabNode[],
  net: string,
): LabNode | undefined {
  const model = made.find(one => one.name === like)
  return model && { ...model, name, address: `${net}.${last}` }
}

/** The lowest free number above that of the model; numbers of nodes that the lab does not have now are kept for them. */
export function nextAddress(model: LabNode, nodes: readonly LabNode[]): number {
  const kept = [...Object.values(tiers).flat(), ...Object.values(beside), moreBrokers].flatMap(({ hosts }) =>
    Object.values(hosts),
  )
  const taken = new Set([...kept, ...nodes.map(lastOf)])
  let last = lastOf(model) + 1
  while (taken.has(last)) last += 1
  return last
}

const lastOf = ({ address }: LabNode): number => Number(address.split('.').at(-1))

/** What the inventory does not have, or has no more, is in no group. */
export const outside = (node: LabNode): LabNode => ({ ...node, groups: [] })

export const strayNode = ({ name, last }: Stray, net: string): LabNode => ({
  name,
  service: 'logstash',
  groups: [],
  roles: [],
  heapMiB: 0,
  address: `${net}.${last}`,
})

/** One that nobody knows of but the lab itself: it is in no group, and no `lab up` starts it. */
export const isStray = ({ groups }: LabNode): boolean => groups.length === 0

const brokersOf = (count: number, net: string): readonly LabNode[] =>
  [...nodesIn('kafka', beside.kafka, net), ...nodesIn('kafka', moreBrokers, net)].slice(0, count)

function nodesIn(
  service: LabService,
  { hosts, groups, roles, heapMiB }: Tier,
  net: string,
): readonly LabNode[] {
  return Object.entries(hosts).map(([name, last]) => ({
    name,
    service,
    groups,
    roles,
    heapMiB,
    address: `${net}.${last}`,
  }))
}

/** Those of the inventory. */
export const nodesFor = (nodes: readonly LabNode[], service: LabService): readonly LabNode[] =>
  nodes.filter(node => node.service === service && !isStray(node))

/** The number at the end of a node's name. */
export const numberOf = ({ name }: LabNode): number => Number(/\d+$/.exec(name)?.[0])

export const isController = (node: LabNode): boolean => node.roles.includes('controller')

export const isMaster = (node: LabNode): boolean => node.roles.includes('master')

/** The Elasticsearch nodes that clients talk to: the coordinating ones, or all where there are none. */
export function clientNodes(nodes: readonly LabNode[]): readonly LabNode[] {
  const all = nodesFor(nodes, 'elasticsearch')
  const coordinating = all.filter(node => node.roles.length === 0)
  return coordinating.length > 0 ? coordinating : all
}

export const urlOf = (node: LabNode): string => `https://${node.address}:${httpPort}`

export const vaultUrl = (node: LabNode): string => `https://${node.address}:${vaultPort}`

/** Plain HTTP: the store never leaves this machine. */
export const storeUrl = (node: LabNode): string => `http://${node.address}:${s3Port}`
