// The lab of hosts at this moment, in the shape that `ops lab status --json` promises: of each host first whether it is there
// at all, then what its service does.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Container, listContainers } from './containers.ts'
import { dockerOf } from './docker.ts'
import { dockerVersion } from './docker-client.ts'
import { passwordFile } from './paths.ts'
import { serviceOf } from './services.ts'
import type { HostsLab, HostsState } from './state.ts'
import { askUnit, type UnitAnswer } from './units.ts'

/** The first four say what is wrong with the host, the others how its service is. */
export type HostState =
  | 'absent'
  | 'stopped host'
  | 'paused'
  | 'disconnected'
  | 'silent'
  | 'up'
  | 'running'
  | 'starting'
  | 'failed'
  | 'stopped'
  | 'not installed'

export interface HostStatus {
  readonly name: string
  readonly service: string
  readonly address: string
  readonly port: number
  /** Of the service, as its host counts; null where it does not run. */
  readonly pid: number | null
  readonly state: HostState
}

export interface HostsStatus {
  readonly nodes: readonly HostStatus[]
  readonly elasticsearch?: {
    readonly urls: readonly string[]
    readonly caFile: string
    readonly username: string
    readonly passwordFile: string
  }
  readonly kafka?: { readonly brokers: readonly string[] }
  readonly vault?: { readonly url: string; readonly caFile: string }
}

export async function hostsStatus(lab: HostsLab): Promise<HostsStatus> {
  const containers = await readContainers(lab)
  const nodes = await Promise.all(
    lab.state.hosts.map(async host => {
      const { service, unit, port } = serviceOf(host)
      const trouble = containers && explainContainer(containers.get(host.name), lab.state.network)
      const answer = trouble || unit === undefined ? undefined : await askUnit(lab, host.name, unit)
      const seen = trouble ? { pid: null, state: trouble } : unit === undefined ? isUp : decideState(answer)
      return { name: host.name, service, address: host.address, port, ...seen }
    }),
  )
  return { nodes, ...endpoints(lab, nodes) }
}

const isUp = { pid: null, state: 'up' } as const

/** Nothing for real machines: those are asked by ssh alone. */
async function readContainers(lab: HostsLab): Promise<ReadonlyMap<string, Container> | undefined> {
  if (lab.state.provider !== 'docker') return undefined
  const docker = dockerOf(lab)
  return (await dockerVersion(docker)) ? listContainers(docker, lab) : new Map()
}

/** What keeps anybody from reaching the host, or nothing. Pure. */
export function explainContainer(
  container: Container | undefined,
  network: string | undefined,
): 'absent' | 'stopped host' | 'paused' | 'disconnected' | undefined {
  if (!container) return 'absent'
  if (container.paused) return 'paused'
  if (!container.running) return 'stopped host'
  return network !== undefined && !container.networks.includes(network) ? 'disconnected' : undefined
}

/** Pure. */
export function decideState(answer: UnitAnswer | undefined): Pick<HostStatus, 'pid' | 'state'> {
  if (!answer) return { pid: null, state: 'silent' }
  const pid = answer.pid > 0 ? answer.pid : null
  if (answer.load !== 'loaded') return { pid, state: 'not installed' }
  if (answer.active === 'failed') return { pid, state: 'failed' }
  if (answer.active === 'active') return { pid, state: answer.listening ? 'running' : 'starting' }
  return { pid, state: answer.active === 'activating' ? 'starting' : 'stopped' }
}

/** Each part only where it runs. */
function endpoints({ paths, state }: HostsLab, nodes: readonly HostStatus[]): Omit<HostsStatus, 'nodes'> {
  const running = nodes.filter(node => node.state === 'running')
  const of = (service: string) => running.filter(node => node.service === service)
  const caFile = join(paths.ca, 'ca.crt')
  const clients = preferCoordinating(state, of('elasticsearch'))
  const [vault] = of('vault')
  const kafka = of('kafka')
  return {
    ...(clients.length > 0 && existsSync(caFile)
      ? {
          elasticsearch: {
            urls: clients.map(({ address, port }) => `https://${address}:${port}`),
            caFile,
            username: 'elastic',
            passwordFile: passwordFile(paths, 'elastic'),
          },
        }
      : {}),
    ...(kafka.length > 0
      ? { kafka: { brokers: kafka.map(({ address, port }) => `${address}:${port}`) } }
      : {}),
    ...(vault ? { vault: { url: `https://${vault.address}:${vault.port}`, caFile } } : {}),
  }
}

function preferCoordinating({ hosts }: HostsState, nodes: readonly HostStatus[]): readonly HostStatus[] {
  const isCoordinating = ({ name }: HostStatus): boolean =>
    hosts.some(host => host.name === name && host.groups.includes('es_coord'))
  const coordinating = nodes.filter(isCoordinating)
  return coordinating.length > 0 ? coordinating : nodes
}

/** The status as a table for people. */
export function renderHostsStatus({ nodes }: HostsStatus): string {
  const width = Math.max(...nodes.map(node => node.name.length))
  return nodes
    .map(
      ({ name, address, port, pid, state, service }) =>
        `${name.padEnd(width)}  ${`${address}:${port}`.padEnd(19)}  ${service.padEnd(13)}  ${state.padEnd(13)}  ${pid === null ? '' : `process ${pid}`}`,
    )
    .map(line => line.trimEnd())
    .join('\n')
}
