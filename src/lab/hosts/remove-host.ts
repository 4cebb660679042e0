// Ends one machine of the lab of hosts for good, with all that is on it. Its entry in the inventory is left as it is: who takes a
// machine away has to take it out of there as well.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { withLock } from '../process/lock.ts'
import { writeAtomically } from '../state.ts'
import { listContainers } from './containers.ts'
import { reachDocker } from './docker.ts'
import { forgetFault, readFaults } from './faults/record.ts'
import { relistHosts } from './inventory.ts'
import { hostsPaths } from './paths.ts'
import { type HostsLab, requireHost, requireHosts, saveHosts } from './state.ts'
import { readTable } from './table.ts'
import { endStrayVagrant, machineIdFile, runVagrant } from './vagrant.ts'

const lockWaitMs = 60_000

export async function removeHost(
  stateDir: string,
  name: string,
): Promise<{ readonly name: string; readonly changed: boolean }> {
  return withLock(hostsPaths(stateDir).lock, lockWaitMs, async () => {
    const lab = requireHosts(stateDir)
    const table = readTable()
    const isKnown = lab.state.hosts.some(host => host.name === name)
    if (!isKnown && table.some(host => host.name === name)) return { name, changed: false }
    requireHost(lab, name)
    requireAnother(lab)
    await end(lab, name)
    for (const fault of readFaults(lab).filter(({ target }) => target === name)) forgetFault(lab, fault)
    lab.state.hosts = lab.state.hosts.filter(host => host.name !== name)
    saveHosts(lab)
    relistHosts(lab, table)
    forgetKey(lab, name)
    return { name, changed: true }
  })
}

/** What hangs is killed, for nothing of it is kept. */
async function end(lab: HostsLab, name: string): Promise<void> {
  await endStrayVagrant(lab.paths)
  if (lab.state.provider !== 'docker') return runVagrant(lab, ['destroy', '--force', name])
  const docker = await reachDocker(lab, () => {})
  const container = (await listContainers(docker, lab)).get(name)
  if (container) await docker.ask(['rm', '-f', '-v', container.id], { timeoutMs: 120_000 })
  rmSync(dirname(dirname(machineIdFile(lab, name))), { recursive: true, force: true })
}

/** Another machine may come to have its address, and shows another key. */
function forgetKey({ paths }: HostsLab, name: string): void {
  if (!existsSync(paths.knownHosts)) return
  const lines = readFileSync(paths.knownHosts, 'utf8').split('\n')
  writeAtomically(paths.knownHosts, lines.filter(line => !line.startsWith(`${name},`)).join('\n'), 0o600)
}

/** Without a host nobody knows what the lab's network is. */
function requireAnother({ state }: HostsLab): void {
  if (state.hosts.length > 1) return
  throw new OpsError('USAGE', { message: 'it is the last host of the lab', hint: 'ops lab down' })
}
