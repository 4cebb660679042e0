// Finds and ends the processes of a play. Ansible's workers call setsid and its modules may outlive it, so the process
// group is not enough: descendants count, and so does everything that carries the play's mark in its environment.
// It must never end a service that a play started: whatever carries OPS_DETACHED is left alone, with its children.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface CancelTimings {
  /** From SIGINT to SIGTERM. */
  readonly interruptMs: number
  /** From SIGTERM to SIGKILL. */
  readonly terminateMs: number
  /** How often processes are looked at meanwhile. */
  readonly pollMs: number
}

export const usualTimings: CancelTimings = { interruptMs: 20_000, terminateMs: 10_000, pollMs: 200 }

interface Found {
  readonly pid: number
  readonly ppid: number
  /** Start time in ticks: with the pid it names one process for ever. */
  readonly startedAt: string
}

/** Processes that may be ended: descendants of `root` (where given) and bearers of `mark` (`NAME=value`). */
export function findProcesses(mark: string, root: number | null = null): readonly Found[] {
  const all = listProcesses()
  const children = Map.groupBy(all, one => one.ppid)
  const found = new Map<number, Found>()
  const detached = new Set<number>()
  const visit = (one: Found): void => {
    if (found.has(one.pid) || detached.has(one.pid) || one.pid === process.pid) return
    const environment = readEnvironment(one.pid)
    if (environment.includes('OPS_DETACHED=1')) {
      leave(one)
      return
    }
    found.set(one.pid, one)
    for (const child of children.get(one.pid) ?? []) visit(child)
  }
  const leave = (one: Found): void => {
    detached.add(one.pid)
    found.delete(one.pid)
    for (const child of children.get(one.pid) ?? []) if (!detached.has(child.pid)) leave(child)
  }
  for (const one of all) if (one.pid === root || readEnvironment(one.pid).includes(mark)) visit(one)
  return [...found.values()]
}

/** Asks, insists, and at last kills. Resolves with what is left, which is nothing unless the kernel cannot end it. */
export async function endProcesses(
  mark: string,
  root: number | null,
  timings: CancelTimings,
): Promise<readonly number[]> {
  // Recorded while their parents still live: later nothing may lead to them.
  const known = new Map<number, Found>()
  const look = (): readonly Found[] => {
    for (const one of findProcesses(mark, root)) known.set(one.pid, one)
    return [...known.values()].filter(isAlive)
  }
  const waitForEnd = async (ms: number): Promise<boolean> => {
    const until = performance.now() + ms
    while (look().length > 0) {
      if (performance.now() >= until) return false
      await sleep(timings.pollMs)
    }
    return true
  }

  look()
  if (root !== null) {
    send(root, 'SIGINT')
    if (await waitForEnd(timings.interruptMs)) return []
  }
  for (const one of look()) send(one.pid, 'SIGTERM')
  if (await waitForEnd(timings.terminateMs)) return []
  for (let round = 0; round < 25 && look().length > 0; round += 1) {
    for (const one of look()) send(one.pid, 'SIGKILL')
    await sleep(timings.pollMs)
  }
  return look().map(one => one.pid)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

function isAlive(one: Found): boolean {
  const now = readProcess(one.pid)
  return now !== null && now.startedAt === one.startedAt
}

function listProcesses(): readonly Found[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => readProcess(Number(name)))
    .filter(one => one !== null)
}

/** `null` for a process that is gone or a zombie. The name in /proc/PID/stat may itself hold brackets and blanks. */
function readProcess(pid: number): Found | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, ppid] = fields
    if (state === 'Z' || state === 'X') return null
    return { pid, ppid: Number(ppid), startedAt: fields[19] ?? '' }
  } catch {
    return null
  }
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}
