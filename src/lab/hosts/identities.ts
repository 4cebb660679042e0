// The lab's keys: one to log in with, one that the hosts show. Both are made for each lab; the public half of the second is
// written down, so that a host which shows another one is refused.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runTool } from '../process/run.ts'
import { writeAtomically } from '../state.ts'
import type { HostsPaths } from './paths.ts'
import type { LabHost } from './table.ts'

const hostKeyName = 'ssh_host_ed25519_key'

/** Makes what is missing of the keys and of the files that every host gets at its boot. */
export async function makeIdentities(paths: HostsPaths, hosts: readonly LabHost[]): Promise<void> {
  mkdirSync(paths.files, { recursive: true, mode: 0o700 })
  const hostKey = join(paths.files, hostKeyName)
  for (const key of [paths.key, hostKey]) if (!existsSync(`${key}.pub`)) await makeKey(key)
  copyFileSync(`${paths.key}.pub`, join(paths.files, 'key.pub'))
  writeAtomically(join(paths.files, 'hosts'), renderNames(hosts))
}

export function writeKnownHosts(paths: HostsPaths, hosts: readonly LabHost[]): void {
  const publicKey = readFileSync(join(paths.files, `${hostKeyName}.pub`), 'utf8')
  writeAtomically(paths.knownHosts, renderKnownHosts(hosts, publicKey), 0o600)
}

/** One line for each host, by name and address. Pure. */
export function renderKnownHosts(hosts: readonly LabHost[], publicKey: string): string {
  const [type, key] = publicKey.trim().split(' ')
  return hosts.map(({ name, address }) => `${name},${address} ${type} ${key}\n`).join('')
}

/** /etc/hosts of every host. Pure. */
export function renderNames(hosts: readonly LabHost[]): string {
  const lines = hosts.map(({ name, address }) => `${address} ${name}\n`)
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n\n${lines.join('')}`
}

async function makeKey(file: string): Promise<void> {
  // ssh-keygen would ask before it writes over what an interrupted run has left.
  const draft = `${file}.draft`
  await runTool(['rm', '-f', draft, `${draft}.pub`])
  await runTool(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'ops-lab', '-f', draft])
  await runTool(['mv', draft, file])
  await runTool(['mv', `${draft}.pub`, `${file}.pub`])
}
