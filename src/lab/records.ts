// Which process each node is, as $STATE/lab/run/NAME.json remembers it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessIdentity, processIdentity } from './process/identity.ts'
import { type Lab, writeAtomically } from './state.ts'

export const recordFile = (lab: Lab, name: string): string => join(lab.paths.run, `${name}.json`)

export function readRecord(lab: Lab, name: string): ProcessIdentity | undefined {
  try {
    return processIdentity.parse(JSON.parse(readFileSync(recordFile(lab, name), 'utf8')))
  } catch {
    return undefined
  }
}

export function writeRecord(lab: Lab, name: string, identity: ProcessIdentity): void {
  writeAtomically(recordFile(lab, name), JSON.stringify(identity))
}
