// Who a process is: its id together with the moment it began, as the kernel counts it. Nothing in the lab signals a
// process that is not the very one it started.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'

export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** Field 22 of /proc/PID/stat, in clock ticks since the boot. */
  startTicks: z.number(),
  /** A pid and its ticks may come again after a reboot. */
  bootId: z.string(),
})
export type ProcessIdentity = z.infer<typeof processIdentity>

export interface ProcessStat {
  /** One letter: R running, S sleeping, T stopped by a signal, Z ended but not yet collected. */
  readonly state: string
  readonly startTicks: number
  readonly cpuTicks: number
}

/** What /proc says of a process, or nothing where it has ended. */
export function readProcess(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`)
  // The name in brackets may hold blanks and brackets itself; what follows the last one is regular.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  const at = (field: number) => Number(fields[field - 3])
  return { state: fields[0] ?? '?', startTicks: at(22), cpuTicks: at(14) + at(15) }
}

export function identify(pid: number): ProcessIdentity | undefined {
  const found = readProcess(pid)
  return found && { pid, startTicks: found.startTicks, bootId: bootId() }
}

/** The process, if it is still the one that was recorded. */
export function readIdentified({ pid, startTicks, bootId: boot }: ProcessIdentity): ProcessStat | undefined {
  const found = readProcess(pid)
  return found?.startTicks === startTicks && boot === bootId() ? found : undefined
}

/** Signals a process and the group it leads, if it is still the recorded one; says whether it was. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!readIdentified(leader)) return false
  // One that leads no group is what a leader left behind.
  return signalId(-leader.pid, signal) || signalId(leader.pid, signal)
}

function signalId(id: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(id, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Removes what a JVM that attached an agent to itself leaves in /tmp when it is killed. */
export function removeAttachFile(pid: number): void {
  if (!readProcess(pid)) rmSync(`/tmp/.java_pid${pid}`, { force: true })
}

/** Processes whose environment holds exactly this variable: what carries our mark is ours. */
export function findMarked(name: string, value: string): readonly ProcessIdentity[] {
  const mark = `${name}=${value}`
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(pid => readText(`/proc/${pid}/environ`)?.split('\0').includes(mark))
    .flatMap(pid => identify(Number(pid)) ?? [])
}

const bootId = (): string => readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // ended meanwhile, or somebody else's
  }
}
