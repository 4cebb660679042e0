// Writes the configuration of one node anew from the members that there are, as a deploy does on a host. It never stops, starts or
// restarts anything: what has been written is read at the next start.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { layOutNode, makeStores, settingsOf } from '../elasticsearch/nodes.ts'
import { isMaster, isStray, type LabNode, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { withLock } from '../process/lock.ts'
import { giveToNodeUser } from '../process/user.ts'
import { recordFile } from '../records.ts'
import { findNode } from '../service.ts'
import { consumerGroup } from '../shipper/config.ts'
import { shipperFiles } from '../shipper/files.ts'
import { layOutMember } from '../shipper/up.ts'
import { type Lab, requireLab, requireNode, writeAtomically } from '../state.ts'

const lockWaitMs = 60_000

export interface NodeConfigured {
  readonly name: string
  readonly changed: boolean
  /** It runs, and began before its configuration was written. */
  readonly needsRestart: boolean
}

/** `members`: names of the nodes of Elasticsearch that there are; left out: those of the inventory. */
export async function configureNode(
  stateDir: string,
  name: string,
  members?: readonly string[],
): Promise<NodeConfigured> {
  process.umask(0o022)
  const { paths } = requireLab(stateDir)
  return withLock(paths.lock, lockWaitMs, async () => {
    const lab = requireLab(stateDir)
    const node = requireNode(lab, name)
    const nodes = members?.map(member => requireNode(lab, member)) ?? nodesFor(lab.nodes, 'elasticsearch')
    const [file, changed] = await writeConfig(lab, node, nodes)
    return { name, changed, needsRestart: hasNotRead(lab, node, file) }
  })
}

async function writeConfig(
  lab: Lab,
  node: LabNode,
  members: readonly LabNode[],
): Promise<readonly [file: string, changed: boolean]> {
  const { config } = nodePaths(lab.state.nodesRoot, node.name)
  if (node.service === 'elasticsearch') {
    if (!members.some(isMaster)) {
      throw new OpsError('USAGE', {
        message: `no master is among ${members.map(one => one.name).join(', ')}`,
        hint: 'name every node of Elasticsearch, or leave --members out',
      })
    }
    const file = join(config, 'elasticsearch.yml')
    await layOutNode(lab, node, await makeStores(lab))
    const text = settingsOf(lab, node, members)
    if (readFileSync(file, 'utf8') === text) return [file, false]
    writeAtomically(file, text)
    giveToNodeUser(config)
    return [file, true]
  }
  if (node.service === 'logstash') {
    const others = lab.nodes.filter(({ service }) => service !== 'elasticsearch')
    const group = isStray(node) ? node.name : consumerGroup
    const told = await layOutMember({ ...lab, nodes: [...others, ...members] }, node, group)
    return [shipperFiles(lab.state.nodesRoot, node.name).member, told]
  }
  throw new OpsError('USAGE', {
    message: `${node.name} runs ${node.service}, whose configuration names no node of Elasticsearch`,
    hint: 'ops lab node configure es-data01',
  })
}

function hasNotRead(lab: Lab, node: LabNode, file: string): boolean {
  if (!findNode(lab, node)) return false
  const began = statSync(recordFile(lab, node.name), { throwIfNoEntry: false })?.mtimeMs
  return began === undefined || statSync(file).mtimeMs > began
}
