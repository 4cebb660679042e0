// Hosts of one play as a second source for `-i`. Group variables of the first source reach them by the groups they stand in. Every text
// is tagged !unsafe, as extra variables are: what a person typed must never be taken for a template.
import type { InventoryEntry } from '../../ports/inventory-file.ts'
import { formatExtraVars } from './extra-vars.ts'

/** YAML: a top-level group for each that is named, with the hosts that stand in it. */
export function formatExtraHosts(entries: readonly InventoryEntry[]): string {
  const groups = [...new Set(entries.flatMap(one => one.groups))]
  return groups
    .map(group => {
      const hosts = entries.filter(one => one.groups.includes(group)).map(formatHost)
      return `${JSON.stringify(group)}:\n  hosts:\n${hosts.join('')}`
    })
    .join('')
}

function formatHost({ name, vars }: InventoryEntry): string {
  const lines = formatExtraVars(vars).trimEnd().split('\n')
  return `    ${JSON.stringify(name)}:\n${lines.map(line => `      ${line}\n`).join('')}`
}
