// A gate of a full restart, and how one is judged only of a system that is to be stopped.
import { type Gate, type GateFinding, pass } from '#sdk'
import type { ElasticsearchFacts } from '../elasticsearch-facts.ts'
import type { FullFacts } from '../facts.ts'
import type { KafkaFacts } from '../kafka-facts.ts'
import type { FullParams } from '../params.ts'

export type FullGate = Gate<FullFacts, FullParams>

export const onElasticsearch =
  (
    check: (found: ElasticsearchFacts, facts: FullFacts, params: FullParams) => GateFinding,
  ): FullGate['check'] =>
  (facts, params) =>
    facts.elasticsearch === null
      ? pass('Elasticsearch stays as it is')
      : check(facts.elasticsearch, facts, params)

export const onKafka =
  (check: (found: KafkaFacts) => GateFinding): FullGate['check'] =>
  ({ kafka }) =>
    kafka === null ? pass('Kafka stays as it is') : check(kafka)
