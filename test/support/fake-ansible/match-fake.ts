// Host patterns for FakeAnsible: what matchPlain knows, and of Ansible's own language the few signs that tests use
// (`*`, `a:b`, `a:&b`, `a:!b`).
import { matchPlain } from '../../../src/adapters/ansible/match-plain.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { Inventory } from '../../../src/ports/ansible.ts'

/** Names in inventory order; NO_HOSTS_MATCHED for none, and for a part that matches nothing. */
export function matchFake(inventory: Inventory, pattern: string): readonly string[] {
  const parts = pattern
    .split(/[,:]/)
    .map(part => part.trim())
    .filter(part => part !== '')
  const pick = (sign: '' | '&' | '!'): string[] =>
    parts.filter(part => (part[0] === '&' || part[0] === '!' ? part[0] : '') === sign)
  const select = (part: string): ReadonlySet<string> =>
    new Set(matchPart(inventory, part.replace(/^[&!]/, '')))

  const wanted = pick('').map(select)
  const required = pick('&').map(select)
  const excluded = pick('!').map(select)
  const names = inventory.hosts
    .map(host => host.name)
    .filter(name => wanted.length === 0 || wanted.some(set => set.has(name)))
    .filter(name => required.every(set => set.has(name)) && !excluded.some(set => set.has(name)))
  if (parts.length === 0 || names.length === 0) refuse(inventory, pattern)
  return names
}

function matchPart(inventory: Inventory, part: string): readonly string[] {
  if (part.includes('*')) {
    const glob = new RegExp(`^${part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
    return inventory.hosts
      .filter(host => glob.test(host.name) || host.groups.some(group => glob.test(group)))
      .map(host => host.name)
  }
  const match = matchPlain(inventory, part)
  if (match === null || match.unmatched.length > 0) refuse(inventory, part)
  return match?.hosts ?? []
}

function refuse(inventory: Inventory, pattern: string): never {
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: `pattern '${pattern}' matches no host of ${inventory.source}`,
    hint: 'ops lab status or ansible-inventory --graph shows the names',
  })
}
