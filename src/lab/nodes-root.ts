// Where the node directories of a lab are: in its state directory, unless that is closed to the user the nodes run as.
import { createHash } from 'node:crypto'
import { rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { labPaths } from './paths.ts'
import { canNodeUserEnter } from './process/user.ts'

const sharedRoot = '/var/lib/ops-lab'

export function chooseNodesRoot(stateDir: string): string {
  const { root } = labPaths(stateDir)
  if (canNodeUserEnter(root)) return join(root, 'nodes')
  return join(sharedRoot, createHash('sha256').update(root).digest('hex').slice(0, 12))
}

export function removeNodesRoot(nodesRoot: string): void {
  rmSync(nodesRoot, { recursive: true, force: true })
  if (dirname(nodesRoot) !== sharedRoot) return
  try {
    rmdirSync(sharedRoot)
  } catch {
    // another lab is in it
  }
}
