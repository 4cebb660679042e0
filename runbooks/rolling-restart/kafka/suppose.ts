// What would become of the partitions if each broker of the run stopped now, by name. Pure.
import { type Counterfactual, minInsyncOf, supposeStopped } from './copies.ts'
import type { KafkaFacts } from './facts.ts'

export function suppose(facts: KafkaFacts): readonly (Counterfactual & { readonly name: string })[] {
  const minInsync = minInsyncOf(facts.topics)
  return facts.inventory.brokers
    .filter(({ name }) => facts.targets.includes(name))
    .map(({ name, id }) => ({ name, ...supposeStopped(id, facts.partitions, minInsync) }))
}
