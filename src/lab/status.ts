// The lab at this moment, in the shape that `ops lab status --json` promises.
import { clientNodes, httpPort, urlOf } from './layout.ts'
import { passwordFile } from './paths.ts'
import { type NodeState, nodeStatus } from './service.ts'
import type { Lab } from './state.ts'

export interface LabStatus {
  readonly nodes: readonly {
    readonly name: string
    readonly service: 'elasticsearch'
    readonly address: string
    readonly port: number
    readonly pid: number | null
    readonly state: NodeState
  }[]
  readonly elasticsearch: {
    /** The endpoints that clients use. */
    readonly urls: readonly string[]
    readonly caFile: string
    readonly username: string
    readonly passwordFile: string
  }
}

export async function labStatus(lab: Lab): Promise<LabStatus> {
  const nodes = await Promise.all(
    lab.nodes.map(async node => {
      const { pid, state } = await nodeStatus(lab, node)
      return {
        name: node.name,
        service: 'elasticsearch',
        address: node.address,
        port: httpPort,
        pid,
        state,
      } as const
    }),
  )
  const elasticsearch = {
    urls: clientNodes(lab.nodes).map(urlOf),
    caFile: lab.paths.caFile,
    username: 'elastic',
    passwordFile: passwordFile(lab.paths, 'elastic'),
  }
  return { nodes, elasticsearch }
}

/** The status as a table for people. */
export function renderStatus({ nodes }: LabStatus): string {
  const width = Math.max(...nodes.map(node => node.name.length))
  return nodes
    .map(
      ({ name, address, port, pid, state }) =>
        `${name.padEnd(width)}  ${`${address}:${port}`.padEnd(20)}  ${state.padEnd(8)}  ${pid === null ? '' : `process ${pid}`}`,
    )
    .map(line => line.trimEnd())
    .join('\n')
}
