// One more shipper, which no inventory has: it reads raw-logs in a group of its own and writes with its own copy of the credentials of
// today, as somebody does whom nobody remembers. No `lab up` starts it again; `lab down` ends it.
import { OpsError } from '../../errors/index.ts'
import { isStray, type LabNode, type Stray, strayNode } from '../layout.ts'
import { withLock } from '../process/lock.ts'
import { startNode } from '../service.ts'
import { type Lab, requireKafka, requireLab, saveState } from '../state.ts'
import { waitForPort } from '../wait-for-port.ts'
import { layOutMember } from './up.ts'

const lockWaitMs = 60_000

/** Returns once it runs. One of this name that is there already is started where it was stopped. */
export async function startStray(stateDir: string, stray: Stray): Promise<LabNode> {
  process.umask(0o022)
  const { paths } = requireLab(stateDir)
  return withLock(paths.lock, lockWaitMs, async () => {
    addStray(requireLab(stateDir), stray)
    const lab = requireLab(stateDir)
    const node = strayNode(stray, lab.state.net)
    await layOutMember(lab, node, stray.name)
    await startNode(lab, node)
    await waitForPort(lab, node)
    return node
  })
}

function addStray({ nodes, state, paths }: Lab, stray: Stray): void {
  requireKafka({ state })
  checkStray(nodes, stray, state.net)
  const others = (state.strays ?? []).filter(({ name }) => name !== stray.name)
  saveState(paths, { ...state, strays: [...others, stray] })
}

/** @throws OpsError USAGE where its name or its address is another node's */
export function checkStray(nodes: readonly LabNode[], stray: Stray, net: string): void {
  const { name, last } = stray
  if (!/^[a-z][a-z0-9-]*$/.test(name) || !Number.isInteger(last) || last < 2 || last > 254) {
    throw new OpsError('USAGE', {
      message: `no shipper can be called ${name} and be at ${net}.${last}`,
      hint: 'ops lab shipper stray01 --address 79',
    })
  }
  const { address } = strayNode(stray, net)
  const other = nodes.find(
    node => (node.name === name) !== (node.address === address) || (node.name === name && !isStray(node)),
  )
  if (!other) return
  throw new OpsError('USAGE', {
    message: `${other.name} is at ${other.address} already`,
    hint: 'choose another name or address',
  })
}
