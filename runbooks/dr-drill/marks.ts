// Which hosts and clusters the inventory allows to be harmed. Pure; what is not said is not allowed.
import type { InventoryHost } from '#sdk'

export interface Marks {
  /** Hosts that are not marked with `ops_drill: true`. */
  readonly unmarked: readonly string[]
  readonly hosts: number
  /** Uuids and cluster ids that every host of the group has in `ops_drill_clusters`. */
  readonly clusters: readonly string[]
}

export function readMarks(hosts: readonly InventoryHost[], group: string): Marks {
  const own = hosts
    .filter(({ groups }) => groups.includes(group))
    .map(({ vars }) => listOf(vars.ops_drill_clusters))
  const [first = [], ...others] = own
  return {
    unmarked: hosts.filter(({ vars }) => vars.ops_drill !== true).map(({ name }) => name),
    hosts: hosts.length,
    clusters: first.filter(id => others.every(list => list.includes(id))),
  }
}

const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one !== '') : []
