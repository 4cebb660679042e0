// Gates on the cluster that is there already, if one is: what restarts its nodes has to pass the gates of a restart.
import { type Gate, pass, refuse } from '#sdk'
import { gates as restartGates } from '../../rolling-restart/gates/index.ts'
import { kafkaGates } from '../../rolling-restart/kafka/gates/index.ts'
import type { RestartParams } from '../../rolling-restart/params.ts'
import type { DeployFacts, Due } from '../facts.ts'
import type { DeployParams } from '../params.ts'

type DeployGate = Gate<DeployFacts, DeployParams>

export const clusterGates: readonly DeployGate[] = [
  {
    name: 'cluster_answers_or_has_never_been',
    prevents: 'Taking a cluster that is down for one that has yet to be made.',
    waivable: 'reason',
    check: ({ cluster: { state, problem }, clusterName }) => {
      if (state === 'building')
        return refuse(`nodes of ${clusterName} have data, and the cluster does not answer: ${problem}`)
      return pass(state === 'running' ? `${clusterName} answers` : `${clusterName} is yet to be made`)
    },
  },
  ...restartGates.map(gate =>
    adapt(gate, ({ restart }) => restart.elasticsearch, 'no running node is restarted'),
  ),
  ...kafkaGates.map(gate => adapt(gate, ({ restart }) => restart.kafka, 'no running broker is restarted')),
]

/** A gate of a restart, judged where there is one. */
function adapt<Facts>(
  { name, prevents, waivable, check }: Gate<Facts, RestartParams>,
  due: (facts: DeployFacts) => Due<Facts> | null,
  fine: string,
): DeployGate {
  return {
    name,
    prevents,
    waivable,
    check: facts => {
      const restart = due(facts)
      return restart === null ? pass(fine) : check(restart.facts, restart.params)
    },
  }
}
