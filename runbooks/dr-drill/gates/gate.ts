// A gate of a drill, and how one is judged only in the scenarios that it is about.
import { type Gate, type GateFinding, refuse } from '#sdk'
import type { BrokersFacts, DrillFacts, NodesFacts } from '../facts.ts'
import type { DrillParams, ScenarioName } from '../params.ts'

export type DrillGate = Gate<DrillFacts, DrillParams>

export const only =
  (...scenarios: readonly ScenarioName[]) =>
  ({ scenario }: DrillParams): boolean =>
    scenarios.includes(scenario)

export const onNodes =
  (check: (nodes: NodesFacts, params: DrillParams) => GateFinding): DrillGate['check'] =>
  ({ nodes }, params) =>
    nodes === null ? refuse('nobody has looked at the nodes') : check(nodes, params)

export const onBrokers =
  (check: (brokers: BrokersFacts, params: DrillParams) => GateFinding): DrillGate['check'] =>
  ({ brokers }, params) =>
    brokers === null ? refuse('nobody has looked at the brokers') : check(brokers, params)
