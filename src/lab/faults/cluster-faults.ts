// The faults of a cluster as `ops lab fault` has them: each is done, each is undone, and says in one line what it came to.
import type { LabNode } from '../layout.ts'
import { type Lab, requireNode } from '../state.ts'
import { endDangling, makeDangling } from './dangling.ts'
import { findDataPath, loseDataPath } from './data-path.ts'
import { bringBack, type Flapping } from './master-flap/flap.ts'
import { endOwner, findOwner, readDown, startOwner } from './master-flap/owner.ts'
import { emptyDisk, fillDisk } from './node-disk.ts'
import { forget, remember, requirePlanted, wholeCluster } from './planted.ts'
import {
  giveBackSettings,
  largestDisk,
  planFilter,
  planPause,
  plantSettings,
  planWatermark,
  targetOf,
  type WatermarkLevel,
} from './settings-faults.ts'
import { corruptShard, corruptTarget, mendShard } from './shard-corrupt.ts'

export interface Told {
  readonly target: string
  readonly text: string
}

const told = (target: string, text: string): Told => ({ target, text })

export async function corrupt(lab: Lab, shard: string, node: LabNode, off: boolean): Promise<Told> {
  const target = corruptTarget(shard, node)
  if (!off) return told(target, `spoilt: ${await corruptShard(lab, shard, node)}`)
  const wasThere = await mendShard(lab, shard, node)
  return told(
    target,
    wasThere ? `${shard} on ${node.name} is as it was` : 'the copy has been made anew meanwhile',
  )
}

export async function losePath(lab: Lab, node: LabNode, off: boolean): Promise<Told> {
  if (off) findDataPath(lab, node)
  else loseDataPath(lab, node)
  return told(
    node.name,
    `${node.name} ${off ? 'has its data again' : 'has lost its data'}; it is not started`,
  )
}

export async function fill(lab: Lab, node: LabNode, percent: number, off: boolean): Promise<Told> {
  if (off) await emptyDisk(lab, node)
  else await fillDisk(lab, node, percent)
  const text = off ? 'is on the disk of all again' : `has a disk of its own, ${percent} % full`
  return told(node.name, `${node.name} ${text}`)
}

/** Of a node of the lab: it is excluded. Of anything else: an index that wants an attribute no node has. */
export async function filter(lab: Lab, target: string, off: boolean): Promise<Told> {
  if (off) await giveBackSettings(lab, 'filter', target)
  else {
    const isNode = lab.nodes.some(node => node.name === target)
    await plantSettings(lab, 'filter', target, planFilter(isNode ? { node: target } : { index: target }))
  }
  return told(target, `${target} ${off ? 'is filtered no more' : 'is filtered'}`)
}

export async function watermark(lab: Lab, level: WatermarkLevel, off: boolean): Promise<Told> {
  if (off) await giveBackSettings(lab, 'watermark', wholeCluster)
  else await plantSettings(lab, 'watermark', wholeCluster, planWatermark(level, await largestDisk(lab)))
  const text = off ? 'the watermarks are as they were' : `every disk counts as over the watermark ${level}`
  return told(wholeCluster, text)
}

export async function pause(lab: Lab, index: string | null, off: boolean): Promise<Told> {
  const target = targetOf(index)
  if (off) await giveBackSettings(lab, 'pause', target)
  else await plantSettings(lab, 'pause', target, planPause(index))
  return told(target, `allocation is ${off ? 'as it was' : 'paused'} for ${index ?? 'the cluster'}`)
}

export async function dangle(lab: Lab, index: string, node: string | undefined, off: boolean): Promise<Told> {
  if (off) {
    await endDangling(lab, index)
    return told(index, `${index} is in the cluster again, or for ever gone`)
  }
  const holder = requireNode(lab, node ?? (lab.nodes[0]?.name as string))
  const graves = await makeDangling(lab, index, holder)
  return told(index, `${index} is on the disk of ${holder.name} only; ${graves} others were deleted after it`)
}

export interface FlapRequest extends Omit<Flapping, 'signal'> {
  readonly stateDir: string
}

export async function flap(lab: Lab, request: FlapRequest | null): Promise<Told> {
  const { paths } = lab
  if (request !== null) {
    remember(paths, 'master-flap', wholeCluster, null)
    startOwner(paths, request)
    return told(wholeCluster, `process ${findOwner(paths)?.pid} takes every elected master out for a moment`)
  }
  requirePlanted(paths, 'master-flap', wholeCluster)
  await endOwner(paths)
  const down = readDown(paths)
  if (down !== null) await bringBack(lab, down)
  forget(paths, 'master-flap', wholeCluster)
  return told(wholeCluster, 'the masters are left alone')
}
