// What the lab remembers between commands: $STATE/lab/lab.json. Written before the first thing it describes is made, so
// that a lab that was never finished can still be carried on or taken down.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../errors/index.ts'
import { readListed } from './inventory-hosts.ts'
import {
  brokerCounts,
  kafkaSecurities,
  type LabNode,
  labNodes,
  layoutNames,
  outside,
  serviceNames,
} from './layout.ts'
import { type LabPaths, labPaths } from './paths.ts'

/** Where a consumer begins to read a partition of which its group knows nothing: at its end, or at its beginning. */
export const offsetResets = ['latest', 'earliest'] as const
export type OffsetReset = (typeof offsetResets)[number]

const kafkaState = z.object({
  home: z.string(),
  clusterId: z.string(),
  security: z.enum(kafkaSecurities),
  /** Copies of raw-logs. */
  replicationFactor: z.number(),
  brokers: z.number().default(brokerCounts.fewest),
  /** Users and the topic are there. */
  filled: z.boolean(),
})
export type KafkaState = z.infer<typeof kafkaState>

const storeState = z.object({
  home: z.string(),
  /** The bucket is there. */
  filled: z.boolean(),
})

const vaultState = z.object({
  home: z.string(),
  /** Audit log, KV v2, policies and AppRoles are there. */
  filled: z.boolean(),
})

const labState = z.object({
  services: z.array(z.enum(serviceNames)).default(['elasticsearch']),
  layout: z.enum(layoutNames),
  /** The first three numbers of every address, such as 127.0.1. */
  net: z.string(),
  /** Where the node directories are; outside the state directory where the nodes' user could not enter that. */
  nodesRoot: z.string(),
  /** Of Elasticsearch; empty for as long as that is no part of the lab. */
  home: z.string(),
  /** An official archive has more modules than the home assembled here, and starts in another way. */
  official: z.boolean(),
  bootDelaySeconds: z.number(),
  createdAt: z.string(),
  /** The cluster has formed once: initial_master_nodes must never be given again. */
  formed: z.boolean(),
  /** Users and templates are there; indices and the snapshot repository too, unless it was rebuilt without. */
  filled: z.boolean(),
  /** As Elasticsearch says it, once it has formed. */
  clusterUuid: z.string().optional(),
  kafka: kafkaState.optional(),
  store: storeState.optional(),
  vault: vaultState.optional(),
  /** Shippers beside the two. */
  strays: z.array(z.object({ name: z.string(), last: z.number() })).optional(),
  /** Machines that came after the lab was made. */
  newcomers: z.array(z.object({ name: z.string(), like: z.string(), last: z.number() })).optional(),
  /** Nodes of the layout that were removed for good. */
  gone: z.array(z.string()).optional(),
  /** Hosts that the lab has put into its inventory once: one that is missing there was taken out by somebody. */
  listed: z.array(z.string()).optional(),
  /** What the shipper begins with. */
  offsetReset: z.enum(offsetResets).optional(),
})
export type LabState = z.infer<typeof labState>

/** A lab that exists, with everything that follows from its state. */
export interface Lab {
  readonly state: LabState
  readonly paths: LabPaths
  readonly nodes: readonly LabNode[]
}

/** The lab of this state directory, finished or not. */
export function findLab(stateDir: string): Lab | undefined {
  const paths = labPaths(stateDir)
  if (!existsSync(paths.state)) return undefined
  const state = parseState(paths.state)
  return { state, paths, nodes: knownNodes(state, paths) }
}

/** The nodes of a lab, those that its inventory does not have as strays. */
export function knownNodes(state: LabState, paths: LabPaths): readonly LabNode[] {
  const { newcomers = [], listed = [] } = state
  const now = readListed(paths.inventory)
  const isOut = (name: string) =>
    !now.has(name) && (listed.includes(name) || newcomers.some(one => one.name === name))
  return labNodes(state).map(node => (isOut(node.name) ? outside(node) : node))
}

export function requireLab(stateDir: string): Lab {
  const lab = findLab(stateDir)
  if (lab) return lab
  throw new OpsError('LAB_NOT_UP', {
    message: `no lab is up in ${stateDir}`,
    hint: 'ops lab up --layout small',
  })
}

export function requireNode(lab: Lab, name: string): LabNode {
  const node = lab.nodes.find(candidate => candidate.name === name)
  if (node) return node
  throw new OpsError('USAGE', {
    message: `the lab has no node ${name}`,
    hint: `one of ${lab.nodes.map(one => one.name).join(', ')}`,
  })
}

export function requireKafka({ state }: Pick<Lab, 'state'>): KafkaState {
  if (state.kafka) return state.kafka
  throw new OpsError('LAB_NOT_UP', { message: 'the lab has no Kafka', hint: 'ops lab up --only kafka' })
}

export function requireStore({ state }: Pick<Lab, 'state'>): z.infer<typeof storeState> {
  if (state.store) return state.store
  throw new OpsError('LAB_NOT_UP', { message: 'the lab has no store', hint: 'ops lab up --only s3' })
}

export function requireVault({ state }: Pick<Lab, 'state'>): z.infer<typeof vaultState> {
  if (state.vault) return state.vault
  throw new OpsError('LAB_NOT_UP', { message: 'the lab has no Vault', hint: 'ops lab up --only vault' })
}

export function saveState(paths: LabPaths, state: LabState): void {
  writeAtomically(paths.state, `${JSON.stringify(state, null, 2)}\n`)
}

/** A reader sees the old file or the new one, never half of it. */
export function writeAtomically(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, text, { mode })
  renameSync(draft, file)
}

function parseState(file: string): LabState {
  try {
    return labState.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new OpsError('LAB_FAILED', { message: `${file} cannot be understood`, hint: 'ops lab down', cause })
  }
}
