// What would be done, as data. Pure.
import type { PlanBody } from '#sdk'
import type { RestartParams } from '../params.ts'
import { sayBound } from '../say-bound.ts'
import type { InventoryBroker } from './brokers.ts'
import type { KafkaFacts } from './facts.ts'
import { suppose } from './suppose.ts'
import { planBrokers } from './world.ts'

export type KafkaDetails = {
  readonly clusterId: string
  readonly brokers: readonly InventoryBroker[]
  /** In this order; the plays of a wave are made ready together. */
  readonly waves: readonly (readonly string[])[]
  /** Process of each broker when the plan was made: one that has another by then was restarted since. */
  readonly pids: Readonly<Record<string, number>>
  /** Topics that take writes with one copy for the length of the run. */
  readonly relaxed: readonly string[]
}

export function planKafkaRestart(facts: KafkaFacts, params: RestartParams): PlanBody<KafkaDetails> {
  const { waves, order, expectedSeconds } = planBrokers(facts, params)
  const suppositions = suppose(facts)
  const relaxed = params.during === undefined ? [] : topicsThatRefuse(facts)
  return {
    waves: waves.waves,
    lowerBound: waves.lowerBound,
    expectedSeconds,
    effects: [
      ...order.map(name => `stop and start kafka on ${name}`),
      ...(relaxed.length === 0
        ? []
        : [`set min.insync.replicas to 1 on ${relaxed.join(', ')}, given back at the end`]),
      'give every partition its preferred leader back',
      'write and read records of the topic ops-canary, removed at the end',
    ],
    notes: [
      ...suppositions.map(
        ({ name, leaders, copies, offline, blocked, single }) =>
          `without ${name}: ${leaders} of its ${copies} copies lead and move; ${offline.length} partitions offline, ` +
          `${blocked.length} would refuse writes, ${single.length} left with one copy`,
      ),
      ...(relaxed.length === 0
        ? []
        : [
            'while min.insync.replicas is 1, a write may be on one disk only: a second failure meanwhile loses it',
          ]),
      ...sayBound(waves),
    ],
    fingerprint: {
      cluster: facts.identity.clusterId,
      controller: facts.quorum.leader,
      partitions: facts.partitions
        .map(({ topic, partition, replicas }) => `${topic}-${partition}: ${replicas.join(' ')}`)
        .sort(),
      relaxed,
    },
    details: {
      clusterId: facts.identity.clusterId,
      brokers: facts.inventory.brokers,
      waves: waves.waves,
      pids: Object.fromEntries(facts.lint.flatMap(({ host, pid }) => (pid === null ? [] : [[host, pid]]))),
      relaxed,
    },
  }
}

const topicsThatRefuse = (facts: KafkaFacts): readonly string[] =>
  [...new Set(suppose(facts).flatMap(({ blocked }) => blocked.map(({ topic }) => topic)))].sort()
