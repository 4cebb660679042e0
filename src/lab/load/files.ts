// The files of one load, all in $STATE/lab/ledger: what was written, how fast, and which process writes.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import type { LabPaths } from '../paths.ts'

export interface LoadFiles {
  readonly name: string
  readonly ledger: string
  readonly rates: string
  readonly process: string
  readonly output: string
}

export function loadFiles(paths: LabPaths, name: string): LoadFiles {
  if (!/^[a-z0-9][a-z0-9_-]*$/i.test(name)) {
    throw new OpsError('USAGE', {
      message: `${name} is no name for a load`,
      hint: 'letters, digits, - and _',
    })
  }
  const file = (suffix: string) => join(paths.ledger, `${name}.${suffix}`)
  return {
    name,
    ledger: file('jsonl'),
    rates: file('rate.jsonl'),
    process: file('process.json'),
    output: file('log'),
  }
}

/** The loads on Kafka have a directory of their own, so that both kinds may use the same names. */
export const kafkaLoadPaths = (paths: LabPaths): LabPaths => ({
  ...paths,
  ledger: join(paths.ledger, 'kafka'),
})

export const loadNames = (paths: LabPaths): readonly string[] =>
  existsSync(paths.ledger)
    ? readdirSync(paths.ledger)
        .filter(file => file.endsWith('.process.json'))
        .map(file => file.slice(0, -'.process.json'.length))
    : []
