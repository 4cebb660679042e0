// Takes the lab down and leaves nothing behind: no process, no mount, no directory. It works on a lab that was never
// finished, and ends only what carries the lab's own mark.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { OpsError } from '../errors/index.ts'
import { killOwner } from './faults/master-flap/owner.ts'
import { undoMounts } from './faults/mounts.ts'
import { labNodes, layoutNames, serviceNames, strayNode } from './layout.ts'
import { stopAllLoads } from './load/control.ts'
import { kafkaLoadPaths } from './load/files.ts'
import { chooseNodesRoot, removeNodesRoot } from './nodes-root.ts'
import { labPaths } from './paths.ts'
import { readIdentified, removeAttachFile, signalGroup } from './process/identity.ts'
import { withLock } from './process/lock.ts'
import { readRecord } from './records.ts'
import { findNode } from './service.ts'
import { findLab, type Lab } from './state.ts'
import { waitFor } from './wait.ts'

const patienceMs = 30_000

/** Says whether there was anything to take down. */
export async function takeDown(stateDir: string, talk: (line: string) => void): Promise<boolean> {
  const paths = labPaths(stateDir)
  if (!existsSync(paths.root)) return false
  await withLock(paths.lock, 5000, async () => {
    await stopAllLoads(paths)
    await stopAllLoads(kafkaLoadPaths(paths))
    killOwner(paths)
    await undoMounts(paths)
    const lab = findAnyLab(stateDir)
    if (lab) {
      await endNodes(lab, talk)
      removeNodesRoot(lab.state.nodesRoot)
    }
    rmSync(paths.root, { recursive: true, force: true })
  })
  return true
}

async function endNodes(lab: Lab, talk: (line: string) => void): Promise<void> {
  const alive = () => lab.nodes.flatMap(node => findNode(lab, node) ?? [])
  const leaders = alive()
  if (leaders.length > 0) talk(`ending ${leaders.length} nodes`)
  for (const leader of leaders) {
    signalGroup(leader, 'SIGTERM')
    signalGroup(leader, 'SIGCONT') // a frozen one takes its SIGTERM only now
  }
  const began = performance.now()
  await waitFor({
    stallMs: 2 * patienceMs,
    everyMs: 100,
    look: async () => {
      const left = leaders.filter(leader => readIdentified(leader))
      if (performance.now() - began > patienceMs) for (const leader of left) signalGroup(leader, 'SIGKILL')
      return left.length === 0 ? { result: true } : { progress: String(left.length) }
    },
    onStall: left =>
      new OpsError('LAB_FAILED', {
        message: `${left} nodes of the lab have not ended even by SIGKILL`,
        hint: 'ops lab status names their processes',
      }),
  })
  for (const late of alive()) signalGroup(late, 'SIGKILL')
  const former = lab.nodes.flatMap(node => readRecord(lab, node.name) ?? [])
  for (const { pid } of [...leaders, ...former]) removeAttachFile(pid)
}

/** A state file that cannot be read takes nothing from what is known of every lab of this state directory. */
function findAnyLab(stateDir: string): Pick<Lab, 'nodes' | 'paths' | 'state'> | undefined {
  try {
    return findLab(stateDir)
  } catch {
    const nodesRoot = chooseNodesRoot(stateDir)
    const net = '127.0.1'
    const made = layoutNames.flatMap(layout => labNodes({ services: serviceNames, layout, net }))
    const later = readNames(nodesRoot).filter(name => !made.some(node => node.name === name))
    const nodes = [...made, ...later.map(name => strayNode({ name, last: 0 }, net))]
    return { nodes, paths: labPaths(stateDir), state: { nodesRoot } as Lab['state'] }
  }
}

const readNames = (directory: string): readonly string[] =>
  existsSync(directory) ? readdirSync(directory) : []
