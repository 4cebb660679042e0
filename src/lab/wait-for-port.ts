// Waits until a node lets its clients in, as long as its log moves.
import { OpsError } from '../errors/index.ts'
import { countLogBytes, pointToLogs, throwIfEnded } from './joining.ts'
import { clientPort, type LabNode } from './layout.ts'
import { isOpen } from './process/ports.ts'
import type { Lab } from './state.ts'
import { waitFor } from './wait.ts'

const stallMs = 60_000

export async function waitForPort(lab: Lab, node: LabNode): Promise<void> {
  await waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    everyMs: 100,
    look: async () => {
      throwIfEnded(lab, [node])
      return (await isOpen(node.address, clientPort(node)))
        ? { result: true }
        : { progress: `${countLogBytes(lab, [node])}` }
    },
    onStall: () =>
      new OpsError('LAB_FAILED', { message: `${node.name} does not serve`, hint: pointToLogs(lab, [node]) }),
  })
}
