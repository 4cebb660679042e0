// The host keys of real virtual machines, asked for once, right after they were made, on the lab's own network. A key that is
// written down is never asked for again, so one that changes later is refused.
import { existsSync, readFileSync } from 'node:fs'
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import { writeAtomically } from '../state.ts'
import { toolEnvironment } from './docker-client.ts'
import type { HostsPaths } from './paths.ts'
import type { LabHost } from './table.ts'

export async function scanHostKeys(paths: HostsPaths, hosts: readonly LabHost[]): Promise<void> {
  const known = existsSync(paths.knownHosts) ? readFileSync(paths.knownHosts, 'utf8') : ''
  const unknown = hosts.filter(({ address }) => !known.split(/[\s,]/).includes(address))
  const lines = await Promise.all(unknown.map(scanHost))
  writeAtomically(paths.knownHosts, `${known}${lines.join('')}`, 0o600)
}

async function scanHost({ name, address }: LabHost): Promise<string> {
  const options = { env: toolEnvironment(), extendEnv: false, reject: false, timeout: 30_000 } as const
  const { stdout } = await execa('ssh-keyscan', ['-t', 'ed25519', address], options)
  const [, type, key] =
    stdout
      .split('\n')
      .find(line => line.startsWith(`${address} `))
      ?.split(' ') ?? []
  if (type !== undefined && key !== undefined) return `${name},${address} ${type} ${key}\n`
  throw new OpsError('LAB_FAILED', {
    message: `${name} (${address}) shows no host key`,
    hint: 'ops lab up --hosts vagrant again, when it has booted',
  })
}
