// A disk of its own for one node, small enough to be filled: a file system in memory mounted over its data path. Only root may
// mount one. The node is stopped for the moment in which its data moves there or back.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { runTool } from '../process/run.ts'
import { giveToNodeUser, isRoot } from '../process/user.ts'
import { startNode, stopNode } from '../service.ts'
import type { Lab } from '../state.ts'
import { mountSmall, readMounts, unmountSmall } from './mounts.ts'
import { forget, remember, requirePlanted } from './planted.ts'

const mib = 1024 * 1024
const leastMiB = 64
const fillerName = 'filler'
const stallMs = 60_000

/** Room for twice what is there, so that a node may go on for a while at any percentage. */
export const planDiskMiB = (dataBytes: number): number => Math.max(leastMiB, Math.ceil((2 * dataBytes) / mib))

/** How much has to be written for a disk to be this full. */
export const planFillerBytes = (totalBytes: number, freeBytes: number, percent: number): number =>
  Math.max(0, Math.floor(freeBytes - totalBytes * (1 - percent / 100)))

export async function fillDisk(lab: Lab, node: LabNode, percent: number): Promise<void> {
  if (!isRoot()) {
    throw new OpsError('USAGE', {
      message: 'only root may give a node a disk of its own',
      hint: 'for every node at once, without root: ops lab fault watermark',
    })
  }
  if (!(percent > 0 && percent <= 100))
    throw new OpsError('USAGE', { message: `${percent} is no percentage`, hint: 'such as --percent 92' })
  const { data } = nodePaths(lab.state.nodesRoot, node.name)
  remember(lab.paths, 'disk-full', node.name, null)
  const { changed: ran } = await stopNode(lab, node, stallMs)
  const whole = `${data}.whole`
  renameSync(data, whole)
  await mountSmall(lab.paths, data, `${planDiskMiB(sizeOf(whole))}m`)
  await copyInto(whole, data)
  const { blocks, bavail, bsize } = statfsSync(data)
  const bytes = planFillerBytes(blocks * bsize, bavail * bsize, percent)
  writeFileSync(join(data, fillerName), Buffer.alloc(bytes))
  giveToNodeUser(data)
  if (ran) await startNode(lab, node)
}

/** What the node wrote meanwhile comes along. */
export async function emptyDisk(lab: Lab, node: LabNode): Promise<void> {
  requirePlanted(lab.paths, 'disk-full', node.name)
  const { data } = nodePaths(lab.state.nodesRoot, node.name)
  const whole = `${data}.whole`
  if (readMounts(lab.paths).some(one => one.directory === data)) {
    rmSync(join(data, fillerName), { force: true })
    const { changed: ran } = await stopNode(lab, node, stallMs)
    const back = `${data}.back`
    rmSync(back, { recursive: true, force: true })
    mkdirSync(back)
    await copyInto(data, back)
    await unmountSmall(lab.paths, data)
    rmSync(data, { recursive: true, force: true })
    renameSync(back, data)
    giveToNodeUser(data)
    rmSync(whole, { recursive: true, force: true })
    if (ran) await startNode(lab, node)
  } else if (existsSync(whole)) {
    rmSync(data, { recursive: true, force: true })
    renameSync(whole, data)
  }
  forget(lab.paths, 'disk-full', node.name)
}

const copyInto = (from: string, to: string): Promise<void> => runTool(['cp', '-a', `${from}/.`, to])

const sizeOf = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
