// The host patterns that need no Ansible to answer: plain names, groups, `all`, and lists of those. Anything with a
// special character is Ansible's own business; guessing at its meaning could stop the wrong host.
import type { Inventory } from '../../ports/ansible.ts'

export interface PlainMatch {
  /** In inventory order. */
  readonly hosts: readonly string[]
  /** Parts of the list that are neither host nor group: a typo, which Ansible itself would only warn of. */
  readonly unmatched: readonly string[]
}

const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/** What a plain pattern selects, or `null` where Ansible has to be asked. */
export function matchPlain(inventory: Inventory, pattern: string): PlainMatch | null {
  const parts = pattern
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  if (!parts.every(part => plainName.test(part))) return null

  const selected = new Set<string>()
  const unmatched: string[] = []
  for (const part of parts) {
    const hosts = matchName(inventory, part)
    if (hosts.length === 0) unmatched.push(part)
    for (const host of hosts) selected.add(host)
  }
  return { hosts: inventory.hosts.map(host => host.name).filter(name => selected.has(name)), unmatched }
}

/** A group hides a host of the same name, as in Ansible. */
function matchName(inventory: Inventory, name: string): readonly string[] {
  if (name === 'all') return inventory.hosts.map(host => host.name)
  const inGroup = inventory.hosts.filter(host => host.groups.includes(name))
  const matched = inGroup.length > 0 ? inGroup : inventory.hosts.filter(host => host.name === name)
  return matched.map(host => host.name)
}
