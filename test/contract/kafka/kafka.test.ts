// The contract of KafkaPort on the fake.
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { createFakeKafka } from '../../support/fake-kafka/fake-kafka.ts'
import { describeKafkaPort } from './kafka.contract.ts'

describeKafkaPort('the fake', async () => {
  const clock = new JumpClock()
  const kafka = createFakeKafka(clock, { topics: [], groups: [], copyBytesPerSecond: 1e6 })
  return {
    kafka,
    clock,
    clusterId: kafka.state.clusterId,
    brokers: kafka.state.brokers.map(({ name, id }) => ({ name, id })),
    stopBroker: async name => kafka.stopBroker(name),
    startBroker: async name => kafka.startBroker(name),
    createTopic: async (name, { partitions, configs }) =>
      kafka.act({ do: 'create-topic', topic: { name, partitions, ...(configs ? { configs } : {}) } }),
    deleteTopic: async name => kafka.act({ do: 'delete-topic', topic: name }),
    produce: async (topic, partition, records) => kafka.act({ do: 'produce', topic, partition, records }),
    join: async (group, topic) => {
      kafka.act({ do: 'create-group', group: { group, topics: [topic], threads: 1 } })
      return async () => kafka.act({ do: 'members', group, threads: 0 })
    },
  }
})
