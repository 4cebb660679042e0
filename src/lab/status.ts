// The lab at this moment, in the shape that `ops lab status --json` promises.
import {
  clientNodes,
  clientPort,
  isStray,
  kafkaPort,
  type LabNode,
  type LabService,
  nodesFor,
  storeUrl,
  urlOf,
  vaultUrl,
} from './layout.ts'
import { type LabPaths, passwordFile, secretFile } from './paths.ts'
import { bucket } from './s3/bucket.ts'
import { type NodeState, nodeStatus } from './service.ts'
import type { Lab } from './state.ts'

export interface LabStatus {
  readonly nodes: readonly {
    readonly name: string
    readonly service: LabService
    readonly address: string
    readonly port: number
    readonly pid: number | null
    readonly state: NodeState
    /** Only where the inventory does not have it. */
    readonly outside?: true
  }[]
  /** Each of these only where the lab has it. */
  readonly elasticsearch?: {
    /** The endpoints that clients use. */
    readonly urls: readonly string[]
    readonly caFile: string
    readonly username: string
    readonly passwordFile: string
  }
  readonly kafka?: {
    /** host:port of each broker, up or not. */
    readonly brokers: readonly string[]
  }
  readonly vault?: {
    readonly url: string
    readonly caFile: string
  }
  readonly s3?: {
    readonly url: string
    readonly bucket: string
    readonly accessKeyFile: string
    readonly secretKeyFile: string
  }
}

export async function labStatus(lab: Lab): Promise<LabStatus> {
  const nodes = await Promise.all(
    lab.nodes.map(async node => {
      const { pid, state } = await nodeStatus(lab, node)
      const { name, service, address } = node
      const seen = { name, service, address, port: clientPort(node), pid, state }
      return isStray(node) ? { ...seen, outside: true as const } : seen
    }),
  )
  return { nodes, ...endpoints(lab) }
}

function endpoints({ nodes, paths, state: { services } }: Lab): Omit<LabStatus, 'nodes'> {
  const elasticsearch = {
    urls: clientNodes(nodes).map(urlOf),
    caFile: paths.caFile,
    username: 'elastic',
    passwordFile: passwordFile(paths, 'elastic'),
  }
  const kafka = { brokers: nodesFor(nodes, 'kafka').map(({ address }) => `${address}:${kafkaPort}`) }
  return {
    ...(services.includes('elasticsearch') ? { elasticsearch } : {}),
    ...(services.includes('kafka') ? { kafka } : {}),
    ...(services.includes('vault')
      ? { vault: { url: nodesFor(nodes, 'vault').map(vaultUrl).join(), caFile: paths.caFile } }
      : {}),
    ...(services.includes('s3') ? { s3: storeEndpoint(nodes, paths) } : {}),
  }
}

function storeEndpoint(nodes: readonly LabNode[], paths: LabPaths): NonNullable<LabStatus['s3']> {
  return {
    url: nodesFor(nodes, 's3').map(storeUrl).join(),
    bucket,
    accessKeyFile: secretFile(paths, 'offsiteAccessKey'),
    secretKeyFile: secretFile(paths, 'offsiteSecretKey'),
  }
}

/** The status as a table for people. */
export function renderStatus({ nodes }: LabStatus): string {
  const width = Math.max(...nodes.map(node => node.name.length))
  return nodes
    .map(
      ({ name, service, address, port, pid, state, outside }) =>
        `${name.padEnd(width)}  ${`${address}:${port}`.padEnd(20)}  ${state.padEnd(8)}  ${(pid === null ? '' : `process ${pid}`).padEnd(15)}  ${[...(service === 'logstash' ? ['stand-in'] : []), ...(outside ? ['in no inventory'] : [])].join(', ')}`,
    )
    .map(line => line.trimEnd())
    .join('\n')
}
