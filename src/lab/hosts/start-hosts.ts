// Makes the hosts that are missing, through Vagrant, and waits until every one lets us in by ssh. Hosts that run are left
// alone.
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { OpsError } from '../../errors/index.ts'
import { waitFor } from '../wait.ts'
import { type Container, listContainers } from './containers.ts'
import type { Docker } from './docker-client.ts'
import { findFault } from './faults/record.ts'
import { tryOnHost } from './on-host.ts'
import { type HostsLab, saveHosts } from './state.ts'
import { subnetOf, whoHasSubnet } from './subnet.ts'
import type { LabHost } from './table.ts'
import { endStrayVagrant, machineIdFile, readyHost, runVagrant } from './vagrant.ts'

/** Vagrant calls the network so by itself. */
const networkOf = (subnet: string): string => `vagrant_network_${subnet}`

export async function startContainers(
  lab: HostsLab,
  docker: Docker,
  hosts: readonly LabHost[],
  talk: (line: string) => void,
): Promise<void> {
  const subnet = subnetOf(hosts)
  await requireNetwork(lab, docker, subnet)
  const containers = await listContainers(docker, lab)
  const broken = [...containers.values()].filter(container => !isWhole(lab, container))
  if (broken.length > 0) await docker.ask(['rm', '-f', '-v', ...broken.map(({ id }) => id)])
  const missing = hosts.filter(({ name }) => {
    const container = containers.get(name)
    return container?.running !== true || broken.includes(container)
  })
  await runVagrantUp(lab, missing, talk)
}

/** Machines that take minutes to boot; Vagrant itself knows which of them run. */
export const startMachines = (
  lab: HostsLab,
  hosts: readonly LabHost[],
  talk: (line: string) => void,
): Promise<void> => runVagrantUp(lab, hosts, talk)

async function runVagrantUp(
  lab: HostsLab,
  hosts: readonly LabHost[],
  talk: (line: string) => void,
): Promise<void> {
  if (hosts.length === 0) return
  await endStrayVagrant(lab.paths)
  talk(`starting ${hosts.length} hosts`)
  let ready = 0
  await runVagrant(
    lab,
    ['up', `--provider=${lab.state.provider}`, ...hosts.map(({ name }) => name)],
    line => {
      const name = readyHost(line)
      if (name === undefined) return
      ready += 1
      talk(`${name} is up (${ready} of ${hosts.length})`)
    },
  )
}

/** A subnet that somebody else has would take the hosts' traffic there. */
async function requireNetwork(lab: HostsLab, docker: Docker, subnet: string): Promise<void> {
  const name = networkOf(subnet)
  const known = (await docker.ask(['network', 'ls', '--format', '{{.Name}}'])).split('\n').includes(name)
  const holder = known ? undefined : whoHasSubnet(subnet)
  if (holder !== undefined) {
    throw new OpsError('LAB_FAILED', {
      message: `${subnet}, where the hosts should be, is in use on this machine by ${holder}`,
      hint: 'is another lab of hosts up? ops --state DIR lab down takes it down',
    })
  }
  lab.state.network = name
  saveHosts(lab)
}

/** One that was cut off in the making is not written down by Vagrant, or has no address of the lab yet. */
function isWhole(lab: HostsLab, { id, name, networks }: Container): boolean {
  const file = machineIdFile(lab, name)
  const isKnown = existsSync(file) && readFileSync(file, 'utf8').trim() === id
  const isConnected = lab.state.network === undefined || networks.includes(lab.state.network)
  return isKnown && (isConnected || findFault(lab, 'disconnect', name) !== undefined)
}

/** Returns once every host lets us in by ssh. */
export async function waitForSsh(lab: HostsLab, hosts: readonly LabHost[]): Promise<void> {
  let left = hosts
  await waitFor({
    stallMs: 120_000,
    everyMs: 200,
    look: async () => {
      const answers = await Promise.all(left.map(async host => ((await letsIn(lab, host)) ? [] : [host])))
      left = answers.flat()
      return left.length === 0 ? { result: true } : { progress: String(left.length) }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: `no ssh on ${left.map(({ name, address }) => `${name} (${address})`).join(', ')}`,
        hint: 'ops lab fault list says whether a fault keeps it away; else ops lab down, then ops lab up --hosts vagrant',
      }),
  })
}

/**
 * Whether a host greets, and its boot has come so far that others than root may log in: sshd is up before that, and PAM sends them away.
 * Vagrant has logged in to a machine when it calls it ready.
 */
export async function letsIn(
  lab: HostsLab,
  { name, address }: Pick<LabHost, 'name' | 'address'>,
): Promise<boolean> {
  if (!(await greets(address))) return false
  if (lab.state.provider !== 'docker') return true
  return (await tryOnHost(lab, name, 'test ! -e /run/nologin')).exitCode === 0
}

/** Whether an ssh server greets there; a paused host accepts the connection and says nothing. */
export function greets(address: string, timeoutMs = 2000): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port: 22, timeout: timeoutMs })
    const say = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', data => say(data.toString('latin1').startsWith('SSH-')))
    socket.once('error', () => say(false))
    socket.once('close', () => say(false))
    socket.once('timeout', () => say(false))
  })
}
