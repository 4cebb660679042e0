// Kernel settings that containers share with the machine. They are only ever raised, and given back by `lab down`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'

/** What eighteen hosts need. The bootstrap checks of Elasticsearch ask for the first one. */
const needed: Readonly<Record<string, number>> = {
  'vm.max_map_count': 262_144,
  'fs.inotify.max_user_instances': 2048,
  'net.ipv4.ip_forward': 1,
}

const fileOf = (root: string, name: string): string => join(root, ...name.split('.'))

/** What would be raised, with the value of now. */
export function lowSettings(root = '/proc/sys'): Readonly<Record<string, string>> {
  const now = Object.keys(needed).map(
    name => [name, readFileSync(fileOf(root, name), 'utf8').trim()] as const,
  )
  return Object.fromEntries(now.filter(([name, value]) => Number(value) < (needed[name] ?? 0)))
}

export function raiseSettings(names: readonly string[], root = '/proc/sys'): void {
  for (const name of names) write(root, name, String(needed[name]))
}

/** Gives back what is still as the lab set it; what somebody has changed since is theirs. */
export function giveSettingsBack(before: Readonly<Record<string, string>>, root = '/proc/sys'): void {
  for (const [name, value] of Object.entries(before)) {
    const now = readFileSync(fileOf(root, name), 'utf8').trim()
    if (now === String(needed[name])) write(root, name, value)
  }
}

function write(root: string, name: string, value: string): void {
  try {
    writeFileSync(fileOf(root, name), value)
  } catch (cause) {
    throw new OpsError('LAB_FAILED', {
      message: `${name} cannot be set to ${value}: ${(cause as NodeJS.ErrnoException).code}`,
      hint: `as root: sysctl -w ${name}=${value}`,
      cause,
    })
  }
}
