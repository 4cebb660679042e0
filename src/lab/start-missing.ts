// Starts those of some nodes that do not run; the others are left alone.
import type { LabNode } from './layout.ts'
import { findNode, startNode } from './service.ts'
import type { Lab } from './state.ts'

export async function startMissing(
  lab: Lab,
  nodes: readonly LabNode[],
  talk: (line: string) => void,
): Promise<void> {
  const stopped = nodes.filter(node => !findNode(lab, node))
  if (stopped.length > 0) talk(`starting ${stopped.map(node => node.name).join(', ')}`)
  for (const node of stopped) await startNode(lab, node)
}
