// Takes the lab of hosts down and leaves nothing behind: no host, network, process, route, mount, kernel setting or file. It
// works on a lab that was never finished, and ends only what carries the lab's own mark.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { stopAllLoads } from '../load/control.ts'
import { kafkaLoadPaths } from '../load/files.ts'
import { labPaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { runTool } from '../process/run.ts'
import { listContainers } from './containers.ts'
import { dockerOf, endDocker, reachDocker } from './docker.ts'
import { type Docker, dockerVersion } from './docker-client.ts'
import { findDockerd, stopDockerd } from './dockerd.ts'
import { giveSettingsBack } from './kernel.ts'
import { type HostsPaths, hostsPaths } from './paths.ts'
import { removeRoute } from './route.ts'
import { findHosts, type HostsLab } from './state.ts'
import { subnetOf } from './subnet.ts'
import { endStrayVagrant, runVagrant } from './vagrant.ts'

/** Says whether there was anything to take down. */
export async function takeHostsDown(stateDir: string, talk: (line: string) => void): Promise<boolean> {
  const paths = hostsPaths(stateDir)
  if (!existsSync(paths.root)) return false
  await withLock(paths.lock, 5000, async () => {
    await stopAllLoads(labPaths(stateDir))
    await stopAllLoads(kafkaLoadPaths(labPaths(stateDir)))
    await endStrayVagrant(paths)
    const lab = findAnyHosts(stateDir)
    if (lab?.state.provider === 'docker') await removeContainers(lab, talk)
    else if (lab) await destroyMachines(lab, talk)
    if (findDockerd(paths).length > 0) await stopDockerd(paths)
    if (lab) await restoreMachine(lab)
    await unmountBelow(paths)
    rmSync(paths.root, { recursive: true, force: true })
  })
  return true
}

/** A state that cannot be read takes nothing from what carries the lab's mark. */
function findAnyHosts(stateDir: string): HostsLab | undefined {
  try {
    return findHosts(stateDir)
  } catch {
    return undefined
  }
}

async function removeContainers(lab: HostsLab, talk: (line: string) => void): Promise<void> {
  const docker = await dockerToEmpty(lab, talk)
  if (!docker) return
  const containers = [...(await listContainers(docker, lab)).values()]
  if (containers.length > 0) {
    talk(`removing ${containers.length} hosts`)
    await docker.ask(['rm', '-f', '-v', ...containers.map(({ id }) => id)], { timeoutMs: 300_000 })
  }
  const { network, image, machine } = lab.state
  if (network !== undefined && (await isNetworkEmpty(docker, network)))
    await docker.ask(['network', 'rm', network])
  // The lab's own Docker goes with all that it holds.
  if (image !== undefined && machine.docker === undefined) await docker.ask(['image', 'rm', image])
}

/** A dockerd of ours that has died is started once more: it alone knows which processes are its hosts. */
async function dockerToEmpty(lab: HostsLab, talk: (line: string) => void): Promise<Docker | undefined> {
  const docker = dockerOf(lab)
  if (await dockerVersion(docker)) return docker
  const mayHoldHosts = lab.state.machine.docker !== undefined && lab.state.network !== undefined
  if (!mayHoldHosts) return undefined
  try {
    return await reachDocker(lab, talk)
  } catch (error) {
    talk(`ending the hosts without Docker: ${(error as Error).message}`)
    return undefined
  }
}

async function isNetworkEmpty(docker: Docker, network: string): Promise<boolean> {
  const names = (await docker.ask(['network', 'ls', '--format', '{{.Name}}'])).split('\n')
  if (!names.includes(network)) return false
  const count = await docker.ask(['network', 'inspect', '--format', '{{len .Containers}}', network])
  return count.trim() === '0'
}

async function destroyMachines(lab: HostsLab, talk: (line: string) => void): Promise<void> {
  talk(`destroying ${lab.state.hosts.length} hosts`)
  await runVagrant(lab, ['destroy', '--force', '--no-parallel'])
}

async function restoreMachine(lab: HostsLab): Promise<void> {
  const { machine, hosts } = lab.state
  const subnet = subnetOf(hosts)
  await endDocker(lab, subnet)
  if (machine.routed) await removeRoute(subnet)
  giveSettingsBack(machine.kernel)
}

/** What a dockerd that was killed leaves mounted; the last mount goes first. */
async function unmountBelow({ root }: HostsPaths): Promise<void> {
  for (const mount of mountsBelow(readFileSync('/proc/self/mounts', 'utf8'), root)) {
    await runTool(['umount', '--lazy', mount])
  }
}

/** Pure. */
export function mountsBelow(mounts: string, root: string): readonly string[] {
  return mounts
    .split('\n')
    .map(line => line.split(' ')[1]?.replace(/\\040/g, ' ') ?? '')
    .filter(target => target.startsWith(`${root}/`))
    .reverse()
}
