// The part of `ops lab` that is about the lab of hosts; lab.ts beside it hands over to this where the state directory has
// one. It says what came of it and nothing more; the work is in src/lab/hosts, loaded only when asked for.
import type { Command } from 'commander'
import { OpsError } from '../../errors/index.ts'
import type { LastingFaultName } from '../../lab/hosts/faults/lasting.ts'
import type { HostsLab, Provider } from '../../lab/hosts/state.ts'
import type { CliIo } from '../io.ts'

export interface HostsOptions {
  readonly provider?: Provider
  readonly only?: readonly string[]
}

/** The lab of hosts of this state directory, where there is one. */
export async function findHostsLab({ stateDir }: CliIo): Promise<HostsLab | undefined> {
  return (await import('../../lab/hosts/state.ts')).findHosts(stateDir)
}

/** One state directory holds one lab. */
export async function refuseBesideHosts(io: CliIo): Promise<void> {
  if (!(await findHostsLab(io))) return
  throw new OpsError('LAB_FAILED', {
    message: 'a lab of hosts has this state directory already',
    hint: 'ops lab down, or another state directory: ops --state DIR lab up',
  })
}

export async function bringUpHosts(io: CliIo, options: HostsOptions): Promise<void> {
  const { stateDir, talk, json, result } = io
  const { bringHostsUp } = await import('../../lab/hosts/up.ts')
  const lab = await bringHostsUp({ stateDir, talk, ...options })
  if (json) return showHosts(io, lab)
  result(`${lab.state.hosts.length} hosts are up. Next: ops run deploy -i inventory/lab, or ops lab status`)
}

/** Says whether there was anything to take down. */
export async function takeDownHosts({ stateDir, talk }: CliIo): Promise<boolean> {
  return (await import('../../lab/hosts/down.ts')).takeHostsDown(stateDir, talk)
}

export async function showHosts({ json, result }: CliIo, lab: HostsLab): Promise<void> {
  const { hostsStatus, renderHostsStatus } = await import('../../lab/hosts/status.ts')
  const status = await hostsStatus(lab)
  result(json ? status : renderHostsStatus(status))
}

/** A host has nothing installed yet, so nothing of it can be wrong. */
export async function addHost(
  { stateDir, talk, json, result }: CliIo,
  name: string,
  { like, ...wrong }: { readonly like: string } & object,
): Promise<void> {
  const given = Object.keys(wrong).map(
    key => `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
  )
  if (given.length > 0)
    throw new OpsError('USAGE', {
      message: `${given.join(' and ')} is for the embedded lab: a new host has nothing installed`,
      hint: `ops lab node new ${name} --like ${like}`,
    })
  const { newHost } = await import('../../lab/hosts/new-host.ts')
  const made = await newHost(stateDir, { name, like }, talk)
  const next = `ops plan add-node -i inventory/lab --name ${name} --group ${made.groups.at(-1)} --address ${made.address}`
  result(json ? made : `${name} is up at ${made.address}, with nothing installed. Next: ${next}`)
}

export async function removeHostForGood({ stateDir, json, result }: CliIo, name: string): Promise<void> {
  const done = await (await import('../../lab/hosts/remove-host.ts')).removeHost(stateDir, name)
  result(json ? done : `${name} is ${done.changed ? 'gone' : 'gone already'}`)
}

export function refuseToConfigure(name: string): never {
  throw new OpsError('USAGE', {
    message: `${name} is a host, which Ansible configures`,
    hint: `ops run deploy -i inventory/lab --limit ${name}`,
  })
}

export interface FaultOptions {
  readonly off?: boolean
  readonly directory?: string
}

export async function setHostFault(
  io: CliIo,
  lab: HostsLab,
  fault: LastingFaultName,
  host: string,
  { off = false, directory }: FaultOptions,
): Promise<void> {
  const [{ setFault }, { lastingFaults }] = await Promise.all([
    import('../../lab/hosts/faults/faults.ts'),
    import('../../lab/hosts/faults/lasting.ts'),
  ])
  await setFault(lab, { name: fault, host, off, directory })
  const { done, undone } = lastingFaults[fault]
  say(io, { fault, target: host, off }, `${host} ${off ? undone : done}`)
}

export async function killHostService(io: CliIo, lab: HostsLab, host: string): Promise<void> {
  await (await import('../../lab/hosts/faults/faults.ts')).killService(lab, host)
  say(io, { fault: 'kill', target: host }, `the service on ${host} is killed`)
}

export async function listFaultsOfHosts(io: CliIo, lab: HostsLab): Promise<void> {
  const { listHostFaults } = await import('../../lab/hosts/faults/faults.ts')
  const faults = listHostFaults(lab)
  const lines = faults.map(one => `${one.target}  ${one.fault}  undo: ${one.undo}`)
  say(io, { faults }, lines.join('\n') || 'no fault')
}

/** The faults that only hosts can have. */
export function addHostFaults(fault: Command, io: () => CliIo): void {
  const requireLab = async () => (await import('../../lab/hosts/state.ts')).requireHosts(io().stateDir)
  const verb = (name: string, description: string) =>
    fault
      .command(name)
      .description(description)
      .argument('<host>')
      .addHelpText('after', `\nExample:\n  ops lab fault ${name} es-data01`)
  const lasting = (name: LastingFaultName, description: string, opposite?: readonly [string, string]) => {
    verb(name, description)
      .option('--off', 'undo it')
      .action(async (host: string, options: FaultOptions) =>
        setHostFault(io(), await requireLab(), name, host, options),
      )
    if (opposite)
      verb(...opposite).action(async (host: string) =>
        setHostFault(io(), await requireLab(), name, host, { off: true }),
      )
  }
  lasting('disconnect', 'hosts: off the network, the services go on', [
    'connect',
    'hosts: on the network again',
  ])
  verb('unpause', 'hosts: a paused host goes on').action(async (host: string) =>
    setHostFault(io(), await requireLab(), 'pause', host, { off: true }),
  )
  lasting('no-sudo', 'hosts: sudo asks for a password')
  lasting('no-python', 'hosts: python3 is gone')
  verb('reboot', 'hosts: down in good order and up again').action(async (host: string) => {
    await (await import('../../lab/hosts/faults/faults.ts')).rebootHost(await requireLab(), host)
    say(io(), { fault: 'reboot', target: host }, `${host} has rebooted`)
  })
}

const say = ({ json, result }: CliIo, done: object, text: string): void => result(json ? done : text)
