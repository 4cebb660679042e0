// Gates on the cluster that is there already, if one is: what restarts its nodes has to pass the gates of a restart.
import { type Gate, pass, refuse } from '#sdk'
import { gates as restartGates } from '../../rolling-restart/gates/index.ts'
import type { DeployFacts } from '../facts.ts'
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
  ...restartGates.map(
    ({ name, prevents, waivable, check }): DeployGate => ({
      name,
      prevents,
      waivable,
      check: ({ restart }) =>
        restart === null ? pass('no running node is restarted') : check(restart.facts, restart.params),
    }),
  ),
]
