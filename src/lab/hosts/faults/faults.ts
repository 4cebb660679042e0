// Harm done to hosts on purpose. What lasts is written down with the way to undo it; what is over at once needs no undoing.
import { OpsError } from '../../../errors/index.ts'
import { withLock } from '../../process/lock.ts'
import { waitFor } from '../../wait.ts'
import { listContainers } from '../containers.ts'
import { dockerOf } from '../docker.ts'
import { runOnHost } from '../on-host.ts'
import { serviceOf } from '../services.ts'
import { letsIn } from '../start-hosts.ts'
import { type HostsLab, requireHost } from '../state.ts'
import { askUnit } from '../units.ts'
import { directoryOf, type LastingFaultName, lastingFaults } from './lasting.ts'
import { findFault, forgetFault, readFaults, recordFault } from './record.ts'

export interface FaultRequest {
  readonly name: LastingFaultName
  readonly host: string
  readonly off?: boolean | undefined
  readonly directory?: string | undefined
}

/** Does the harm, or takes it back. Either may be asked for twice. */
export async function setFault(lab: HostsLab, request: FaultRequest): Promise<void> {
  requireContainers(lab)
  const { name, off, directory } = request
  const host = requireHost(lab, request.host)
  const table = lastingFaults[name]
  await withLock(`${lab.paths.faults}.lock`, 60_000, async () => {
    const recorded = findFault(lab, name, host.name)
    if (off) {
      if (!recorded) return
      await table.undo({ lab, host, directory: recorded.directory })
      forgetFault(lab, recorded)
      return
    }
    if (recorded) return
    const at = name === 'disk-full' ? { directory: directoryOf({ lab, host, directory }) } : {}
    const record = { fault: name, target: host.name, since: new Date().toISOString(), ...at }
    recordFault(lab, record)
    try {
      await table.cause({ lab, host, ...at })
    } catch (error) {
      await table.undo({ lab, host, ...at }).catch(() => {}) // the first error is the telling one
      forgetFault(lab, record)
      throw error
    }
  })
}

/** Ends the service's process as a power cut does; systemd may start it again. */
export async function killService(lab: HostsLab, name: string): Promise<void> {
  requireContainers(lab)
  const host = requireHost(lab, name)
  const { unit } = serviceOf(host)
  const answer = unit === undefined ? undefined : await askUnit(lab, name, unit)
  if (unit === undefined || !answer || answer.pid === 0) {
    throw new OpsError('USAGE', { message: `no service runs on ${name}`, hint: 'ops lab status' })
  }
  await runOnHost(lab, name, 'kill -9 "$1"', [String(answer.pid)])
}

/** The host goes down in good order and boots again; returns when it can be logged in to. */
export async function rebootHost(lab: HostsLab, name: string): Promise<void> {
  requireContainers(lab)
  const host = requireHost(lab, name)
  const docker = dockerOf(lab)
  const before = (await listContainers(docker, lab)).get(name)?.startedAt
  await docker.ask(['restart', '--time', '30', name], { timeoutMs: 120_000 })
  await waitFor({
    stallMs: 60_000,
    look: async () => {
      const now = (await listContainers(docker, lab)).get(name)
      if (now?.running && now.startedAt !== before && (await letsIn(lab, host))) return { result: undefined }
      return { progress: now?.startedAt ?? 'gone' }
    },
    onStall: () =>
      new OpsError('STALLED', {
        message: `${name} has not come back from its reboot`,
        hint: 'ops lab status',
      }),
  })
}

export interface HostFault {
  readonly fault: string
  readonly target: string
  /** What to type to undo it. */
  readonly undo: string
}

export const listHostFaults = (lab: HostsLab): readonly HostFault[] =>
  readFaults(lab).map(({ fault, target }) => ({
    fault,
    target,
    undo: `ops lab fault ${fault} ${target} --off`,
  }))

/** A real machine is not harmed from here: its provider's own tools do that. */
function requireContainers({ state }: HostsLab): void {
  if (state.provider === 'docker') return
  throw new OpsError('USAGE', {
    message: `faults are for hosts that are containers; these are made by ${state.provider}`,
    hint: 'ops lab down, then ops lab up --hosts vagrant --provider docker',
  })
}
