// Brings the lab of hosts up: what is there is left alone, what is missing is made, so it may be typed again at any time.
// It makes hosts and what Ansible needs to reach them; what runs on them is the roles' work.
import { chownSync, existsSync, mkdirSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { labPaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { isRoot, unprivilegedId } from '../process/user.ts'
import { makeArchives } from './archives.ts'
import { reachDocker } from './docker.ts'
import { makeIdentities, writeKnownHosts } from './identities.ts'
import { prepareImage } from './image.ts'
import { writeHostsInventory } from './inventory.ts'
import { lowSettings, raiseSettings } from './kernel.ts'
import { type HostsPaths, hostsPaths } from './paths.ts'
import { keepTrafficHere } from './route.ts'
import { scanHostKeys } from './scan-host-keys.ts'
import { makeHostsSecrets } from './secrets.ts'
import { startContainers, startMachines, waitForSsh } from './start-hosts.ts'
import { findHosts, type HostsLab, type Provider, saveHosts } from './state.ts'
import { subnetOf } from './subnet.ts'
import { chooseHosts, type LabHost, readTable, withLater } from './table.ts'
import { type HostsTool, requireHostsTools } from './tools.ts'

export interface HostsRequest {
  readonly stateDir: string
  /** Left out: what is up already, else docker. */
  readonly provider?: Provider | undefined
  /** Groups or host names; left out: LAB_LIMIT, else all. */
  readonly only?: readonly string[] | undefined
  talk(line: string): void
}

const lockWaitMs = 5000
const always = ['vagrant', 'ssh', 'ssh-keygen', 'tar', 'gzip'] as const
const needed: Readonly<Record<Provider, readonly HostsTool[]>> = {
  docker: [...always, 'docker', 'iptables', 'ip', 'mmdebstrap'],
  virtualbox: [...always, 'ssh-keyscan', 'VBoxManage'],
  libvirt: [...always, 'ssh-keyscan', 'virsh'],
}

export async function bringHostsUp(request: HostsRequest): Promise<HostsLab> {
  const { stateDir, talk } = request
  const paths = hostsPaths(stateDir)
  const table = readTable()
  return withLock(paths.lock, lockWaitMs, async () => {
    const known = withLater(table, findHosts(stateDir)?.state.hosts ?? [])
    const chosen = chooseHosts(known, request.only ?? limitOf(process.env.LAB_LIMIT))
    const lab = describeHosts(request, chosen)
    requireHostsTools(needed[lab.state.provider])
    mkdirSync(paths.root, { recursive: true, mode: 0o700 })
    saveHosts(lab)
    makeHostsSecrets(paths)
    mkdirSync(paths.ca, { recursive: true, mode: 0o700 })
    makeBackups(paths)
    await makeIdentities(paths, known)
    const archives = await makeArchives(groupsOf(lab.state.hosts), paths.archives, talk)
    await (lab.state.provider === 'docker' ? bringContainersUp : bringMachinesUp)(lab, known, chosen, talk)
    await waitForSsh(lab, chosen)
    if (lab.state.provider !== 'docker') await scanHostKeys(paths, chosen)
    writeHostsInventory(lab, archives, table)
    return lab
  })
}

export const limitOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

/** A lab that exists keeps its provider and its hosts, and may get more of them. */
export function describeHosts(
  { stateDir, provider }: Pick<HostsRequest, 'stateDir' | 'provider'>,
  chosen: readonly LabHost[],
): HostsLab {
  if (existsSync(labPaths(stateDir).state)) {
    throw new OpsError('LAB_FAILED', {
      message: 'an embedded lab has this state directory already',
      hint: 'ops lab down, or another state directory: ops --state DIR lab up --hosts vagrant',
    })
  }
  const found = findHosts(stateDir)
  if (found && provider !== undefined && provider !== found.state.provider) {
    throw new OpsError('LAB_FAILED', {
      message: `a lab of hosts is there already, made by ${found.state.provider} and not ${provider}`,
      hint: 'ops lab down',
    })
  }
  const former = found?.state.hosts ?? []
  const added = chosen.filter(({ name }) => !former.some(known => known.name === name))
  const hosts = [...former, ...added].map(host => ({ ...host, groups: [...host.groups] }))
  if (found) return { paths: found.paths, state: { ...found.state, hosts } }
  const machine = { kernel: {}, routed: false }
  const createdAt = new Date().toISOString()
  return {
    paths: hostsPaths(stateDir),
    state: { provider: provider ?? 'docker', createdAt, hosts, machine },
  }
}

const groupsOf = (hosts: readonly Pick<LabHost, 'groups'>[]): ReadonlySet<string> =>
  new Set(hosts.flatMap(({ groups }) => groups))

async function bringContainersUp(
  lab: HostsLab,
  known: readonly LabHost[],
  chosen: readonly LabHost[],
  talk: (line: string) => void,
): Promise<void> {
  const { state, paths } = lab
  prepareMachine(lab)
  // On a Docker of the machine that anybody may use, routes are for root alone.
  if (isRoot()) {
    state.machine.routed = true
    saveHosts(lab)
    await keepTrafficHere(subnetOf(known))
  }
  const docker = await reachDocker(lab, talk)
  state.image = await prepareImage(docker, talk)
  saveHosts(lab)
  writeKnownHosts(paths, known)
  await startContainers(lab, docker, chosen, talk)
}

async function bringMachinesUp(
  lab: HostsLab,
  _known: readonly LabHost[],
  chosen: readonly LabHost[],
  talk: (line: string) => void,
): Promise<void> {
  await startMachines(lab, chosen, talk)
}

/** Shared by hosts that are containers; the user of the nodes has this id on every host. */
function makeBackups({ backups }: HostsPaths): void {
  mkdirSync(backups, { recursive: true, mode: 0o750 })
  if (isRoot()) chownSync(backups, unprivilegedId, unprivilegedId)
}

/** Remembered first, raised then. */
function prepareMachine(lab: HostsLab): void {
  const low = lowSettings()
  lab.state.machine.kernel = { ...low, ...lab.state.machine.kernel }
  saveHosts(lab)
  raiseSettings(Object.keys(low))
}
