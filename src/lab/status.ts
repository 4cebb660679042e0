// The lab at this moment, in the shape that `ops lab status --json` promises.
import { clientNodes, clientPort, kafkaPort, type LabService, nodesFor, urlOf } from './layout.ts'
import { passwordFile } from './paths.ts'
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
  }[]
  /** These two only where the lab has them. */
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
}

export async function labStatus(lab: Lab): Promise<LabStatus> {
  const nodes = await Promise.all(
    lab.nodes.map(async node => {
      const { pid, state } = await nodeStatus(lab, node)
      const { name, service, address } = node
      return { name, service, address, port: clientPort(node), pid, state }
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
  }
}

/** The status as a table for people. */
export function renderStatus({ nodes }: LabStatus): string {
  const width = Math.max(...nodes.map(node => node.name.length))
  return nodes
    .map(
      ({ name, service, address, port, pid, state }) =>
        `${name.padEnd(width)}  ${`${address}:${port}`.padEnd(20)}  ${state.padEnd(8)}  ${(pid === null ? '' : `process ${pid}`).padEnd(15)}  ${service === 'logstash' ? 'stand-in' : ''}`,
    )
    .map(line => line.trimEnd())
    .join('\n')
}
