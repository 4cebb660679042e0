// The rules that are no shares: the total, the caller's caps, one member of a machine at a time.
import { planningGates } from './gates.ts'
import type { World } from './world.ts'

/** What people see of a limit. A share's label is its name alone: there are 500,000 of them. */
export type Label = string | { readonly gate: string; readonly by: string }

export interface Rule {
  readonly label: Label
  readonly members: readonly string[]
  readonly max: number
}

/** The total comes first and lists nobody: whoever is down counts. */
export function listRules(world: World): Rule[] {
  const total = {
    label: { gate: planningGates.total, by: `maxDown ${world.maxDown}` },
    members: [],
    max: world.maxDown,
  }
  return [total, ...listCaps(world), ...listMachines(world)]
}

function listCaps({ caps }: World): Rule[] {
  return caps
    .map(({ name, members, max }) => ({ label: { gate: name, by: name }, members: members.toSorted(), max }))
    .toSorted((a, b) => inOrder(sortKey(a), sortKey(b)))
}

function sortKey({
  label,
  members,
  max,
}: {
  label: { gate: string }
  members: string[]
  max: number
}): string {
  return [label.gate, max, ...members].join('\n')
}

/** The simplest rule that is right for two members on one machine: never both at once. */
function listMachines({ members }: World): Rule[] {
  const onMachine = Map.groupBy(members, ({ machine }) => machine)
  onMachine.delete('')
  return [...onMachine]
    .filter(([, neighbours]) => neighbours.length > 1)
    .toSorted(([a], [b]) => inOrder(a, b))
    .map(([machine, neighbours]) => ({
      label: { gate: planningGates.machine, by: machine },
      members: neighbours.map(({ name }) => name),
      max: 1,
    }))
}

/** By code unit: the same on every machine, whatever its locale. */
export function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
