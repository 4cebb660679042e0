// A machine that was installed and that no inventory has: config, keystore, certificate, and an empty data directory. It is never
// started here, and nothing of the nodes that are there is touched.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { makeTrustStore } from '../elasticsearch/certificates.ts'
import { layOutNode, makeStores } from '../elasticsearch/nodes.ts'
import type { WrongSettings } from '../elasticsearch/settings.ts'
import { type LabNode, nextAddress } from '../layout.ts'
import { foreignAuthority, nodePaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { giveToNodeUser } from '../process/user.ts'
import { knownNodes, type Lab, requireLab, requireNode, saveState } from '../state.ts'

const lockWaitMs = 60_000

export interface NodeRequest extends WrongSettings {
  readonly name: string
  /** A node of the layout, whose tier and roles it has. */
  readonly like: string
  /** Its certificate is of an authority that the cluster does not trust. */
  readonly foreignCa?: boolean | undefined
  /** A stand-in: who looks finds the software in this version. The lab has one version only, and starts that. */
  readonly likeVersion?: string | undefined
}

export interface NewNode {
  readonly name: string
  readonly address: string
  /** Where a node like it stands in the inventory. */
  readonly groups: readonly string[]
  readonly roles: readonly string[]
}

export async function newNode(stateDir: string, request: NodeRequest): Promise<NewNode> {
  process.umask(0o022)
  const { paths } = requireLab(stateDir)
  return withLock(paths.lock, lockWaitMs, async () => {
    const found = requireLab(stateDir)
    const model = modelOf(found, request)
    const newcomer = { name: request.name, like: model.name, last: nextAddress(model, found.nodes) }
    const state = { ...found.state, newcomers: [...(found.state.newcomers ?? []), newcomer] }
    saveState(paths, state)
    const lab = { state, paths, nodes: knownNodes(state, paths) }
    const node = requireNode(lab, request.name)
    await install(lab, node, request)
    return { name: node.name, address: node.address, groups: model.groups, roles: node.roles }
  })
}

/** @throws OpsError USAGE where there is no such node to be like, or the name is taken */
export function modelOf(
  { nodes, state }: Pick<Lab, 'nodes' | 'state'>,
  { name, like }: NodeRequest,
): LabNode {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new OpsError('USAGE', {
      message: `no node can be called ${name}`,
      hint: 'ops lab node new es-data06 --like es-data03',
    })
  }
  if (nodes.some(node => node.name === name)) {
    throw new OpsError('USAGE', {
      message: `the lab has a node ${name} already`,
      hint: `choose another name, or take it away first: ops lab node remove ${name}`,
    })
  }
  const isFirst = (node: LabNode) =>
    node.service === 'elasticsearch' && !state.newcomers?.some(one => one.name === node.name)
  const model = nodes.find(node => node.name === like && isFirst(node))
  if (model) return model
  throw new OpsError('USAGE', {
    message: `the lab began with no node of Elasticsearch called ${like}`,
    hint: `--like one of ${nodes
      .filter(isFirst)
      .map(one => one.name)
      .join(', ')}`,
  })
}

async function install(lab: Lab, node: LabNode, request: NodeRequest): Promise<void> {
  const stores = await makeStores(lab)
  if (request.foreignCa) {
    const authority = foreignAuthority(lab.paths)
    const trustStore = await makeTrustStore(authority)
    await layOutNode(lab, node, { ...stores, trustStore }, { ...request, authority })
  } else await layOutNode(lab, node, stores, request)
  if (request.likeVersion === undefined) return
  const home = join(nodePaths(lab.state.nodesRoot, node.name).root, 'home')
  mkdirSync(join(home, 'lib'), { recursive: true })
  writeFileSync(join(home, 'lib', `elasticsearch-${request.likeVersion}.jar`), '')
  giveToNodeUser(home)
}
