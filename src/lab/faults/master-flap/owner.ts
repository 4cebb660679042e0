// The process that makes the master flap: which one it is, and which node it has taken out at this moment.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../../../errors/index.ts'
import type { LabPaths } from '../../paths.ts'
import {
  identify,
  type ProcessIdentity,
  processIdentity,
  readIdentified,
  signalGroup,
} from '../../process/identity.ts'
import { writeAtomically } from '../../state.ts'
import { waitFor } from '../../wait.ts'

const program = join(import.meta.dirname, 'main.ts')
const processFile = (paths: LabPaths): string => join(paths.run, 'master-flap.process.json')
const downFile = (paths: LabPaths): string => join(paths.run, 'master-flap.down.json')
export const outputFile = (paths: LabPaths): string => join(paths.run, 'master-flap.log')

export function startOwner(paths: LabPaths, options: object): void {
  mkdirSync(paths.run, { recursive: true })
  const log = openSync(outputFile(paths), 'a')
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (!identity)
    throw new OpsError('LAB_FAILED', {
      message: 'the process that flaps has not begun',
      hint: outputFile(paths),
    })
  writeAtomically(processFile(paths), JSON.stringify(identity))
}

export function findOwner(paths: LabPaths): ProcessIdentity | undefined {
  if (!existsSync(processFile(paths))) return undefined
  const recorded = processIdentity.parse(JSON.parse(readFileSync(processFile(paths), 'utf8')))
  return readIdentified(recorded) && recorded
}

/** Returns once it has brought its node back. */
export async function endOwner(paths: LabPaths, stallMs = 300_000): Promise<void> {
  const owner = findOwner(paths)
  if (owner) {
    signalGroup(owner, 'SIGTERM')
    await waitFor({
      stallMs,
      look: async () => (readIdentified(owner) ? { progress: 'there' } : { result: undefined }),
      onStall: () =>
        new OpsError('STALLED', {
          message: `the process that flaps (${owner.pid}) does not end`,
          hint: `look at ${outputFile(paths)}`,
        }),
    })
  }
  rmSync(processFile(paths), { force: true })
}

/** For the end of the lab, which ends every node anyway. */
export function killOwner(paths: LabPaths): void {
  const owner = findOwner(paths)
  if (owner) signalGroup(owner, 'SIGKILL')
}

export function noteDown(paths: LabPaths, name: string | null): void {
  if (name === null) rmSync(downFile(paths), { force: true })
  else writeAtomically(downFile(paths), JSON.stringify({ name }))
}

export const readDown = (paths: LabPaths): string | null =>
  existsSync(downFile(paths))
    ? z.object({ name: z.string() }).parse(JSON.parse(readFileSync(downFile(paths), 'utf8'))).name
    : null
