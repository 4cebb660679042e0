// What was done to a cluster of the lab on purpose and has not been undone: a file each, with what it was like before. Written
// before the harm is done, so that what was begun can be undone too.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { LabPaths } from '../paths.ts'
import { writeAtomically } from '../state.ts'

export const clusterFaultNames = [
  'shard-corrupt',
  'lose-data-path',
  'disk-full',
  'filter',
  'watermark',
  'dangling',
  'master-flap',
  'pause',
] as const
export type ClusterFaultName = (typeof clusterFaultNames)[number]

const planted = z.object({
  fault: z.enum(clusterFaultNames),
  target: z.string(),
  since: z.string(),
  /** What undoing it needs to know; each fault reads its own. */
  before: z.unknown(),
})
export type Planted = z.infer<typeof planted>

const directory = (paths: LabPaths): string => join(paths.run, 'planted')

const fileOf = (paths: LabPaths, fault: ClusterFaultName, target: string): string =>
  join(directory(paths), `${fault} ${encodeURIComponent(target)}.json`)

export function listPlanted(paths: LabPaths): readonly Planted[] {
  if (!existsSync(directory(paths))) return []
  return readdirSync(directory(paths))
    .filter(name => name.endsWith('.json'))
    .map(name => planted.parse(JSON.parse(readFileSync(join(directory(paths), name), 'utf8'))))
    .toSorted((a, b) => a.since.localeCompare(b.since))
}

/** @throws OpsError USAGE where this has been done already: what it was like before must not be forgotten */
export function remember(paths: LabPaths, fault: ClusterFaultName, target: string, before: unknown): void {
  if (listPlanted(paths).some(one => one.fault === fault && one.target === target)) {
    throw new OpsError('USAGE', {
      message: `${fault} has been done to ${target} already`,
      hint: undoOf(fault, target),
    })
  }
  const record = { fault, target, since: new Date().toISOString(), before }
  writeAtomically(fileOf(paths, fault, target), JSON.stringify(record))
}

/** @throws OpsError USAGE where there is nothing to undo */
export function requirePlanted(paths: LabPaths, fault: ClusterFaultName, target: string): Planted {
  const found = listPlanted(paths).find(one => one.fault === fault && one.target === target)
  if (found) return found
  throw new OpsError('USAGE', {
    message: `${fault} has not been done to ${target}`,
    hint: 'ops lab fault list',
  })
}

export const forget = (paths: LabPaths, fault: ClusterFaultName, target: string): void =>
  rmSync(fileOf(paths, fault, target), { force: true })

/** What of the whole cluster goes without a target. */
export const wholeCluster = 'cluster'

export const undoOf = (fault: ClusterFaultName, target: string): string =>
  ['ops lab fault', fault, ...(target === wholeCluster ? [] : target.split(' ').map(quote)), '--off'].join(
    ' ',
  )

const quote = (word: string): string => (/[[\]]/.test(word) ? `'${word}'` : word)
