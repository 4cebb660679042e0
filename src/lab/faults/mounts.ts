// Small filesystems that can be filled without filling the machine's disk. Only root may mount one; each is remembered, and
// none outlives the lab.
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { LabPaths } from '../paths.ts'
import { runTool } from '../process/run.ts'
import { requireTools } from '../process/tools.ts'
import { isRoot } from '../process/user.ts'
import { writeAtomically } from '../state.ts'

const mount = z.object({
  directory: z.string(),
  size: z.string(),
  since: z.string(),
  madeDirectory: z.boolean(),
})
const mounts = z.object({ mounts: z.array(mount) })
export type SmallMount = z.infer<typeof mount>

const fillerName = 'filler'

export function readMounts(paths: LabPaths): readonly SmallMount[] {
  if (!existsSync(paths.faults)) return []
  return mounts.parse(JSON.parse(readFileSync(paths.faults, 'utf8'))).mounts
}

/** Mounts a filesystem of a few MiB on a directory, which then hides what was in it. */
export async function mountSmall(paths: LabPaths, directory: string, size: string): Promise<void> {
  if (!/^\d+[km]$/i.test(size)) {
    throw new OpsError('USAGE', { message: `${size} is no size`, hint: 'such as --size 1m or --size 512k' })
  }
  if (!isRoot()) {
    throw new OpsError('USAGE', {
      message: 'only root may mount a small filesystem',
      hint: `run it as root, or give ${directory} a quota by other means`,
    })
  }
  requireTools(['mount', 'umount'])
  if (readMounts(paths).some(one => one.directory === directory)) return
  const madeDirectory = !existsSync(directory)
  mkdirSync(directory, { recursive: true })
  // Remembered first: one that was never mounted is harmless to undo.
  save(paths, [...readMounts(paths), { directory, size, since: new Date().toISOString(), madeDirectory }])
  await runTool(['mount', '-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'ops-lab', directory])
}

/** Writes until nothing more fits. */
export function fillMount(paths: LabPaths, directory: string): void {
  requireMount(paths, directory)
  const { bavail, bsize } = statfsSync(directory)
  try {
    writeFileSync(join(directory, fillerName), Buffer.alloc(bavail * bsize), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

export function emptyMount(paths: LabPaths, directory: string): void {
  requireMount(paths, directory)
  rmSync(join(directory, fillerName), { force: true })
}

export const isFilled = ({ directory }: SmallMount): boolean => existsSync(join(directory, fillerName))

export async function unmountSmall(
  paths: LabPaths,
  directory: string,
  how: readonly string[] = [],
): Promise<void> {
  const { madeDirectory } = requireMount(paths, directory)
  if (isMounted(directory)) await runTool(['umount', ...how, directory])
  if (madeDirectory && existsSync(directory)) rmdirSync(directory)
  save(
    paths,
    readMounts(paths).filter(one => one.directory !== directory),
  )
}

/** For the end of the lab, whose nodes may have files open there until they end. */
export async function undoMounts(paths: LabPaths): Promise<void> {
  for (const { directory } of readMounts(paths)) await unmountSmall(paths, directory, ['--lazy'])
}

const isMounted = (directory: string): boolean =>
  readFileSync('/proc/mounts', 'utf8').includes(`ops-lab ${directory} tmpfs `)

function requireMount(paths: LabPaths, directory: string): SmallMount {
  const found = readMounts(paths).find(one => one.directory === directory)
  if (found) return found
  throw new OpsError('USAGE', {
    message: `${directory} is no small filesystem of the lab`,
    hint: `ops lab fault small-state ${directory} --size 1m`,
  })
}

function save(paths: LabPaths, list: readonly SmallMount[]): void {
  if (list.length === 0) rmSync(paths.faults, { force: true })
  else writeAtomically(paths.faults, JSON.stringify({ mounts: list }))
}
