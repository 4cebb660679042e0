// A machine of the lab of hosts that no inventory has: it can be logged in to, and nothing is installed on it. It never touches a host
// that is there already, nor the inventory: that is for runbooks to change.
import { OpsError } from '../../errors/index.ts'
import { withLock } from '../process/lock.ts'
import { reachDocker } from './docker.ts'
import { makeIdentities, writeKnownHosts } from './identities.ts'
import { hostsPaths } from './paths.ts'
import { scanHostKeys } from './scan-host-keys.ts'
import { startContainers, startMachines, waitForSsh } from './start-hosts.ts'
import { type HostsLab, requireHost, requireHosts, saveHosts } from './state.ts'
import { type LabHost, readTable, withLater } from './table.ts'

const lockWaitMs = 60_000

export interface HostRequest {
  readonly name: string
  /** A host of the lab, whose groups it will have. */
  readonly like: string
}

export interface NewLabHost {
  readonly name: string
  readonly address: string
  /** Where a host like it stands in the inventory. */
  readonly groups: readonly string[]
}

export async function newHost(
  stateDir: string,
  request: HostRequest,
  talk: (line: string) => void,
): Promise<NewLabHost> {
  return withLock(hostsPaths(stateDir).lock, lockWaitMs, async () => {
    const lab = requireHosts(stateDir)
    const table = readTable()
    const host = describeHost(lab, withLater(table, lab.state.hosts), request)
    lab.state.hosts.push({ ...host, groups: [...host.groups] })
    // First, so that `lab down` and `lab node remove` find one that was cut off in the making.
    saveHosts(lab)
    await start(lab, withLater(table, lab.state.hosts), host, talk)
    return { name: host.name, address: host.address, groups: host.groups }
  })
}

/** Pure. @throws OpsError USAGE where the name is taken, or there is no such host to be like */
export function describeHost(lab: HostsLab, known: readonly LabHost[], { name, like }: HostRequest): LabHost {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new OpsError('USAGE', {
      message: `no host can be called ${name}`,
      hint: 'ops lab node new es-data06 --like es-data03',
    })
  }
  if (known.some(host => host.name === name)) {
    throw new OpsError('USAGE', {
      message: `the lab has a host ${name} already, or its table names one`,
      hint: `choose another name, or take it away first: ops lab node remove ${name}`,
    })
  }
  const model = requireHost(lab, like)
  return { name, groups: model.groups, memoryMiB: model.memoryMiB, address: nextFree(model.address, known) }
}

/** The first address after that one which no host has. Pure. */
export function nextFree(address: string, known: readonly Pick<LabHost, 'address'>[]): string {
  const [net, last] = [address.replace(/\.\d+$/, ''), Number(address.split('.').at(-1))]
  const taken = new Set(known.map(host => host.address))
  // .255 is everybody.
  for (let at = last + 1; at < 255; at++) if (!taken.has(`${net}.${at}`)) return `${net}.${at}`
  throw new OpsError('LAB_FAILED', {
    message: `no address after ${address} is free in ${net}.0/24`,
    hint: 'ops lab node remove NAME gives one back',
  })
}

async function start(
  lab: HostsLab,
  known: readonly LabHost[],
  host: LabHost,
  talk: (line: string) => void,
): Promise<void> {
  await makeIdentities(lab.paths, known)
  const isContainer = lab.state.provider === 'docker'
  if (isContainer) {
    writeKnownHosts(lab.paths, known)
    await startContainers(lab, await reachDocker(lab, talk), [host], talk)
  } else await startMachines(lab, [host], talk)
  await waitForSsh(lab, [host])
  if (!isContainer) await scanHostKeys(lab.paths, [host])
}
