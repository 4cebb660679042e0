// What the lab of hosts remembers between commands. Written before the first thing that it describes is made, so that a lab
// that was never finished can still be carried on or taken down.
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import { processIdentity } from '../process/identity.ts'
import { writeAtomically } from '../state.ts'
import { type HostsPaths, hostsPaths } from './paths.ts'

export const providers = ['docker', 'virtualbox', 'libvirt'] as const
export type Provider = (typeof providers)[number]

const labHost = z.object({
  name: z.string(),
  groups: z.array(z.string()),
  address: z.string(),
  memoryMiB: z.number(),
})

/** What the lab has changed on the machine itself, as it was before. */
const machineBefore = z.object({
  /** Kernel settings that the lab has raised. */
  kernel: z.record(z.string(), z.string()),
  /** The lab's subnet has a route that keeps its traffic off the default route. */
  routed: z.boolean(),
  /** Bridge and packet rules of Docker as they were before the lab's own dockerd; none where the lab has started none. */
  docker: z.object({ bridge: z.boolean(), rules: z.boolean(), forwardPolicy: z.string() }).optional(),
})

const hostsState = z.object({
  provider: z.enum(providers),
  createdAt: z.string(),
  /** Every host that this lab was ever told to have. */
  hosts: z.array(labHost),
  /** DOCKER_HOST of the Docker that the hosts run on; none for the machine's own. */
  dockerHost: z.string().optional(),
  /** The private dockerd, where the lab has started one. */
  dockerd: processIdentity.optional(),
  /** The image of the hosts, as Docker knows it. */
  image: z.string().optional(),
  /** The Docker network of the hosts. */
  network: z.string().optional(),
  machine: machineBefore,
})
export type HostsState = z.infer<typeof hostsState>

export interface HostsLab {
  readonly state: HostsState
  readonly paths: HostsPaths
}

export function findHosts(stateDir: string): HostsLab | undefined {
  const paths = hostsPaths(stateDir)
  if (!existsSync(paths.state)) return undefined
  try {
    return { paths, state: hostsState.parse(JSON.parse(readFileSync(paths.state, 'utf8'))) }
  } catch (cause) {
    throw new OpsError('LAB_FAILED', {
      message: `${paths.state} cannot be understood`,
      hint: 'ops lab down',
      cause,
    })
  }
}

export function requireHosts(stateDir: string): HostsLab {
  const lab = findHosts(stateDir)
  if (lab) return lab
  throw new OpsError('LAB_NOT_UP', {
    message: `no lab of hosts is up in ${stateDir}`,
    hint: 'ops lab up --hosts vagrant',
  })
}

export function requireHost({ state }: HostsLab, name: string): HostsState['hosts'][number] {
  const host = state.hosts.find(candidate => candidate.name === name)
  if (host) return host
  throw new OpsError('USAGE', {
    message: `the lab of hosts has no host ${name}`,
    hint: `one of ${state.hosts.map(one => one.name).join(', ')}`,
  })
}

export function saveHosts({ paths, state }: HostsLab): void {
  writeAtomically(paths.state, `${JSON.stringify(state, null, 2)}\n`, 0o600)
}
