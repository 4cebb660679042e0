// Which loads are running, and their end. A load owns its process file for as long as it runs.
import { readFileSync, rmSync } from 'node:fs'
import { OpsError } from '../../errors/index.ts'
import type { LabPaths } from '../paths.ts'
import { identify, type ProcessIdentity, processIdentity, readIdentified } from '../process/identity.ts'
import { writeAtomically } from '../state.ts'
import { waitFor } from '../wait.ts'
import { loadFiles, loadNames } from './files.ts'

/** The process that carries out a load at this moment. */
export function findLoad(paths: LabPaths, name: string): ProcessIdentity | undefined {
  try {
    const recorded = processIdentity.parse(JSON.parse(readFileSync(loadFiles(paths, name).process, 'utf8')))
    return readIdentified(recorded) && recorded
  } catch {
    return undefined
  }
}

/** Claims a name for this process; give it back by the function returned. */
export function claimLoad(paths: LabPaths, name: string): () => void {
  const other = findLoad(paths, name)
  if (other) {
    throw new OpsError('USAGE', {
      message: `the load ${name} is running already (process ${other.pid})`,
      hint: `ops lab load --stop --name ${name}, or give another --name`,
    })
  }
  const { process: file } = loadFiles(paths, name)
  writeAtomically(file, JSON.stringify(identify(process.pid)))
  return () => rmSync(file, { force: true })
}

/** Returns once the load has written its last line; says whether it was running. */
export async function stopLoad(paths: LabPaths, name: string, stallMs = 90_000): Promise<boolean> {
  const running = findLoad(paths, name)
  if (!running) return false
  process.kill(running.pid, 'SIGTERM')
  await waitFor({
    stallMs,
    everyMs: 50,
    look: async () => (readIdentified(running) ? { progress: 'there' } : { result: true }),
    onStall: () =>
      new OpsError('STALLED', {
        message: `the load ${name} (process ${running.pid}) does not end`,
        hint: `look at ${loadFiles(paths, name).output}`,
      }),
  })
  return true
}

/** For the end of the lab: nothing is waited for that the lab is about to remove anyway. */
export async function stopAllLoads(paths: LabPaths): Promise<void> {
  for (const name of loadNames(paths)) {
    const running = findLoad(paths, name)
    if (!running) continue
    await stopLoad(paths, name, 3000).catch(() => {
      if (readIdentified(running)) process.kill(running.pid, 'SIGKILL')
    })
  }
}
