// Forms the lab's cluster anew on nodes whose data is gone: the way back from the loss of all of it. It makes users and the
// template and no index, for those come from a snapshot; it never touches a node that still has data.
import { existsSync, readdirSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import { writeInventory } from '../inventory.ts'
import { nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { findNode } from '../service.ts'
import { type Lab, requireLab, saveState } from '../state.ts'
import { makeWriters } from '../vault/writers.ts'
import { bringUpElasticsearch } from './up.ts'

const lockWaitMs = 60_000

export interface Rebuilt {
  readonly changed: boolean
  readonly clusterUuid: string
  readonly nodes: number
}

/** `lost` is the uuid of the cluster that is gone. Where the lab has another one already, this has been done before. */
export async function rebuildCluster(
  stateDir: string,
  lost: string,
  talk: (line: string) => void,
): Promise<Rebuilt> {
  process.umask(0o022)
  const { paths } = requireLab(stateDir)
  return withLock(paths.lock, lockWaitMs, async () => {
    const lab = requireLab(stateDir)
    requireElasticsearch(lab)
    const changed = forgetLost(lab, lost)
    await bringUpElasticsearch(lab, talk, 'bare')
    await makeWriters(lab, talk)
    writeInventory(lab, stateDir)
    const { clusterUuid = '' } = lab.state
    return { changed, clusterUuid, nodes: nodesFor(lab.nodes, 'elasticsearch').length }
  })
}

/** Says whether a cluster has to be formed: by this process, or by one that died on its way. */
function forgetLost(lab: Lab, lost: string): boolean {
  const { state, paths } = lab
  if (!state.formed) return true
  if (state.clusterUuid !== lost) return !state.filled
  refuseWhatIsThere(lab)
  state.formed = false
  state.filled = false
  delete state.clusterUuid
  saveState(paths, state)
  return true
}

function refuseWhatIsThere(lab: Lab): void {
  for (const node of nodesFor(lab.nodes, 'elasticsearch')) {
    const { data } = nodePaths(lab.state.nodesRoot, node.name)
    if (findNode(lab, node)) throw notLost(`${node.name} is running`)
    if (existsSync(data) && readdirSync(data).length > 0) throw notLost(`${node.name} has data in ${data}`)
  }
}

const notLost = (why: string): OpsError =>
  new OpsError('LAB_FAILED', {
    message: `the cluster of the lab is not lost: ${why}`,
    hint: 'start what is stopped: ops lab up',
  })

function requireElasticsearch({ state }: Lab): void {
  if (state.services.includes('elasticsearch')) return
  throw new OpsError('LAB_NOT_UP', {
    message: 'the lab has no Elasticsearch',
    hint: 'ops lab up --only elasticsearch --layout small',
  })
}
