// Ends one machine of the lab for good and removes all that was on it. The inventory is left as it is: who takes a machine away has to
// take its host out of there as well.
import { rmSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { killNode } from '../faults/node-faults.ts'
import { stopRefusing } from '../faults/refusals.ts'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { recordFile } from '../records.ts'
import { nodeStatus, stopNode } from '../service.ts'
import { type Lab, type LabState, requireLab, requireNode, saveState } from '../state.ts'

const lockWaitMs = 60_000
const stopStallMs = 60_000

export async function removeNode(
  stateDir: string,
  name: string,
): Promise<{ readonly name: string; readonly changed: boolean }> {
  const { paths } = requireLab(stateDir)
  return withLock(paths.lock, lockWaitMs, async () => {
    const lab = requireLab(stateDir)
    const isKnown = lab.nodes.some(node => node.name === name)
    if (!isKnown && lab.state.gone?.includes(name)) return { name, changed: false }
    const node = requireNode(lab, name)
    requireRemovable(node)
    await end(lab, node)
    rmSync(nodePaths(lab.state.nodesRoot, name).root, { recursive: true, force: true })
    rmSync(recordFile(lab, name), { force: true })
    stopRefusing(paths, name)
    saveState(paths, forget(lab.state, name))
    return { name, changed: true }
  })
}

/** What hangs is killed, for nothing of it is kept. */
async function end(lab: Lab, node: LabNode): Promise<void> {
  const { state } = await nodeStatus(lab, node)
  if (state === 'frozen') await killNode(lab, node)
  else if (state !== 'stopped') await stopNode(lab, node, stopStallMs)
}

export function forget(state: LabState, name: string): LabState {
  const { newcomers = [], strays = [], gone = [] } = state
  const others = <T extends { readonly name: string }>(list: readonly T[]) =>
    list.filter(one => one.name !== name)
  const cameLater = [...newcomers, ...strays].some(one => one.name === name)
  return {
    ...state,
    newcomers: others(newcomers),
    strays: others(strays),
    gone: cameLater ? gone : [...gone, name],
  }
}

function requireRemovable({ name, service }: LabNode): void {
  if (service === 'elasticsearch' || service === 'logstash') return
  throw new OpsError('USAGE', {
    message: `${name} runs ${service}, which the lab has as a whole or not at all`,
    hint: 'ops lab node remove es-data05',
  })
}
