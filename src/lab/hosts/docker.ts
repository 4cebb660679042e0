// Docker for the lab of hosts: the machine's own where one answers, else one of the lab's own.
import { OpsError } from '../../errors/index.ts'
import { type Docker, dockerAt, dockerVersion } from './docker-client.ts'
import { bridgeSubnet, findDockerd, privateHost, startDockerd, stopDockerd } from './dockerd.ts'
import { readRules, removeRules } from './packet-rules.ts'
import { type HostsLab, saveHosts } from './state.ts'
import { whyNoDocker } from './why-no-docker.ts'

const isPrivate = ({ state }: HostsLab): boolean => state.machine.docker !== undefined

/** The Docker of a lab that exists, as it is: it may be down. */
export const dockerOf = (lab: HostsLab): Docker =>
  dockerAt(isPrivate(lab) ? privateHost(lab.paths) : lab.state.dockerHost)

/** The Docker of this lab, started if need be. */
export async function reachDocker(lab: HostsLab, talk: (line: string) => void): Promise<Docker> {
  const { state, paths } = lab
  if (!isPrivate(lab)) {
    state.dockerHost ??= process.env.DOCKER_HOST
    const machines = dockerAt(state.dockerHost)
    if (await dockerVersion(machines)) {
      saveHosts(lab)
      return machines
    }
    const why = whyNoDocker()
    if (why !== null || state.dockerHost !== undefined) {
      throw new OpsError('LAB_FAILED', {
        message: `no Docker answers${state.dockerHost ? ` at ${state.dockerHost}` : ''}, and the lab cannot start one`,
        hint: why ?? 'unset DOCKER_HOST and the lab starts its own',
      })
    }
  }
  const docker = dockerAt(privateHost(paths))
  if (await dockerVersion(docker)) return docker
  talk("starting a Docker of the lab's own")
  state.machine.docker ??= await readRules()
  state.dockerHost = docker.host
  saveHosts(lab)
  await startDockerd(paths, dockerd => {
    state.dockerd = dockerd
    saveHosts(lab)
  })
  return docker
}

/** Ends the lab's own Docker and what it leaves on the machine; the machine's own is left alone. */
export async function endDocker(lab: HostsLab, subnet: string): Promise<void> {
  const before = lab.state.machine.docker
  if (findDockerd(lab.paths).length > 0) await stopDockerd(lab.paths)
  if (before) await removeRules(before, [subnet, bridgeSubnet])
}
