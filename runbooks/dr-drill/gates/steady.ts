// Gates on the steady state: what is broken before a drill proves nothing after it.
import { pass, refuse, refuseAny } from '#sdk'
import { explainKafkaUnsteady } from '../kafka-steady.ts'
import { explainUnsteady } from '../steady.ts'
import type { DrillGate } from './gate.ts'

export const steadyGates: readonly DrillGate[] = [
  {
    name: 'everything_is_steady',
    prevents:
      'Losing a part while another one is lost already, and taking old trouble for the work of the drill.',
    waivable: 'never',
    check: ({ nodes, brokers }) => {
      if (nodes !== null)
        return refuseAny(
          explainUnsteady(
            nodes.steady,
            nodes.hosts.map(({ name }) => name),
          ),
          `green, ${nodes.steady.nodes.length} nodes, a stable master`,
        )
      if (brokers === null) return refuse('nobody has looked')
      return refuseAny(
        explainKafkaUnsteady(
          brokers.steady,
          brokers.brokers.map(({ id }) => id),
        ),
        `${brokers.brokers.length} brokers, every copy in sync`,
      )
    },
  },
  {
    name: 'no_run_has_left_anything_behind',
    prevents: 'A drill in the middle of another run, whose settings nobody would give back.',
    waivable: 'never',
    check: ({ leftovers }) =>
      refuseAny(
        leftovers.map(({ run, name }) => `run ${run} has not given back ${name}`),
        'no temporary setting is left',
      ),
  },
  {
    name: 'nothing_works_on_a_repository',
    prevents: 'A snapshot, a deletion or a restore that is cut off by the loss.',
    waivable: 'never',
    check: ({ nodes }) =>
      nodes === null
        ? pass('Kafka has none')
        : refuseAny(
            nodes.source.work.map(({ kind, repository }) => `${kind} in ${repository}`),
            'nothing is being taken, deleted or cleaned up',
          ),
  },
]
