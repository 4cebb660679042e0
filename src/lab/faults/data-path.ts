// A stopped node whose disk is gone: it starts as a node nobody knows, with nothing on it. What it had is kept aside, never deleted,
// until it is put back.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { giveToNodeUser } from '../process/user.ts'
import { findNode } from '../service.ts'
import type { Lab } from '../state.ts'
import { forget, remember, requirePlanted } from './planted.ts'

const asideOf = (data: string): string => `${data}.lost`

export function loseDataPath(lab: Lab, node: LabNode): void {
  requireStopped(lab, node)
  const { data } = nodePaths(lab.state.nodesRoot, node.name)
  remember(lab.paths, 'lose-data-path', node.name, null)
  renameSync(data, asideOf(data))
  makeEmpty(data)
}

export function findDataPath(lab: Lab, node: LabNode): void {
  requirePlanted(lab.paths, 'lose-data-path', node.name)
  requireStopped(lab, node)
  const { data } = nodePaths(lab.state.nodesRoot, node.name)
  if (existsSync(asideOf(data))) {
    rmSync(data, { recursive: true, force: true })
    renameSync(asideOf(data), data)
  }
  forget(lab.paths, 'lose-data-path', node.name)
}

function makeEmpty(directory: string): void {
  mkdirSync(directory, { mode: 0o750 })
  giveToNodeUser(directory)
}

/** A running node would go on writing to files that nobody sees. */
export function requireStopped(lab: Lab, node: LabNode): void {
  if (!findNode(lab, node)) return
  throw new OpsError('USAGE', {
    message: `${node.name} is running`,
    hint: `ops lab fault kill ${node.name}`,
  })
}
