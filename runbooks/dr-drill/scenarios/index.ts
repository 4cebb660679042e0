// Every scenario, and which part of the plan it takes.
import { OpsError } from '#sdk'
import type { ScenarioName } from '../params.ts'
import type { BrokersDetails, DrillDetails, NodesDetails } from '../plan.ts'
import { hotNode } from './hot-node.ts'
import { kafkaBroker } from './kafka-broker.ts'
import { loseOps } from './lose-ops.ts'
import type { Scenario } from './scenario.ts'
import { wholeCluster } from './whole-cluster.ts'

const scenarios: Readonly<Record<ScenarioName, Scenario<DrillDetails>>> = {
  'hot-node': of<NodesDetails>('nodes', hotNode),
  'whole-cluster': of<NodesDetails>('nodes', wholeCluster),
  'kafka-broker': of<BrokersDetails>('brokers', kafkaBroker),
  ops: of<NodesDetails>('nodes', loseOps),
}

export const chooseScenario = (name: ScenarioName): Scenario<DrillDetails> => scenarios[name]

function of<Details extends DrillDetails>(
  kind: Details['kind'],
  { method, restore, settle }: Scenario<Details>,
): Scenario<DrillDetails> {
  const own = (details: DrillDetails): Details => {
    if (details.kind === kind) return details as Details
    throw new OpsError('BUG', { message: `the plan is of ${details.kind}, the scenario takes ${kind}` })
  }
  return {
    method: async (run, details, params) => method(run, own(details), params),
    restore: async (run, details, params) => restore(run, own(details), params),
    settle: async (run, details, params) => settle(run, own(details), params),
  }
}
