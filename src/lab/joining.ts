// What every wait for nodes that find each other looks at beside the cluster itself: whether a node has ended, and whether any
// log still moves.
import { statSync } from 'node:fs'
import { OpsError } from '../errors/index.ts'
import type { LabNode } from './layout.ts'
import { readLogTail } from './logs.ts'
import { nodePaths } from './paths.ts'
import { findNode } from './service.ts'
import type { Lab } from './state.ts'

/** @throws OpsError LAB_FAILED with the last words of a node that has ended */
export function throwIfEnded(lab: Lab, nodes: readonly LabNode[]): void {
  const ended = nodes.find(node => !findNode(lab, node))
  if (!ended) return
  const output = outputOf(lab, ended)
  throw new OpsError('LAB_FAILED', {
    message: `${ended.name} ended while the nodes found each other: ${readLogTail(output)}`,
    hint: `look at ${output}, then ops lab up again or ops lab down`,
  })
}

export const countLogBytes = (lab: Lab, nodes: readonly LabNode[]): number =>
  nodes
    .map(node => statSync(outputOf(lab, node), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0)

/** Where to look when nothing moves any more. */
export const pointToLogs = (lab: Lab, [first]: readonly LabNode[]): string =>
  first ? `look at ${outputOf(lab, first)} and its neighbours` : 'ops lab status'

const outputOf = (lab: Lab, { name }: LabNode): string => nodePaths(lab.state.nodesRoot, name).output
