// Which host of the inventory a member runs on. Pure.
import type { GroupMember, InventoryHost } from '#sdk'

export interface Instance {
  readonly name: string
  readonly address: string | null
}

export const readInstances = (
  hosts: readonly InventoryHost[],
  names: readonly string[],
): readonly Instance[] =>
  hosts
    .filter(({ name }) => names.includes(name))
    .map(({ name, vars }) => ({
      name,
      address: typeof vars.ansible_host === 'string' ? vars.ansible_host : null,
    }))

/** By the name in its client id, else by the address that the broker has seen. */
export function instanceOf(
  { clientId, host }: Pick<GroupMember, 'clientId' | 'host'>,
  instances: readonly Instance[],
): string | null {
  const named = instances.find(({ name }) => isNamedIn(clientId, name))
  const seen = host.replace(/^\//, '')
  return (named ?? instances.find(({ name, address }) => address === seen || name === seen))?.name ?? null
}

/** As a whole word: logstash1 is not named by logstash10-3. */
function isNamedIn(clientId: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![a-z0-9])${literal}(?![a-z0-9])`, 'i').test(clientId)
}
