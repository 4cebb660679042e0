// Waits until every node of the lab has joined one cluster, and says how far it is. A node that ends meanwhile, or a wait
// without any progress, is an error that names the node and its last words.
import { OpsError } from '../../errors/index.ts'
import { countLogBytes, pointToLogs, throwIfEnded } from '../joining.ts'
import { httpPort, nodesFor } from '../layout.ts'
import { isOpen } from '../process/ports.ts'
import type { Lab } from '../state.ts'
import { waitFor } from '../wait.ts'
import { type Connection, connect } from './http.ts'

const stallMs = 90_000

export async function waitForNodes({ nodes, ...rest }: Lab, talk: (line: string) => void): Promise<void> {
  const lab = { ...rest, nodes: nodesFor(nodes, 'elasticsearch') }
  using elastic = connect(lab, 'elastic')
  let told = -1
  await waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    everyMs: 500,
    look: async () => {
      throwIfEnded(lab, lab.nodes)
      const joined = await countJoined(lab, elastic)
      if (joined !== told) talk(`nodes joined ${joined}/${lab.nodes.length}`)
      told = joined
      if (joined === lab.nodes.length) return { result: true }
      return { progress: `${joined} ${countLogBytes(lab, lab.nodes)}` }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', {
        message: `only ${told} of ${lab.nodes.length} nodes joined, and no log has moved for ${stallMs / 1000} s`,
        hint: pointToLogs(lab, lab.nodes),
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
