// Waits until every node of the lab has joined one cluster, and says how far it is. A node that ends meanwhile, or a wait
// without any progress, is an error that names the node and its last words.
import { statSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { httpPort, type LabNode } from '../layout.ts'
import { readLogTail } from '../logs.ts'
import { nodePaths } from '../paths.ts'
import { isOpen } from '../process/ports.ts'
import { findNode } from '../service.ts'
import type { Lab } from '../state.ts'
import { waitFor } from '../wait.ts'
import { type Connection, connect } from './http.ts'

const stallMs = 90_000

export async function waitForNodes(lab: Lab, talk: (line: string) => void): Promise<void> {
  using elastic = connect(lab, 'elastic')
  let told = -1
  await waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    everyMs: 500,
    look: async () => {
      for (const node of lab.nodes) if (!findNode(lab, node)) throw explainEnd(lab, node)
      const joined = await countJoined(lab, elastic)
      if (joined !== told) talk(`nodes joined ${joined}/${lab.nodes.length}`)
      told = joined
      if (joined === lab.nodes.length) return { result: true }
      return { progress: `${joined} ${logBytes(lab)}` }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: `only ${told} of ${lab.nodes.length} nodes joined, and no log has moved for ${stallMs / 1000} s`,
        hint: `look at ${lab.nodes.map(node => nodePaths(lab.state.nodesRoot, node.name).output)[0]} and its neighbours`,
      }),
  })
}

/** A node opens its HTTP port once it has joined; when all have, one of them must know them all. */
async function countJoined(lab: Lab, elastic: Connection): Promise<number> {
  const open = await Promise.all(lab.nodes.map(node => isOpen(node.address, httpPort)))
  const count = open.filter(Boolean).length
  if (count < lab.nodes.length) return count
  try {
    const { number_of_nodes } = await elastic.ask('GET', '/_cluster/health', undefined, 5000)
    return number_of_nodes
  } catch {
    return count - 1 // no master at this moment
  }
}

const logBytes = (lab: Lab): number =>
  lab.nodes
    .map(node => nodePaths(lab.state.nodesRoot, node.name).output)
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)

function explainEnd(lab: Lab, node: LabNode): OpsError {
  const { output } = nodePaths(lab.state.nodesRoot, node.name)
  return new OpsError('LAB_FAILED', {
    message: `${node.name} ended while the cluster formed: ${readLogTail(output)}`,
    hint: `look at ${output}, then ops lab up again or ops lab down`,
  })
}
