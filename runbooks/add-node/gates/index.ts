// The table of gates, in the order in which people read them: the names, the hosts, the cluster.
import { type Gate, pass } from '#sdk'
import type { AddFacts, CommonFacts, NodeFacts } from '../facts.ts'
import type { ShipperFacts } from '../logstash/facts.ts'
import { shipperGates } from '../logstash/gates.ts'
import type { AddParams } from '../params.ts'
import { clusterGates } from './cluster.ts'
import { hostGates } from './hosts.ts'
import { inventoryGates } from './inventory.ts'

export const nodeGates: readonly Gate<NodeFacts, AddParams>[] = [
  ...inventoryGates,
  ...hostGates,
  ...clusterGates,
]

type Table = readonly Gate<AddFacts, AddParams>[]

export const gates: Table = [
  ...inventoryGates.map(gate =>
    own<CommonFacts>(gate, facts => ('nodes' in facts ? facts.nodes : facts.shippers)),
  ),
  ...[...hostGates, ...clusterGates].map(gate =>
    own<NodeFacts>(gate, facts => ('nodes' in facts ? facts.nodes : null), 'logstash'),
  ),
  ...shipperGates.map(gate =>
    own<ShipperFacts>(gate, facts => ('shippers' in facts ? facts.shippers : null), 'es_'),
  ),
]

/** A gate of one service among those of all; `others` begins the groups that it is not for. */
function own<Facts>(
  gate: Gate<Facts, AddParams>,
  choose: (facts: AddFacts) => Facts | null,
  others?: string,
): Gate<AddFacts, AddParams> {
  return {
    ...gate,
    applies: ({ group }) => others === undefined || group?.startsWith(others) !== true,
    check: (facts, given) => {
      const found = choose(facts)
      return found === null ? pass('none of these hosts is of that service') : gate.check(found, given)
    },
  }
}
