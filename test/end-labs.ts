// Ends the labs that suites have left behind: those that were killed, or told to end. It touches none that another run has made.
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

/** Beginning of the names of all state directories that suites of this run make. */
export const labPrefix = (run: string): string => `ops-lab-${run}-`

/** @returns how many there were */
export async function endLabs(run: string): Promise<number> {
  const left = readdirSync(tmpdir()).filter(name => name.startsWith(labPrefix(run)))
  for (const name of left) {
    const stateDir = join(tmpdir(), name)
    console.log(`left behind by a suite, and ended now: ${stateDir}`)
    await execa(resolve(import.meta.dirname, '../ops'), ['--state', stateDir, 'lab', 'down'], {
      stdin: 'ignore',
    })
    await rm(stateDir, { recursive: true, force: true })
  }
  return left.length
}
