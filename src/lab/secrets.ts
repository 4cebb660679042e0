// The lab's passwords: random for each lab, each in a 0600 file of its own. They are made once and never printed.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { type LabPaths, type LabSecret, type LabUser, passwordFile, secretFile } from './paths.ts'
import { writeAtomically } from './state.ts'

const names = ['elastic', 'ops', 'loader', 'guest', 'store'] as const
const secretNames: readonly LabSecret[] = ['offsiteAccessKey', 'offsiteSecretKey']

export function makeSecrets(paths: LabPaths): void {
  mkdirSync(paths.secrets, { recursive: true, mode: 0o700 })
  const files = [
    ...names.map(name => passwordFile(paths, name)),
    ...secretNames.map(name => secretFile(paths, name)),
  ]
  for (const file of files) {
    if (!existsSync(file)) writeAtomically(file, randomBytes(18).toString('base64url'), 0o600)
  }
}

/** One that something else has made. */
export const readSecretFile = (file: string): string => readFileSync(file, 'utf8')

export const readPassword = (paths: LabPaths, user: LabUser): string =>
  readFileSync(passwordFile(paths, user), 'utf8')

export const readSecret = (paths: LabPaths, name: LabSecret): string =>
  readFileSync(secretFile(paths, name), 'utf8')
