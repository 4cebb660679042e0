// The passwords of the platform on the lab's hosts: random for each lab, each in a 0600 file of its own, never printed.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { writeAtomically } from '../state.ts'
import { type HostsPaths, type HostsUser, passwordFile } from './paths.ts'

const users: readonly HostsUser[] = ['elastic', 'ops', 'loader']

export function makeHostsSecrets(paths: HostsPaths): void {
  mkdirSync(paths.secrets, { recursive: true, mode: 0o700 })
  for (const user of users) {
    const file = passwordFile(paths, user)
    if (!existsSync(file)) writeAtomically(file, randomBytes(18).toString('base64url'), 0o600)
  }
}
