// The table: what must be true before a node is let go.
import { type Gate, pass } from '#sdk'
import type { AnyFacts, RemoveFacts } from '../facts.ts'
import { shipperGates } from '../logstash/gates.ts'
import type { RemoveParams } from '../params.ts'
import { clusterGates } from './cluster.ts'
import { masterGates } from './masters.ts'
import { quietGates } from './quiet.ts'
import { roomGates } from './room.ts'

export const gates: readonly Gate<RemoveFacts, RemoveParams>[] = [
  ...clusterGates,
  ...masterGates,
  ...roomGates,
  ...quietGates,
]

export const allGates: readonly Gate<AnyFacts, RemoveParams>[] = [
  ...gates.map(gate => own(gate, facts => ('nodes' in facts ? facts.nodes : null))),
  ...shipperGates.map(gate => own(gate, facts => ('shippers' in facts ? facts.shippers : null))),
]

/** A gate of one service among those of both. */
function own<Facts>(
  gate: Gate<Facts, RemoveParams>,
  choose: (facts: AnyFacts) => Facts | null,
): Gate<AnyFacts, RemoveParams> {
  return {
    ...{ name: gate.name, prevents: gate.prevents, waivable: gate.waivable },
    check: (facts, params) => {
      const found = choose(facts)
      return found === null ? pass('no such host is to go') : gate.check(found, params)
    },
  }
}
