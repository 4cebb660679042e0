// Host patterns with Ansible's exact meaning: the plain ones at once, all others by asking Ansible.
import { execa } from 'execa'
import { OpsError } from '../../errors/index.ts'
import type { Inventory } from '../../ports/ansible.ts'
import { complaintOf } from './inventory.ts'
import { matchPlain } from './match-plain.ts'

export interface MatchFields {
  readonly checkout: string
  readonly findTool: () => Promise<string>
  readonly env: (tool: string) => Record<string, string>
}

/**
 * Names in inventory order.
 * @throws OpsError NO_HOSTS_MATCHED for none, and for a part of the pattern that matches nothing
 */
export async function matchHosts(
  inventory: Inventory,
  pattern: string,
  fields: MatchFields,
): Promise<readonly string[]> {
  const plain = matchPlain(inventory, pattern)
  const { hosts, unmatched } = plain ?? (await askAnsible(inventory, pattern, fields))
  if (unmatched.length > 0)
    refuse(inventory, pattern, `, for it has no host or group ${unmatched.join(', ')}`)
  if (hosts.length === 0) refuse(inventory, pattern, '')
  return hosts
}

async function askAnsible(inventory: Inventory, pattern: string, fields: MatchFields) {
  // `@file` would read hosts from a file, which is no pattern.
  if (pattern.includes('@')) refuse(inventory, pattern, '')
  const tool = await fields.findTool()
  const ran = await execa(
    tool,
    ['all', `--inventory=${inventory.source}`, `--limit=${pattern}`, '--list-hosts'],
    {
      cwd: fields.checkout,
      // Warnings are wrapped at the width of the terminal, names included.
      env: { ...fields.env(tool), COLUMNS: '10000' },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
    },
  )
  // Only a warning to Ansible; to us a typo that may select or spare the wrong host.
  const unmatched = [...ran.stderr.matchAll(/Could not match supplied host pattern, ignoring: (\S+)/g)].map(
    match => match[1] ?? '',
  )
  const listed = new Set(ran.stdout.split('\n').map(line => line.trim()))
  const hosts = inventory.hosts.map(host => host.name).filter(name => listed.has(name))
  if (ran.exitCode !== 0 && unmatched.length === 0) {
    refuse(inventory, pattern, `: ${complaintOf(ran.stderr)}`)
  }
  return { hosts, unmatched }
}

function refuse(inventory: Inventory, pattern: string, why: string): never {
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: `the pattern '${pattern}' matches no host of ${inventory.source}${why}`,
    hint: `ansible-inventory -i ${inventory.source} --graph shows hosts and groups`,
  })
}
