// Gates on Kafka: the right brokers, all of them, and nothing that only one of them has.
import { pass, refuse, refuseAny } from '#sdk'
import { explainKafkaUnsteady } from '../../dr-drill/kafka-steady.ts'
import { type FullGate, onKafka } from './gate.ts'

export const kafkaGates: readonly FullGate[] = [
  {
    name: 'brokers_are_of_the_cluster_in_the_inventory',
    prevents: 'Stopping the brokers of another cluster.',
    waivable: 'never',
    check: onKafka(({ clusterId, steady: { identity } }) =>
      clusterId === null || clusterId === identity.clusterId
        ? pass(identity.clusterId)
        : refuse(`the inventory has cluster ${clusterId}, the brokers say ${identity.clusterId}`),
    ),
  },
  {
    name: 'kafka_is_settled',
    prevents: 'Records that only one broker has, when that one does not come back.',
    waivable: 'reason',
    check: onKafka(({ brokers, steady }) =>
      refuseAny(
        explainKafkaUnsteady(
          steady,
          brokers.map(({ id }) => id),
        ),
        `${brokers.length} brokers, ${steady.partitions.length} partitions, every copy in sync`,
      ),
    ),
  },
]
