// Harm done to one node on purpose, each with the way to undo it.
import { rmSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { clientPort, type LabNode, nodesFor, portsOf } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { readIdentified, removeAttachFile, signalGroup } from '../process/identity.ts'
import { isOpen } from '../process/ports.ts'
import { recordFile } from '../records.ts'
import { findNode, nodeStatus } from '../service.ts'
import type { Lab } from '../state.ts'
import { readSeal } from '../vault/seal.ts'
import { waitFor } from '../wait.ts'
import { isFilled, readMounts } from './mounts.ts'
import { listPlanted, undoOf } from './planted.ts'
import { refusedNodes } from './refusals.ts'

/** Ends the node as a power cut does. */
export async function killNode(lab: Lab, node: LabNode): Promise<void> {
  const leader = requireProcess(lab, node)
  signalGroup(leader, 'SIGKILL')
  await waitFor({
    stallMs: 10_000,
    everyMs: 20,
    look: async () => {
      if (readIdentified(leader)) return { progress: 'there' }
      // The last of its threads may hold the ports for a moment after it.
      const open = await Promise.all(portsOf(node).map(port => isOpen(node.address, port)))
      return open.includes(true) ? { progress: 'its ports' } : { result: true }
    },
    onStall: () =>
      new OpsError('STALLED', { message: `${node.name} has not ended by SIGKILL`, hint: 'ops lab status' }),
  })
  removeAttachFile(leader.pid)
  rmSync(recordFile(lab, node.name), { force: true })
}

/** Stops the node in the middle of everything: its sockets stay open and nothing answers. */
export const freezeNode = (lab: Lab, node: LabNode): Promise<void> => halt(lab, node, 'SIGSTOP')

export const thawNode = (lab: Lab, node: LabNode): Promise<void> => halt(lab, node, 'SIGCONT')

/** Returns once the last thread has obeyed. */
async function halt(lab: Lab, node: LabNode, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const leader = requireProcess(lab, node)
  signalGroup(leader, signal)
  await waitFor({
    stallMs: 10_000,
    everyMs: 10,
    look: async () => {
      const halted = readIdentified(leader)?.state === 'T'
      return halted === (signal === 'SIGSTOP') ? { result: undefined } : { progress: signal }
    },
    onStall: () =>
      new OpsError('STALLED', { message: `${node.name} does not obey ${signal}`, hint: 'ops lab status' }),
  })
}

export interface Fault {
  readonly fault: string
  readonly target: string
  /** What to type to undo it. */
  readonly undo: string
}

export async function listFaults(lab: Lab): Promise<readonly Fault[]> {
  const states = await Promise.all(lab.nodes.map(node => nodeStatus(lab, node)))
  const ofNodes = states.flatMap(({ name, state }): Fault[] => {
    if (state === 'stopped') return [{ fault: state, target: name, undo: `ops lab service start ${name}` }]
    if (state === 'frozen') return [{ fault: state, target: name, undo: `ops lab fault thaw ${name}` }]
    return []
  })
  const refusals = refusedNodes(lab.paths).map(name => ({
    fault: 'refuse-start',
    target: name,
    undo: `ops lab fault refuse-start ${name} --off`,
  }))
  // A node's own disk is undone with the fault that it was made for.
  const own = new Set(lab.nodes.map(({ name }) => nodePaths(lab.state.nodesRoot, name).data))
  const small = readMounts(lab.paths).filter(({ directory }) => !own.has(directory))
  const mounts = small.map(mount => ({
    fault: isFilled(mount) ? 'disk-full' : 'small-state',
    target: mount.directory,
    undo: `ops lab fault small-state ${mount.directory} --off`,
  }))
  const planted = listPlanted(lab.paths).map(({ fault, target }) => ({
    fault,
    target,
    undo: undoOf(fault, target),
  }))
  return [...ofNodes, ...(await listSealed(lab)), ...refusals, ...mounts, ...planted]
}

async function listSealed(lab: Lab): Promise<readonly Fault[]> {
  const states = await Promise.all(
    nodesFor(lab.nodes, 'vault').map(async node => {
      const answers = await isOpen(node.address, clientPort(node))
      const found = answers ? await readSeal(lab, node).catch(() => undefined) : undefined
      return { node, sealed: found?.initialised === true && found.sealed }
    }),
  )
  return states
    .filter(({ sealed }) => sealed)
    .map(({ node: { name } }) => ({ fault: 'sealed', target: name, undo: `ops lab fault unseal ${name}` }))
}

function requireProcess(lab: Lab, node: LabNode) {
  const leader = findNode(lab, node)
  if (leader) return leader
  throw new OpsError('USAGE', {
    message: `${node.name} is not running`,
    hint: `ops lab service start ${node.name}`,
  })
}
