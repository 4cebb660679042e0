// Starts, stops and looks at one node of the lab, as a service manager does: Ansible calls this for every restart. A node is
// only ever ended by SIGTERM here, and only the very process that was started for it.
import { type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OpsError } from '../errors/index.ts'
import { isRefused } from './faults/refusals.ts'
import { clientPort, type LabNode, portsOf } from './layout.ts'
import { readLogTail } from './logs.ts'
import { nodePaths } from './paths.ts'
import {
  findMarked,
  identify,
  type ProcessIdentity,
  readIdentified,
  removeAttachFile,
  signalGroup,
} from './process/identity.ts'
import { withLock } from './process/lock.ts'
import { isOpen } from './process/ports.ts'
import { asNodeUser, bareEnvironment } from './process/user.ts'
import { programOf } from './program.ts'
import { readRecord, recordFile, writeRecord } from './records.ts'
import type { Lab } from './state.ts'
import { waitFor } from './wait.ts'

/** Stopped: no process. Starting: it does not serve yet. Frozen: stopped by a signal in the middle of everything. */
export type NodeState = 'running' | 'starting' | 'frozen' | 'stopped'

export interface ServiceStatus {
  readonly name: string
  readonly state: NodeState
  readonly pid: number | null
  /** What a stopped node said last; empty where it never ran. */
  readonly lastWords?: string
}
export interface ServiceChange extends ServiceStatus {
  readonly changed: boolean
}

// A start that fails at once fails within this time; one that fails later is seen by whoever waits for the node.
const firstMomentMs = 250
const markVariable = 'OPS_LAB_NODE'

export async function nodeStatus(lab: Lab, node: LabNode): Promise<ServiceStatus> {
  const { name } = node
  const leader = findNode(lab, node)
  const found = leader && readIdentified(leader)
  if (!found) {
    const { output } = nodePaths(lab.state.nodesRoot, name)
    return { name, state: 'stopped', pid: null, lastWords: existsSync(output) ? readLogTail(output) : '' }
  }
  if (found.state === 'T') return { name, state: 'frozen', pid: leader.pid }
  const state = (await isOpen(node.address, clientPort(node))) ? 'running' : 'starting'
  return { name, state, pid: leader.pid }
}

/** Returns once the process has begun and outlived the first moment; it takes seconds more to join its cluster. */
export async function startNode(
  lab: Lab,
  node: LabNode,
  env: Record<string, string> = {},
): Promise<ServiceChange> {
  return withLock(join(lab.paths.run, `${node.name}.lock`), 60_000, async () => {
    const { name } = node
    const already = findNode(lab, node)
    if (already) return { name, state: 'starting', pid: already.pid, changed: false }
    if (isRefused(lab.paths, name)) {
      const hint = `ops lab fault refuse-start ${name} --off`
      throw new OpsError('STEP_FAILED', { message: `${name} refuses to start: a fault says so`, hint })
    }
    const former = readRecord(lab, name)
    if (former) removeAttachFile(former.pid)
    const leader = spawnNode(lab, node, env)
    await sleep(firstMomentMs)
    if (!leader || !readIdentified(leader)) throw explainEnd(lab, node)
    return { name, state: 'starting', pid: leader.pid, changed: true }
  })
}

/** Returns once the process has ended and its ports are free; a node whose log stands still that long is reported. */
export async function stopNode(lab: Lab, node: LabNode, stallMs: number): Promise<ServiceChange> {
  const { name } = node
  const leader = findNode(lab, node)
  const found = leader && readIdentified(leader)
  if (found?.state === 'T') {
    const hint = `ops lab fault thaw ${name}`
    throw new OpsError('STEP_FAILED', { message: `${name} is frozen and cannot stop in good order`, hint })
  }
  const changed = leader ? signalGroup(leader, 'SIGTERM') : false
  const { output } = nodePaths(lab.state.nodesRoot, name)
  await waitFor({
    stallMs,
    everyMs: 50,
    look: async () => {
      if (leader && readIdentified(leader)) return { progress: `log ${statSync(output).size}` }
      for (const port of portsOf(node)) {
        if (await isOpen(node.address, port)) return { progress: `port ${port}` }
      }
      return { result: true }
    },
    onStall: progress =>
      new OpsError('STALLED', {
        message: `${name} has not stopped: ${progress.startsWith('log') ? `process ${leader?.pid} goes on` : `${progress} is still open`}`,
        hint: `look at ${output}, or end it the hard way: ops lab fault kill ${name}`,
      }),
  })
  rmSync(recordFile(lab, name), { force: true })
  return { name, state: 'stopped', pid: null, changed }
}

/** The node's process: as recorded, or, had `ops` died before the record, by the mark that it carries. */
export function findNode(lab: Lab, node: LabNode): ProcessIdentity | undefined {
  const recorded = readRecord(lab, node.name)
  if (recorded && readIdentified(recorded)) return recorded
  // A group leader: its children carry the mark too.
  const marked = findMarked(markVariable, markOf(lab, node)).toSorted(
    (a, b) => a.startTicks - b.startTicks || a.pid - b.pid,
  )
  return marked[0]
}

const markOf = (lab: Lab, node: LabNode): string => nodePaths(lab.state.nodesRoot, node.name).root

function spawnNode(lab: Lab, node: LabNode, extra: Record<string, string>): ProcessIdentity | undefined {
  const { output } = nodePaths(lab.state.nodesRoot, node.name)
  const program = programOf(lab, node)
  const delayed = ['bash', '-c', boot, 'boot', String(lab.state.bootDelaySeconds), ...program.command]
  const [command = '', ...args] = program.asNodeUser ? asNodeUser(delayed) : delayed
  mkdirSync(lab.paths.run, { recursive: true })
  const log = openSync(output, 'a', 0o644)
  const options: SpawnOptions = { detached: true, stdio: ['ignore', log, log], cwd: '/' }
  const env = { ...bareEnvironment(), ...program.env, [markVariable]: markOf(lab, node), ...extra }
  const child = spawn(command, args, { ...options, env })
  closeSync(log)
  child.unref()
  const leader = child.pid === undefined ? undefined : identify(child.pid)
  if (leader) writeRecord(lab, node.name, leader)
  return leader
}

// The delay is a read that nothing answers, and not `sleep`: a stop during it leaves no child behind.
const boot = 'if [ "$1" != 0 ]; then exec 3<> <(:); read -r -t "$1" -u 3; exec 3>&-; fi; shift; exec "$@"'

function explainEnd(lab: Lab, node: LabNode): OpsError {
  const { output } = nodePaths(lab.state.nodesRoot, node.name)
  return new OpsError('STEP_FAILED', {
    message: `${node.name} ended as soon as it was started: ${readLogTail(output)}`,
    hint: `look at ${output}`,
  })
}
