// Rolling restart of a service: several nodes at a time where that is safe, and never data without enough copies of it.
import { defineRunbook, type Gate, type Look } from '#sdk'
import { applyRestart } from './apply.ts'
import { lookAtCluster, type RestartFacts } from './facts.ts'
import { gates } from './gates/index.ts'
import { applyKafkaRestart } from './kafka/apply.ts'
import { type KafkaFacts, lookAtKafka } from './kafka/facts.ts'
import { kafkaGates } from './kafka/gates/index.ts'
import { type KafkaDetails, planKafkaRestart } from './kafka/plan.ts'
import { params, type RestartParams } from './params.ts'
import { planRestart, type RestartDetails } from './plan.ts'

/** Each service has facts, gates, plan and procedure of its own; what they share is the engine. */
type Facts = { readonly elasticsearch: RestartFacts } | { readonly kafka: KafkaFacts }
type Details = { readonly elasticsearch: RestartDetails } | { readonly kafka: KafkaDetails }

export default defineRunbook<typeof params, Facts, Details>({
  id: 'rolling-restart',
  summary: 'Restart every node of a service and lose nothing',
  example: 'ops run rolling-restart --limit es_data_warm --soak 30s',
  params,
  locks: facts =>
    'kafka' in facts
      ? [`kafka:${facts.kafka.identity.clusterId}`]
      : [`es:${facts.elasticsearch.identity.clusterName}`],
  look: async (look, given) =>
    given.service === 'kafka'
      ? { kafka: await lookAtKafka(look, given) }
      : { elasticsearch: await lookAtCluster(look, given) },
  gates: [
    ...gates.map(gate =>
      only(gate, 'elasticsearch', facts => (facts as { elasticsearch: RestartFacts }).elasticsearch),
    ),
    ...kafkaGates.map(gate => only(gate, 'kafka', facts => (facts as { kafka: KafkaFacts }).kafka)),
  ],
  plan: (facts, given) => {
    if ('kafka' in facts) {
      const plan = planKafkaRestart(facts.kafka, given)
      return { ...plan, details: { kafka: plan.details } }
    }
    const plan = planRestart(facts.elasticsearch, given)
    return { ...plan, details: { elasticsearch: plan.details } }
  },
  apply: (run, { details }, given) =>
    'kafka' in details
      ? applyKafkaRestart(run, details.kafka, given)
      : applyRestart(run, details.elasticsearch, given),
  sample: takeSample,
})

/** A gate of one service among those of all. */
function only<Own>(
  gate: Gate<Own, RestartParams>,
  service: RestartParams['service'],
  own: (facts: Facts) => Own,
): Gate<Facts, RestartParams> {
  return {
    ...gate,
    applies: given => given.service === service,
    check: (facts, given) => gate.check(own(facts), given),
  }
}

async function takeSample({ elasticsearch }: Look) {
  const { status, nodes, indexedTotal, indexTimeMs } = await elasticsearch.traffic()
  return { status, nodes, indexedTotal, indexTimeMs }
}
